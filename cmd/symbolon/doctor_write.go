package main

// The doctor's report on a terminal.

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

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
		for _, r := range merged(results[severity]) {
			if !r.Passed || w.verbose {
				w.result(r)
			}
		}
	}
}

// merged says once what was found at several URLs.
func merged(results []doctor.Result) []doctor.Result {
	var said []doctor.Result
	for _, r := range results {
		i := slices.IndexFunc(said, func(s doctor.Result) bool { return s.Code == r.Code && s.Detail == r.Detail && s.Title == r.Title })
		if i < 0 {
			said = append(said, r)
			continue
		}
		said[i].At += " " + r.At
	}
	return said
}

// body is where the text of a result begins.
const body = "         "

func (w *reportWriter) result(r doctor.Result) {
	if r.Passed {
		w.printf("  %s       %s\n", w.mark(""), w.out.paint(dim, r.Title))
		return
	}
	w.printf("  %s %s  %s\n", w.mark(r.Severity), w.out.paint(dim, string(r.Code)), w.out.paint(bold, r.Title))
	for at := range strings.FieldsSeq(r.At) {
		w.printf("%s%s\n", body, w.out.paint(dim, at))
	}
	if r.Detail != "" {
		w.printf("%s%s\n", body, w.wrap(r.Detail))
	}
	w.printf("%s%s\n", body, w.wrap(w.arrow()+" "+r.Remedy))
}

func (w *reportWriter) wrap(s string) string {
	text := wrap(s, cmp.Or(w.out.style.Width, 80)-len(body), "")
	return strings.ReplaceAll(text, "\n", "\n"+body)
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
		hint += w.separator() + "symbolon doctor CODE explains"
	}
	return w.mark(severity) + " " + w.out.paint(bold, words) + w.out.paint(dim, w.separator()+hint)
}

// writeDefinition explains a code.
func writeDefinition(out terminal, d doctor.Definition) error {
	w := &reportWriter{out: out}
	w.printf("%s %s  %s\n%s%s\n\n", w.mark(d.Severity), out.paint(dim, string(d.Code)), out.paint(bold, d.Title), indent, out.paint(dim, string(d.Group)))
	for _, paragraph := range []string{d.Why, w.arrow() + " " + d.Fix, "See " + d.Source + "."} {
		w.printf("%s%s\n", indent, strings.ReplaceAll(wrap(paragraph, cmp.Or(out.style.Width, 80)-len(indent), ""), "\n", "\n"+indent))
	}
	_, err := io.WriteString(out, w.text.String())
	return err
}

// indent is where the text of a definition begins.
const indent = "  "
