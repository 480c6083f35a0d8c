package catalog_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestSnapshotReturnsWhatWasConfigured(t *testing.T) {
	wanted := change(mcpServer("res_todo"), func(m *catalog.MCPServer) {
		m.Clients = catalog.Policy{CIMDHosts: []string{"claude.ai"}, RedirectHosts: []string{"cursor:"}, IDs: []string{"x"}}
		m.Disabled = true
	})
	s := snapshot(t, connection("conn_acme"), wanted, apiClient("skc_acme"), client("cli_inspector"))
	if s.Version() != 1 {
		t.Errorf("version = %d", s.Version())
	}
	if got, ok := s.MCPServer("res_todo"); !ok || !reflect.DeepEqual(*got, wanted) {
		t.Errorf("MCP server = %+v, want %+v", got, wanted)
	}
	if got, ok := s.Connection("conn_acme"); !ok || *got != connection("conn_acme") {
		t.Errorf("connection = %+v", got)
	}
	if got, ok := s.APIClient("skc_acme"); !ok || !reflect.DeepEqual(*got, apiClient("skc_acme")) {
		t.Errorf("API client = %+v", got)
	}
	if got, ok := s.Client("cli_inspector"); !ok || !reflect.DeepEqual(*got, client("cli_inspector")) {
		t.Errorf("client = %+v", got)
	}
	if _, ok := s.Connection("res_todo"); ok {
		t.Error("an MCP server is found as a connection")
	}
}

func TestResolve(t *testing.T) {
	todo := change(mcpServer("res_todo"), func(m *catalog.MCPServer) {
		m.URL, m.Aliases = "https://MCP.example:443/mcp/", []catalog.Alias{{URL: "https://mcp.example"}}
	})
	s := snapshot(t, connection("conn_acme"), todo, mcpServer("res_other"))
	tests := map[string]string{
		"https://mcp.example/mcp":       "res_todo",
		"HTTPS://mcp.EXAMPLE/mcp/":      "res_todo",
		"https://mcp.example:443/mcp":   "res_todo",
		"https://mcp.example/":          "res_todo",
		"https://mcp.example":           "res_todo",
		"https://mcp.example/res_other": "res_other",
		"https://mcp.example/MCP":       "",
		"https://mcp.example/mcp#":      "",
		"https://mcp.example:8443/mcp":  "",
		"http://mcp.example/mcp":        "",
		"https://mcp.example.evil/mcp":  "",
		"https://mcp.example./mcp":      "",
		"https://u@mcp.example/mcp":     "",
		"res_todo":                      "",
		"":                              "",
	}
	for resource, want := range tests {
		m, ok := s.Resolve(resource)
		if ok != (want != "") || ok && m.ID != want {
			t.Errorf("Resolve(%q) = %v, %v; want %q", resource, m, ok, want)
		}
	}
}

// A server that got a new id takes its address with it; nothing has to be pruned.
func TestDisabledServersHoldNoAddress(t *testing.T) {
	disable := func(m *catalog.MCPServer) { m.Disabled, m.URL = true, "https://mcp.example/mcp" }
	move := func(m *catalog.MCPServer) { m.URL = "https://mcp.example/mcp" }
	a := change(mcpServer("res_a"), disable)
	b := change(mcpServer("res_b"), move)
	c := change(mcpServer("res_c"), disable)
	if m, ok := snapshot(t, connection("conn_acme"), a, b, c).Resolve("https://mcp.example/mcp"); !ok || m.ID != "res_b" {
		t.Errorf("Resolve = %v, want the enabled one", m)
	}
	if m, ok := snapshot(t, connection("conn_acme"), a).Resolve("https://mcp.example/mcp"); !ok || !m.Disabled {
		t.Errorf("Resolve = %v, want the disabled one", m)
	}
}

func TestOnlyAndUsable(t *testing.T) {
	disabled := change(mcpServer("res_off"), func(m *catalog.MCPServer) { m.Disabled = true })
	orphan := change(mcpServer("res_orphan"), func(m *catalog.MCPServer) { m.Connection = "conn_off" })
	off := change(connection("conn_off"), func(c *catalog.Connection) { c.Disabled = true })
	tests := []struct {
		name    string
		servers []catalog.Spec
		only    string
		usable  []string
	}{
		{"none", nil, "", nil},
		{"one", []catalog.Spec{mcpServer("res_a")}, "res_a", []string{"res_a"}},
		{"one enabled", []catalog.Spec{disabled, mcpServer("res_a")}, "res_a", []string{"res_a"}},
		{"two", []catalog.Spec{mcpServer("res_b"), mcpServer("res_a")}, "", []string{"res_a", "res_b"}},
		{"one disabled", []catalog.Spec{disabled}, "", nil},
		{"connection disabled", []catalog.Spec{orphan}, "res_orphan", nil},
	}
	for _, test := range tests {
		s := snapshot(t, append(test.servers, connection("conn_acme"), off)...)
		only, ok := s.Only()
		if ok != (test.only != "") || ok && only.ID != test.only {
			t.Errorf("%s: Only = %v, %v", test.name, only, ok)
		}
		var usable []string
		for m := range s.UsableMCPServers() {
			usable = append(usable, m.ID)
		}
		if !slices.Equal(usable, test.usable) {
			t.Errorf("%s: usable = %v, want %v", test.name, usable, test.usable)
		}
	}
}

// Nothing of a newer version is ignored: it might be a restriction.
func TestSnapshotRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, edit := range map[string]func(*catalog.Object){
		"member":   func(o *catalog.Object) { o.Spec = []byte(`{"name":"Acme","require_dpop":true}`) },
		"kind":     func(o *catalog.Object) { o.Kind = "webhook" },
		"trailing": func(o *catalog.Object) { o.Spec = append(slices.Clone(o.Spec), "{}"...) },
		"garbage":  func(o *catalog.Object) { o.Spec = []byte(`nonsense`) },
		"nothing":  func(o *catalog.Object) { o.Spec = nil },
	} {
		list := objects(t, connection("conn_acme"))
		edit(&list[0])
		if _, err := catalog.NewSnapshot(list, 1); !mentions(err, "conn_acme") {
			t.Errorf("%s: err = %v, want one that names the object", name, err)
		}
	}
}

func TestReachOfAPIClients(t *testing.T) {
	login := apiClient("skc_acme")
	anyLogin := change(login, func(a *catalog.APIClient) { a.Connections = []string{catalog.Any} })
	resource := catalog.APIClient{ID: "skc_r", SecretHash: hash, Role: catalog.RoleResource, MCPServers: []string{"res_todo"}}
	off := change(login, func(a *catalog.APIClient) { a.Disabled = true })
	tests := []struct {
		name              string
		client            catalog.APIClient
		acme, other, todo bool
	}{
		{"login", login, true, false, false},
		{"login everywhere", anyLogin, true, true, false},
		{"resource", resource, false, false, true},
		{"disabled", off, false, false, false},
		{"zero", catalog.APIClient{Connections: []string{catalog.Any}}, false, false, false},
	}
	for _, test := range tests {
		c := &test.client
		if c.MayLogin("conn_acme") != test.acme || c.MayLogin("conn_other") != test.other || c.MayIntrospect("res_todo") != test.todo {
			t.Errorf("%s: reaches other objects than it should", test.name)
		}
		if c.MayIntrospect("res_other") {
			t.Errorf("%s: introspects a server that is not its own", test.name)
		}
	}
}

func TestPreregisteredClient(t *testing.T) {
	c := change(client("cli_inspector"), func(c *catalog.Client) {
		c.AuthMethod, c.SecretHash, c.Disabled = oauth.AuthClientSecretBasic, hash, true
		c.Scopes = []string{"todo:read"}
	})
	want := oauth.Client{
		ID: "cli_inspector", Kind: oauth.Preregistered, Name: "Inspector", RedirectURIs: c.RedirectURIs,
		AuthMethod: oauth.AuthClientSecretBasic, SecretHashes: [][]byte{hash}, GrantTypes: c.GrantTypes, Scopes: oauth.Scopes{"todo:read"},
		MCPServers: []string{"res_todo"}, Verified: true, Disabled: true,
	}
	if got := c.OAuth(); !reflect.DeepEqual(got, want) {
		t.Errorf("OAuth() = %+v\nwant %+v", got, want)
	}
	if got := (&catalog.Client{}).OAuth(); got.MCPServers == nil {
		t.Error("a client without MCP servers may be used with any")
	}
}
