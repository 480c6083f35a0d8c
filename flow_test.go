package symbolon_test

// Each flow is a conversation over HTTP, written down in testdata/flows as people
// read it: what is sent, what is answered, and why. A change of anything on the wire
// fails here; if it is meant, run
//
//	go test . -run Flows -update
//
// and let the reviewer read the difference.

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// flow is one conversation. Its name is its file, about is the file's first lines.
type flow struct {
	name, about string
	run         func(*transcript)
}

const (
	batchSecret = "batch-client-secret-of-the-tests-0123456789" //nolint:gosec // G101: of test servers only
	webSecret   = "web-client-secret-of-the-tests-01234567890"  //nolint:gosec // G101: of test servers only
	notesID     = "res_notes"
	notesURL    = "https://notes.acme.example/mcp"
	webRedirect = "https://app.example/callback"
)

// twoServers adds a second MCP server without registration, and clients that the
// operator registered.
func twoServers(c *symbolon.Config) {
	c.MCPServers = append(c.MCPServers, symbolon.MCPServer{
		ID: notesID, Name: "Acme Notes", URL: notesURL, Connection: symbolontest.ConnectionID,
		Scopes: []symbolon.Scope{{Name: "notes:read", Description: "Read your notes"}},
	})
	c.APIClients = append(c.APIClients, symbolon.APIClient{
		ID: "skc_notes", Secret: symbolontest.ResourceClientSecret, Role: "resource", MCPServers: []string{notesID},
	})
	c.Clients = []symbolon.Client{
		{
			ID: "cli_batch", Name: "Nightly batch", Secret: batchSecret, MCPServers: []string{symbolontest.ServerID},
			GrantTypes: []string{"client_credentials"}, Scopes: []string{symbolontest.ReadScope},
		},
		{
			ID: "cli_web", Name: "Web app", Secret: webSecret, RedirectURIs: []string{webRedirect},
			MCPServers: []string{symbolontest.ServerID, notesID},
		},
	}
}

func declared(c *symbolon.Config) { c.Connections[0].LoginVerifier = "declared" }

// flowGroup is the flows that share a server with this configuration.
type flowGroup struct {
	config func(*symbolon.Config)
	flows  []flow
}

func flowGroups() []flowGroup {
	return []flowGroup{
		{func(*symbolon.Config) {}, slices.Concat(loginFlows, callbackFlows, authorizeFlows, tokenFlows, userFlows, documentFlows)},
		{twoServers, twoServerFlows},
		{declared, declaredFlows},
		{withDocuments, documentClientFlows},
	}
}

func TestFlows(t *testing.T) {
	var seen []string
	for _, group := range flowGroups() {
		server := symbolontest.StartServer(t, group.config)
		for _, f := range group.flows {
			seen = append(seen, f.name+".txtar")
			t.Run(f.name, func(t *testing.T) { runFlow(t, server, f) })
		}
	}
	onlyKnownFlows(t, seen)
}

func runFlow(t *testing.T, server *symbolontest.Server, f flow) {
	server = server.For(t)
	x := &transcript{scene: scene{t, server, server.Register(nil)}, names: newPlaceholders(server)}
	x.archive.Comment = []byte(f.about + "\n\n")
	f.run(x)
	got := txtar.Format(&x.archive)
	path := filepath.Join("testdata", "flows", f.name+".txtar")
	if updating() {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the wire differs from %s; if that is meant: go test . -run Flows -update\n%s", path, firstDifference(string(want), string(got)))
	}
}

// onlyKnownFlows: a file without its flow would claim something that nobody tests.
func onlyKnownFlows(t *testing.T, seen []string) {
	entries, err := os.ReadDir(filepath.Join("testdata", "flows"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(seen, entry.Name()) {
			t.Errorf("testdata/flows/%s belongs to no flow: delete it", entry.Name())
		}
	}
}

func firstDifference(want, got string) string {
	a, b := splitLines(want), splitLines(got)
	for i := range max(len(a), len(b)) {
		if lineAt(a, i) != lineAt(b, i) {
			from := max(0, i-3)
			return "…\n" + joinLines(b[from:min(i, len(b))]) + "- " + lineAt(a, i) + "\n+ " + lineAt(b, i) + "\n…"
		}
	}
	return ""
}

// errorID is the error id that a problem page shows.
func errorID(page *symbolontest.Response) string {
	return patternNamed("error_id").FindString(page.Body)
}

// updating reports whether -update was given. The flag is that of the tests inside
// the package, which share this binary.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }
