package conformance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

const clientID = "cli_conformance"

// scenarios is how many the pinned version of the suite has for an authorization
// server in each revision. Fewer would mean that some were not run.
const scenarios = 2

var passed, skipped, expected int

// TestMain says at the end how much of the suite passed.
func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Printf("conformance: %d of %d scenarios pass, %d skipped\n", passed, expected, skipped)
	os.Exit(code)
}

// TestConformance runs every scenario of every revision at the base issuer and at an
// MCP server's own.
func TestConformance(t *testing.T) {
	known := revisions(t)
	for _, revision := range []string{"2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"} {
		if known[revision] != scenarios {
			t.Errorf("the suite has %d scenarios for %s, want %d", known[revision], revision, scenarios)
		}
	}
	server := symbolontest.StartServer(t, func(c *symbolon.Config) {
		c.MCPServers[0].ClientIDMetadataDocuments = true // or the suite warns
		c.Clients = append(c.Clients, symbolon.Client{
			ID: clientID, Name: "Conformance", MCPServers: []string{symbolontest.ServerID},
			RedirectURIs: []string{"http://127.0.0.1/callback"}, TokenEndpointAuthMethod: "none",
		})
	})
	for name, issuer := range map[string]string{"base": server.URL, "resource": server.Issuer()} {
		for _, revision := range slices.Sorted(maps.Keys(known)) {
			expected += known[revision]
			t.Run(name+"/"+revision, func(t *testing.T) {
				got := run(t, server, issuer, revision, freePort(t))
				if len(got) != known[revision] {
					t.Errorf("%d scenarios ran, want %d", len(got), known[revision])
				}
				for scenario, checks := range got {
					if judge(t, scenario, checks) {
						passed++
					}
				}
			})
		}
	}
}

// judge wants every check of a scenario to succeed: none failed, skipped or with a
// warning, and at least one made.
func judge(t *testing.T, scenario string, checks []check) bool {
	t.Helper()
	ok := len(checks) > 0
	for _, c := range checks {
		if c.Status == "SKIPPED" {
			skipped++
		}
		if c.Status != "SUCCESS" && c.Status != "INFO" {
			t.Errorf("%s: %s is %s: %s", scenario, c.ID, c.Status, c.ErrorMessage)
			ok = false
		}
	}
	if !ok {
		t.Errorf("%s did not pass (%d checks)", scenario, len(checks))
	}
	return ok
}
