package catalog_test

import (
	"regexp"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func dynamic(redirect string) *oauth.Client {
	return &oauth.Client{ID: "dyn_1", Kind: oauth.Dynamic, RedirectURIs: []string{redirect}}
}

func document(id string) *oauth.Client {
	return &oauth.Client{ID: id, Kind: oauth.MetadataDocument, RedirectURIs: []string{"https://elsewhere.example/cb"}}
}

// used is the client's first redirect URI, matched; none if oauth refuses it.
func used(t testing.TB, c *oauth.Client) oauth.RedirectURI {
	t.Helper()
	r, err := c.Match(c.RedirectURIs[0])
	if err != nil {
		t.Fatalf("%s: %v", c.RedirectURIs[0], err)
	}
	return r
}

// Attacks D04 and M21: what looks like the host of a policy is not it.
func TestRedirectHosts(t *testing.T) {
	p := catalog.Policy{RedirectHosts: []string{"claude.ai", "alt.example:8443", "cursor:", "localhost"}}
	tests := map[string]bool{
		"https://claude.ai/api/cb":             true,
		"https://CLAUDE.ai/api/cb":             true,
		"https://claude.ai:443/api/cb":         true,
		"https://alt.example:8443/cb":          true,
		"cursor://anysphere.cursor-mcp/cb":     true,
		"cursor:/cb":                           true,
		"http://localhost:33418/":              true,
		"http://localhost/cb":                  true,
		"https://claude.ai.evil.example/cb":    false,
		"https://evilclaude.ai/cb":             false,
		"https://evil.example/claude.ai":       false,
		"https://evil.example/?claude.ai":      false,
		"https://sub.claude.ai/cb":             false,
		"https://claude.ai:8443/cb":            false,
		"https://claude.ai:80/cb":              false,
		"https://alt.example/cb":               false,
		"https://xn--clude-7ve.ai/cb":          false,
		"claude.ai:/cb":                        false, // a private-use scheme, spelled like the host
		"claude.ai://claude.ai/cb":             false,
		"https://cursor/cb":                    false, // a host, spelled like the scheme
		"cursor-evil:/cb":                      false,
		"http://127.0.0.1:33418/":              false,
		"http://[::1]:33418/":                  false,
		"https://localhost.evil.example:443/x": false,
	}
	for uri, want := range tests {
		c := dynamic(uri)
		if got := p.Admits(c, used(t, c)); got != want {
			t.Errorf("Admits(%s) = %v, want %v", uri, got, want)
		}
		if got := p.Listed(c, used(t, c)); got != want {
			t.Errorf("Listed(%s) = %v, want %v", uri, got, want)
		}
		if p.AdmitsID(c) {
			t.Errorf("AdmitsID(%s) holds for a client that only its redirect URI can admit", uri)
		}
	}
	if p.Admits(dynamic("https://claude.ai/cb"), oauth.RedirectURI{}) {
		t.Error("no redirect URI is admitted")
	}
}

func TestDocumentHosts(t *testing.T) {
	p := catalog.Policy{CIMDHosts: []string{"claude.ai", "localhost:3000"}}
	tests := map[string]bool{
		"https://claude.ai/client.json":                true,
		"https://CLAUDE.AI:443/client.json":            true,
		"http://localhost:3000/client.json":            true,
		"https://claude.ai.evil.example/client.json":   false,
		"https://evilclaude.ai/client.json":            false,
		"https://claude.ai./client.json":               false,
		"https://claude.ai:8443/client.json":           false,
		"http://claude.ai/client.json":                 false,
		"https://claude.ai@evil.example/client.json":   false,
		"https://evil.example/https://claude.ai/":      false,
		"https://evil.example#claude.ai/":              false,
		"https://evil.example\\@claude.ai/client.json": false,
		"https://clаude.ai/client.json":                false, // a Cyrillic а
		"https://xn--clude-7ve.ai/client.json":         false,
		"claude.ai":                                    false,
		"claude.ai:/client.json":                       false,
		"":                                             false,
	}
	for id, want := range tests {
		c := document(id)
		if got := p.Admits(c, used(t, c)); got != want {
			t.Errorf("Admits(%s) = %v, want %v", id, got, want)
		}
		if got := p.AdmitsID(c); got != want {
			t.Errorf("AdmitsID(%s) = %v, want %v", id, got, want)
		}
		c.Kind = oauth.Dynamic
		if p.AdmitsID(c) {
			t.Errorf("%s is the id of no document and yet admitted by its host", id)
		}
	}
}

func TestPolicy(t *testing.T) {
	web := dynamic("https://app.example/cb")
	named := dynamic("https://app.example/cb")
	named.ID = "named"
	pre := dynamic("https://app.example/cb")
	pre.Kind = oauth.Preregistered
	restricted := catalog.Policy{IDs: []string{"named"}}
	tests := []struct {
		name           string
		policy         catalog.Policy
		client         *oauth.Client
		admits, listed bool
	}{
		{"any client", catalog.Policy{}, web, true, false},
		{"any client, pre-registered", catalog.Policy{}, pre, true, true},
		{"other ids", restricted, web, false, false},
		{"its id", restricted, named, true, true},
		{"pre-registered", restricted, pre, true, true},
	}
	for _, test := range tests {
		redirect := used(t, test.client)
		if got := test.policy.Admits(test.client, redirect); got != test.admits {
			t.Errorf("%s: Admits = %v", test.name, got)
		}
		if got := test.policy.AdmitsID(test.client); got != test.admits {
			t.Errorf("%s: AdmitsID = %v", test.name, got)
		}
		if got := test.policy.Listed(test.client, redirect); got != test.listed {
			t.Errorf("%s: Listed = %v", test.name, got)
		}
	}
}

func TestServerAdmits(t *testing.T) {
	m := mcpServer("res_todo")
	m.DynamicRegistration = true
	tests := map[string]struct {
		edit func(*oauth.Client)
		want bool
	}{
		"another kind":  {func(c *oauth.Client) { c.Kind = oauth.MetadataDocument }, false},
		"any server":    {func(*oauth.Client) {}, true},
		"this server":   {func(c *oauth.Client) { c.MCPServers = []string{"res_todo"} }, true},
		"other server":  {func(c *oauth.Client) { c.MCPServers = []string{"res_other"} }, false},
		"no server":     {func(c *oauth.Client) { c.MCPServers = []string{} }, false},
		"disabled":      {func(c *oauth.Client) { c.Disabled = true }, false},
		"preregistered": {func(c *oauth.Client) { c.Kind, c.MCPServers = oauth.Preregistered, []string{"res_other"} }, false},
	}
	for name, test := range tests {
		c := dynamic("https://app.example/cb")
		test.edit(c)
		if m.Admits(c, used(t, c)) != test.want || m.AdmitsID(c) != test.want {
			t.Errorf("%s: admitted = %v", name, !test.want)
		}
	}
}

func TestRedirectName(t *testing.T) {
	for uri, want := range map[string]string{
		"https://App.example/cb":      "app.example",
		"https://app.example:443/cb":  "app.example",
		"https://app.example:8443/cb": "app.example:8443",
		"http://127.0.0.1:1234/cb":    "127.0.0.1",
		"http://[::1]:1234/cb":        "[::1]",
		"Cursor://x/cb":               "cursor:",
	} {
		if got := catalog.RedirectName(used(t, dynamic(uri))); got != want {
			t.Errorf("RedirectName(%s) = %q, want %q", uri, got, want)
		}
	}
}

// Whatever a client is called and wherever it redirects, a policy that names
// one host admits nobody else.
func FuzzPolicy(f *testing.F) {
	f.Add("https://claude.ai/client.json", "https://claude.ai/cb")
	f.Add("https://claude.ai.evil.example/", "claude.ai:/cb")
	f.Add("https://claude.ai:1/", "http://localhost:1/cb")
	documents, redirects := catalog.Policy{CIMDHosts: []string{"claude.ai"}}, catalog.Policy{RedirectHosts: []string{"claude.ai"}}
	f.Fuzz(func(t *testing.T, id, uri string) {
		c := &oauth.Client{ID: id, Kind: oauth.MetadataDocument, RedirectURIs: []string{uri}}
		if documents.AdmitsID(c) && !beginsWithHost(id) {
			t.Errorf("document %q is admitted", id)
		}
		r, err := c.Match(uri)
		if err == nil && redirects.Admits(c, r) && !beginsWithHost(uri) {
			t.Errorf("redirect URI %q is admitted", uri)
		}
	})
}

var claudeURL = regexp.MustCompile(`^(?i:https://claude\.ai)(:443)?([/?]|$)`)

func beginsWithHost(uri string) bool { return claudeURL.MatchString(uri) }
