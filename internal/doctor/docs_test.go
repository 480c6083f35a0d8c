package doctor_test

// docs/doctor is made of the registry. Rewrite it with: go test ./internal/doctor -run Docs -update

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

var update = flag.Bool("update", false, "rewrite docs/doctor")

const docs = "../../docs/doctor"

func TestDocs(t *testing.T) {
	pages := map[string]string{"README.md": index()}
	for _, d := range doctor.Definitions() {
		pages[string(d.Code)+".md"] = page(d)
	}
	there, err := filepath.Glob(filepath.Join(docs, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if _, known := pages[filepath.Base(path)]; !known {
			t.Errorf("%s is about a code that does not exist", path)
		}
	}
	for name, want := range pages {
		path := filepath.Join(docs, name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is not up to date (%v); run this test with -update", path, err)
		}
	}
}

var severities = map[doctor.Severity]string{
	doctor.Stop: "✗ stops clients", doctor.Warn: "! somebody will have trouble", doctor.Note: "· nothing is wrong, but worth knowing",
}

func page(d doctor.Definition) string {
	return fmt.Sprintf("<!-- Made of internal/doctor by its test with -update. -->\n# %s %s\n\n%s · %s\n\n%s\n\n**What to change.** %s\n\nSee %s. [All codes](README.md)\n",
		d.Code, d.Title, d.Group, severities[d.Severity], d.Why, d.Fix, d.Source)
}

func index() string {
	var b strings.Builder
	b.WriteString(`<!-- Made of internal/doctor by its test with -update. -->
# What the doctor finds

` + "`symbolon doctor URL`" + ` examines the server of any vendor: the URL of an MCP server, or the issuer of an
authorization server. Codes never change their meaning.

- ✗ some client, or every one, cannot connect; the exit code is 1
- ! clients connect, but somebody will have trouble
- · nothing is wrong, but worth knowing

Without network, ` + "`symbolon doctor D304`" + ` explains a code.

## What it does to a server

It sends at most 60 requests, one after another, and waits ten seconds for an answer; a host that did
not answer twice is not asked again. It reads at most 1 MB of an answer, follows no redirect, and shows
nothing of a server's words that could drive a terminal. It connects to private addresses only if the
URL that it was given is at one, and to link-local ones, where clouds keep credentials, only if that is
link-local itself. It creates nothing, unless told to: ` + "`--register`" + ` registers clients,
` + "`--login`" + ` registers one and logs in.

## In a script

The exit code is 0 if nothing stops a client, 1 if something does, 2 if the command was not understood.
` + "`--json`" + ` prints one object. Its members keep their meaning; others may be added.

` + "```json\n" + example() + "\n```" + `

- ` + "`kind`" + ` is ` + "`mcp_server`" + ` or ` + "`authorization_server`" + `; ` + "`issuer`" + ` is missing if none was found.
- A result that has not ` + "`passed`" + ` has a ` + "`severity`" + `: ` + "`stop`, `warn` or `note`" + `. Read its ` + "`code`" + `; the words may
  get better.
- A client neither connects nor is ` + "`unknown`" + ` if it stops: at ` + "`step`" + `, for the reason ` + "`why`" + `. ` + "`way`" + ` is how it becomes
  known to the server: ` + "`cimd`, `dcr` or `preregistered`" + `.
`)
	group := doctor.Group("")
	for _, d := range doctor.Definitions() {
		if d.Group != group {
			group = d.Group
			fmt.Fprintf(&b, "\n## %s\n\n", group)
		}
		mark, _, _ := strings.Cut(severities[d.Severity], " ")
		fmt.Fprintf(&b, "- %s [%s](%s.md) %s\n", mark, d.Code, d.Code, d.Title)
	}
	return b.String()
}

// example has every member of a report.
func example() string {
	text, err := json.MarshalIndent(doctor.Report{
		Target: "https://mcp.example.com/mcp", Kind: doctor.KindMCPServer, Issuer: "https://auth.example.com",
		Results: []doctor.Result{
			{Code: "D102", Group: doctor.GroupChallenge, Passed: true, Title: "A request without a token is answered with 401", At: "https://mcp.example.com/mcp"},
			{
				Code: "D303", Group: doctor.GroupServer, Severity: doctor.Stop, Title: "The issuer differs in a slash", At: "https://auth.example.com/.well-known/oauth-authorization-server",
				Detail: `issuer is "https://auth.example.com/"`, Remedy: "Make them the same string.",
			},
		},
		Clients: []doctor.ClientVerdict{
			{ID: "cursor", Client: "Cursor", Connects: true, Way: "dcr"},
			{ID: "zed", Client: "Zed", Step: "authorization server metadata", Why: "what is wrong", Change: "the line to change"},
			{ID: "codex", Client: "Codex", Unknown: true, Step: "token response", Why: "what could not be found out"},
		},
		Notes: []string{"what was not examined, and why"}, Requests: 19,
	}, "", "  ")
	if err != nil {
		panic(err) // strings, numbers and booleans always marshal
	}
	return string(text)
}

func TestDefinitions(t *testing.T) {
	shape := regexp.MustCompile(`^D[1-8]\d\d$`)
	last := doctor.Code("")
	for _, d := range doctor.Definitions() {
		if !shape.MatchString(string(d.Code)) || d.Code <= last {
			t.Errorf("%s follows %s", d.Code, last)
		}
		last = d.Code
		if d.Title == "" || d.Why == "" || d.Fix == "" || d.Source == "" || severities[d.Severity] == "" || strings.Contains(d.Fix, "\n") {
			t.Errorf("%s is not explained", d.Code)
		}
		if looked, ok := doctor.Lookup(d.Code); !ok || looked != d {
			t.Errorf("%s is not found", d.Code)
		}
	}
}

// A code that nothing finds, or that no test seeds, is a promise that nobody keeps.
func TestEveryCodeIsFound(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code, tests := "", ""
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasSuffix(name, "_test.go"):
			tests += string(text)
		case !strings.HasPrefix(name, "codes"):
			code += string(text)
		}
	}
	for _, d := range doctor.Definitions() {
		quoted := fmt.Sprintf("%q", d.Code)
		if !strings.Contains(code, quoted) || !strings.Contains(tests, quoted) {
			t.Errorf("%s: found by the code: %t, seeded by a test: %t", d.Code, strings.Contains(code, quoted), strings.Contains(tests, quoted))
		}
	}
}
