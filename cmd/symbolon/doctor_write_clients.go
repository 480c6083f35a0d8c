package main

// The clients in the doctor's report.

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

// clients writes a line for each client: first those that connect, then the others
// by what stops them, which is said once. Where one thing stops all of them nobody
// needs the list.
func (w *reportWriter) clients(clients []doctor.ClientVerdict) {
	w.printf("\n%s\n", w.out.paint(bold, "Clients"))
	if first := clients[0]; first.Why != "" && alike(clients) && !w.verbose {
		w.printf("  %s All %d known clients %s\n", w.mark(severityOf(first)), len(clients), w.out.paint(dim, strings.Replace(wordsOf(first), "stops", "stop", 1)))
		w.reason(first.Why, first.Change)
		return
	}
	widest := 0
	for _, c := range clients {
		widest = max(widest, utf8.RuneCountInString(c.Client))
	}
	type reason struct{ why, change string }
	byReason, reasons := map[reason][]doctor.ClientVerdict{}, []reason{{}} // without a reason: connects
	for _, c := range clients {
		r := reason{c.Why, c.Change}
		if !slices.Contains(reasons, r) {
			reasons = append(reasons, r)
		}
		byReason[r] = append(byReason[r], c)
	}
	for _, r := range reasons {
		for _, c := range byReason[r] {
			w.client(c, widest)
		}
		w.reason(r.why, r.change)
	}
}

// alike: one thing stops all of them.
func alike(clients []doctor.ClientVerdict) bool {
	first := clients[0]
	return !slices.ContainsFunc(clients, func(c doctor.ClientVerdict) bool { return c.Why != first.Why || c.Change != first.Change })
}

func (w *reportWriter) reason(why, change string) {
	if why != "" {
		w.printf("%s%s\n", body, w.wrap(why))
	}
	if change != "" {
		w.printf("%s%s\n", body, w.wrap(w.arrow()+" "+change))
	}
}

func (w *reportWriter) client(c doctor.ClientVerdict, widest int) {
	w.printf("  %s %-*s  %s\n", w.mark(severityOf(c)), widest, c.Client, w.out.paint(dim, wordsOf(c)))
}

func severityOf(c doctor.ClientVerdict) doctor.Severity {
	switch {
	case c.Unknown:
		return doctor.Warn
	case !c.Connects:
		return doctor.Stop
	}
	return ""
}

func wordsOf(c doctor.ClientVerdict) string {
	switch {
	case c.Unknown:
		return "may stop at the " + c.Step
	case !c.Connects:
		return "stops at the " + c.Step
	case c.Way != "":
		return "connects, " + ways[c.Way]
	}
	return "connects"
}

// ways are how a client becomes known, in words.
var ways = map[string]string{"cimd": "by its document", "dcr": "by registration", "preregistered": "with an id that a person types"}
