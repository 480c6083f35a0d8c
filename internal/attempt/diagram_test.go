package attempt_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/store"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

var start = time.Date(2026, 11, 3, 17, 2, 11, 0, time.UTC)

func at(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

func ok(ms int, step string, notes ...string) store.Event {
	return store.Event{At: at(ms), Step: step, OK: true, Notes: pairs(notes)}
}

func failed(ms int, step, reason string, notes ...string) store.Event {
	return store.Event{At: at(ms), Step: step, Reason: reason, Notes: pairs(notes)}
}

func pairs(kv []string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

var who = store.AttemptSummary{
	ID: "req_8KxT0aQ2rYbV5mLwZc1D9g", Connection: "conn_acme", MCPServer: "res_todo",
	ClientID: "https://claude.ai/oauth/claude-code-client-metadata", ClientName: "Claude Code", Sub: "u_42", StartedAt: start,
}

func attemptOf(events ...store.Event) store.Attempt {
	return store.Attempt{AttemptSummary: who, Events: events}
}

var complete = attemptOf(
	ok(0, "authorize", "resource", "http://127.0.0.1:3012/mcp"),
	ok(3, "login_redirect"),
	ok(6420, "user_details", "ignored_members", "plan, tier"),
	ok(6431, "callback"),
	ok(6439, "consent"),
	ok(9100, "decision", "scopes", "todo:read todo:write"),
	ok(9140, "token"),
	ok(609_300, "refresh"),
	ok(7_800_000, "revoke"),
)

var broken = attemptOf(
	ok(0, "authorize"),
	ok(3, "login_redirect"),
	ok(6420, "user_details"),
	failed(6431, "callback", "verifier_missing", "connection_setting", "login_verifier: required"),
)

func TestDiagram(t *testing.T) {
	for name, tc := range map[string]struct {
		attempt store.Attempt
		style   attempt.Style
	}{
		"complete":     {complete, attempt.Style{}},
		"broken":       {broken, attempt.Style{}},
		"broken-wide":  {broken, attempt.Style{Width: 120}},
		"broken-color": {broken, attempt.Style{Color: true}},
		"broken-ascii": {broken, attempt.Style{ASCII: true}},
		"narrow":       {broken, attempt.Style{Width: 50}},
		"empty":        {store.Attempt{AttemptSummary: store.AttemptSummary{ID: "req_1"}}, attempt.Style{}},
		"hostile":      {hostile, attempt.Style{}},
		"waiting-user": {attemptOf(ok(0, "authorize"), ok(1, "login_redirect")), attempt.Style{}},
		"waiting":      {attemptOf(ok(0, "authorize"), failed(10, "user_details", "bearer_missing"), ok(40, "user_details")), attempt.Style{}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := attempt.Write(&out, tc.attempt, tc.style); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.Bytes())
		})
	}
}

// hostile is what an attempt would be if a stranger's text got in untouched.
var hostile = store.Attempt{
	AttemptSummary: store.AttemptSummary{ID: "req_1", ClientName: "\x1b[2J\u202enot me", ClientID: "a\nb", StartedAt: start},
	Events:         []store.Event{{At: at(5), Step: "elsewhere\n", Reason: "no_such_reason", Notes: map[string]string{"x\r": strings.Repeat("long", 80)}}},
}

func TestLine(t *testing.T) {
	var out bytes.Buffer
	for _, a := range []store.Attempt{complete, broken, hostile, {}} {
		for _, s := range []attempt.Style{{}, {ASCII: true}, {Color: true}} {
			line := attempt.Line(a, s)
			if strings.Contains(line, "\n") {
				t.Errorf("more than a line: %q", line)
			}
			out.WriteString(line + "\n")
		}
	}
	golden(t, "lines", out.Bytes())
}

// No line of any explanation is wider than the terminal.
func TestWidth(t *testing.T) {
	for _, width := range []int{20, 48, 73, 74, 80, 120} {
		for _, r := range attempt.All() {
			var out bytes.Buffer
			a := attemptOf(ok(0, "authorize"), failed(7, "token", r.Code, "uri", strings.Repeat("x", 200)))
			a.ClientID = "cli_1"
			if err := attempt.Write(&out, a, attempt.Style{Width: width}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > max(width, 48) {
					t.Errorf("%s at width %d: %d columns: %s", r.Code, width, n, line)
				}
			}
		}
	}
}

func TestASCII(t *testing.T) {
	for _, r := range attempt.All() {
		var out bytes.Buffer
		if err := attempt.Write(&out, attemptOf(failed(0, "token", r.Code)), attempt.Style{ASCII: true}); err != nil {
			t.Fatal(err)
		}
		if i := bytes.IndexFunc(out.Bytes(), func(c rune) bool { return c > 0x7e || c < ' ' && c != '\n' }); i >= 0 {
			t.Errorf("%s: %q", r.Code, out.Bytes()[i:min(i+20, out.Len())])
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s (run with -update after reading it):\n%s", file, got)
	}
}
