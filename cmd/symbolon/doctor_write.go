package main

// The doctor's report on a terminal.

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

// writeReport writes the groups in the order of the examination, then the clients.
func writeReport(out terminal, r doctor.Report, verbose bool) error {
	w := &reportWriter{out: out, verbose: verbose}
	w.printf("%s\n", out.paint(bold, r.Target))
	if r.Issuer != "" && r.Issuer != r.Target {
		w.printf("%s\n", out.paint(dim, "authorization server "+r.Issuer))
	}
	w.groups(r.Results)
	if len(r.Clients) > 0 {
		w.clients(r.Clients)
	}
	for _, note := range r.Notes {
		w.printf("\n%s", out.paint(dim, wrap(note, out.style.Width, "")))
	}
	if len(r.Notes) > 0 {
		w.printf("\n")
	}
	w.printf("\n%s\n", w.verdict(r))
	_, err := io.WriteString(out, w.text.String())
	return err
}

type reportWriter struct {
	out     terminal
	verbose bool
	text    strings.Builder
}

func (w *reportWriter) printf(format string, args ...any) { fmt.Fprintf(&w.text, format, args...) }

// order is the order of the groups.
var order = []doctor.Group{
	doctor.GroupChallenge, doctor.GroupResource, doctor.GroupServer, doctor.GroupRegistration,
	doctor.GroupEndpoints, doctor.GroupTransport, doctor.GroupLogin, doctor.GroupInside,
}

// groups writes the results, the graver ones first. What is good is worth a line a
// group, unless somebody wants to know everything.
func (w *reportWriter) groups(results []doctor.Result) {
	w.printf("\n")
	for _, group := range order {
		bySeverity := map[doctor.Severity][]doctor.Result{}
		for _, r := range results {
			if r.Group == group {
				bySeverity[r.Severity] = append(bySeverity[r.Severity], r)
			}
		}
		if len(bySeverity) > 0 {
			w.group(group, bySeverity)
		}
	}
}

func (w *reportWriter) group(group doctor.Group, results map[doctor.Severity][]doctor.Result) {
	passed := len(results[""])
	worst := doctor.Severity("")
	for _, severity := range []doctor.Severity{doctor.Note, doctor.Warn, doctor.Stop} {
		if len(results[severity]) > 0 {
			worst = severity
		}
	}
	heading := w.out.paint(bold, string(group))
	if passed > 0 {
		heading += w.out.paint(dim, fmt.Sprintf("  %d good", passed))
	}
	w.printf("%s %s\n", w.mark(worst), heading)
	for _, severity := range []doctor.Severity{doctor.Stop, doctor.Warn, doctor.Note, ""} {
		for _, r := range results[severity] {
			if !r.Passed || w.verbose {
				w.result(r)
			}
		}
	}
}

// body is where the text of a result begins.
const body = "         "

func (w *reportWriter) result(r doctor.Result) {
	if r.Passed {
		w.printf("  %s       %s\n", w.mark(""), w.out.paint(dim, r.Title))
		return
	}
	w.printf("  %s %s  %s\n", w.mark(r.Severity), w.out.paint(dim, string(r.Code)), w.out.paint(bold, r.Title))
	if r.At != "" {
		w.printf("%s%s\n", body, w.out.paint(dim, r.At))
	}
	if r.Detail != "" {
		w.printf("%s%s\n", body, w.wrap(r.Detail))
	}
	w.printf("%s%s\n", body, w.wrap(w.arrow()+" "+r.Remedy))
}

func (w *reportWriter) wrap(s string) string {
	width := w.out.style.Width
	if width == 0 {
		width = 100
	}
	return wrap(s, width-len(body), body)
}

func (w *reportWriter) arrow() string {
	if w.out.style.ASCII {
		return "->"
	}
	return "→"
}

func (w *reportWriter) separator() string {
	if w.out.style.ASCII {
		return " - "
	}
	return " · "
}

func (w *reportWriter) mark(s doctor.Severity) string {
	colour, mark, ascii := green, "✓", "+"
	switch s {
	case doctor.Stop:
		colour, mark, ascii = red, "✗", "x"
	case doctor.Warn:
		colour, mark, ascii = yellow, "!", "!"
	case doctor.Note:
		colour, mark, ascii = dim, "·", "."
	}
	if w.out.style.ASCII {
		mark = ascii
	}
	return w.out.paint(colour, mark)
}

// clients writes a line for each client: first those that connect, then the others
// by what stops them, which is said once.
func (w *reportWriter) clients(clients []doctor.ClientVerdict) {
	w.printf("\n%s\n", w.out.paint(bold, "Clients"))
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
		if r.why != "" {
			w.printf("%s%s\n", body, w.wrap(r.why))
		}
		if r.change != "" {
			w.printf("%s%s\n", body, w.wrap(w.arrow()+" "+r.change))
		}
	}
}

func (w *reportWriter) client(c doctor.ClientVerdict, widest int) {
	severity, words := doctor.Severity(""), "connects"
	switch {
	case c.Unknown:
		severity, words = doctor.Warn, "may stop at the "+c.Step
	case !c.Connects:
		severity, words = doctor.Stop, "stops at the "+c.Step
	case c.Way != "":
		words += ", " + ways[c.Way]
	}
	w.printf("  %s %-*s  %s\n", w.mark(severity), widest, c.Client, w.out.paint(dim, words))
}

// ways are how a client becomes known, in words.
var ways = map[string]string{"cimd": "by its document", "dcr": "by registration", "preregistered": "with an id that a person types"}

func (w *reportWriter) verdict(r doctor.Report) string {
	connects := 0
	for _, c := range r.Clients {
		if c.Connects {
			connects++
		}
	}
	words, severity, hint := fmt.Sprintf("%d of %d known clients connect", connects, len(r.Clients)), doctor.Severity(""), count(r.Requests, "request")
	if len(r.Clients) == 0 {
		words = "No client connects"
	}
	if !r.Healthy() {
		severity = doctor.Stop
	}
	if len(r.Findings()) > 0 {
		hint += ", a page for each code in docs/doctor"
	}
	return w.mark(severity) + " " + w.out.paint(bold, words) + w.out.paint(dim, w.separator()+hint)
}
