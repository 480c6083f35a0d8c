package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/doctor"
)

// What stops clients stands first in its group, a reason that clients share is said
// once, and a terminal without Unicode gets none.
func TestWriteReport(t *testing.T) {
	report := doctor.Report{
		Target: "https://mcp.example.com/mcp", Issuer: "https://auth.example.com", Requests: 16,
		Results: []doctor.Result{
			{Code: "D311", Group: doctor.GroupServer, Severity: doctor.Warn, Title: "Warned", Remedy: "Change it."},
			{Code: "D302", Group: doctor.GroupServer, Passed: true, Title: "Good"},
			{Code: "D304", Group: doctor.GroupServer, Severity: doctor.Stop, Title: "Stopped", At: "URL", Detail: "Seen.", Remedy: "Change that."},
			{Code: "D304", Group: doctor.GroupServer, Severity: doctor.Stop, Title: "Stopped", At: "ANOTHER", Detail: "Seen.", Remedy: "Change that."},
			{Code: "D102", Group: doctor.GroupChallenge, Passed: true, Title: "Good, too"},
		},
		Clients: []doctor.ClientVerdict{
			{Client: "One", Step: "end", Why: "A reason.", Change: "A change."},
			{Client: "Two", Connects: true, Way: "cimd"},
			{Client: "Three", Step: "end", Why: "A reason.", Change: "A change."},
			{Client: "Four", Unknown: true, Step: "end", Why: "Not seen."},
		},
		Notes: []string{"A note."},
	}
	var b strings.Builder
	if err := writeReport(terminal{Writer: &b, style: attempt.Style{ASCII: true}}, report, false); err != nil {
		t.Fatal(err)
	}
	want := `https://mcp.example.com/mcp
authorization server https://auth.example.com

+ The MCP server's challenge  1 good
x Authorization server metadata  1 good
  x D304  Stopped
         URL
         ANOTHER
         Seen.
         -> Change that.
  ! D311  Warned
         -> Change it.

Clients
  + Two    connects, by its document
  x One    stops at the end
  x Three  stops at the end
         A reason.
         -> A change.
  ! Four   may stop at the end
         Not seen.

A note.

x 1 of 4 known clients connect - 16 requests - symbolon doctor CODE explains
`
	if b.String() != want {
		t.Errorf("got:\n%s", &b)
	}
	b.Reset()
	if err := writeReport(terminal{Writer: &b}, report, true); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "  ✓       Good\n") || !strings.Contains(b.String(), "✗ D304") {
		t.Errorf("verbose:\n%s", &b)
	}
}

// Where one thing stops every client, the list is one line; whoever wants it has -v.
func TestWriteReportOfClientsAlike(t *testing.T) {
	report := doctor.Report{Target: "https://mcp.example.com/mcp", Clients: []doctor.ClientVerdict{
		{Client: "One", Step: "challenge", Why: "A reason.", Change: "A change."}, {Client: "Two", Step: "challenge", Why: "A reason.", Change: "A change."},
	}}
	for verbose, want := range map[bool]string{false: "x All 2 known clients stop at the challenge\n", true: "x Two  stops at the challenge\n"} {
		var b strings.Builder
		if err := writeReport(terminal{Writer: &b, style: attempt.Style{ASCII: true}}, report, verbose); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) || strings.Count(b.String(), "A reason.") != 1 {
			t.Errorf("got:\n%s", &b)
		}
	}
}

// No line is wider than a terminal, whatever a server says; a URL is not broken.
func TestWriteReportFits(t *testing.T) {
	words := strings.Repeat("words of a server ", 20)
	report := doctor.Report{
		Target:  "https://mcp.example.com/mcp",
		Results: []doctor.Result{{Code: "D304", Group: doctor.GroupServer, Severity: doctor.Stop, Title: "Stopped", Detail: words, Remedy: words}},
		Clients: []doctor.ClientVerdict{{Client: "One", Connects: true}, {Client: "Two", Step: "end", Why: words, Change: words}},
		Notes:   []string{words},
	}
	var b strings.Builder
	if err := writeReport(terminal{Writer: &b}, report, true); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if utf8.RuneCountInString(line) > 81 { // with its end
			t.Errorf("%d characters: %s", utf8.RuneCountInString(line), line)
		}
	}
}

func TestWriteDefinition(t *testing.T) {
	for _, d := range doctor.Definitions() {
		var b strings.Builder
		if err := writeDefinition(terminal{Writer: &b}, d); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), d.Title) || !strings.Contains(strings.Join(strings.Fields(b.String()), " "), strings.Join(strings.Fields(d.Fix), " ")) {
			t.Errorf("%s:\n%s", d.Code, &b)
		}
	}
}
