package main

import (
	"strings"
	"testing"

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

x 1 of 4 known clients connect - 16 requests, a page for each code in docs/doctor
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
