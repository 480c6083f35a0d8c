package catalog_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

var hash = bytes.Repeat([]byte{7}, 32)

func connection(id string) catalog.Connection {
	return catalog.Connection{ID: id, Name: "Acme", LoginURL: "https://acme.example/login", LoginVerifier: catalog.VerifierRequired}
}

func mcpServer(id string) catalog.MCPServer {
	return catalog.MCPServer{
		ID: id, Name: "Acme Todo", URL: "https://mcp.example/" + id, Connection: "conn_acme",
		Scopes:         []catalog.Scope{{Name: "todo:read", Default: true}, {Name: "todo:write"}},
		AccessTokenTTL: 10 * time.Minute, RefreshTokenTTL: 720 * time.Hour,
		SigningAlg: "RS256", TokenIssuer: catalog.IssuerResource,
	}
}

func apiClient(id string) catalog.APIClient {
	return catalog.APIClient{ID: id, SecretHash: hash, Role: catalog.RoleLogin, Connections: []string{"conn_acme"}}
}

func client(id string) catalog.Client {
	return catalog.Client{
		ID: id, Name: "Inspector", MCPServers: []string{"res_todo"}, RedirectURIs: []string{"http://localhost/oauth/callback"},
		AuthMethod: oauth.AuthNone, GrantTypes: []string{"authorization_code", "refresh_token"},
	}
}

// acme is a catalog with one object of each kind.
func acme() []catalog.Spec {
	return []catalog.Spec{connection("conn_acme"), mcpServer("res_todo"), apiClient("skc_acme"), client("cli_inspector")}
}

func objects(t testing.TB, specs ...catalog.Spec) []catalog.Object {
	t.Helper()
	var list []catalog.Object
	for _, s := range specs {
		o, err := catalog.NewObject(catalog.OwnerFile, s)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

func snapshot(t testing.TB, specs ...catalog.Spec) *catalog.Snapshot {
	t.Helper()
	s, err := catalog.NewSnapshot(objects(t, specs...), 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// change returns spec after edit.
func change[T any](spec T, edit func(*T)) T {
	edit(&spec)
	return spec
}

func mentions(err error, words ...string) bool {
	if err == nil {
		return false
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			return false
		}
	}
	return true
}
