package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestValidateAcceptsAcme(t *testing.T) {
	if err := catalog.Validate(objects(t, acme()...)); err != nil {
		t.Error(err)
	}
	if err := catalog.Validate(nil); err != nil {
		t.Errorf("an empty catalog: %v", err)
	}
}

// Each edit breaks one rule; the error names the object and the field.
func TestValidateRefuses(t *testing.T) {
	conn := func(edit func(*catalog.Connection)) catalog.Spec { return change(connection("conn_acme"), edit) }
	server := func(edit func(*catalog.MCPServer)) catalog.Spec { return change(mcpServer("res_todo"), edit) }
	api := func(edit func(*catalog.APIClient)) catalog.Spec { return change(apiClient("skc_acme"), edit) }
	app := func(edit func(*catalog.Client)) catalog.Spec { return change(client("cli_inspector"), edit) }

	tests := map[string]struct {
		spec catalog.Spec
		says string
	}{
		"connection name":     {conn(func(c *catalog.Connection) { c.Name = "" }), "name"},
		"verifier":            {conn(func(c *catalog.Connection) { c.LoginVerifier = "off" }), "login_verifier"},
		"no login URL":        {conn(func(c *catalog.Connection) { c.LoginURL = "" }), "login_url"},
		"login URL in clear":  {conn(func(c *catalog.Connection) { c.LoginURL = "http://acme.example/login" }), "https"},
		"login URL loop-like": {conn(func(c *catalog.Connection) { c.LoginURL = "http://localhost.evil.example/login" }), "https"},
		"login URL fragment":  {conn(func(c *catalog.Connection) { c.LoginURL = "https://acme.example/#login" }), "fragment"},
		"login URL user":      {conn(func(c *catalog.Connection) { c.LoginURL = "https://u:p@acme.example/" }), "login_url"},

		"server name":         {server(func(m *catalog.MCPServer) { m.Name = "" }), "name"},
		"server connection":   {server(func(m *catalog.MCPServer) { m.Connection = "conn_none" }), "conn_none"},
		"server URL":          {server(func(m *catalog.MCPServer) { m.URL = "mcp.example" }), "mcp.example"},
		"server URL fragment": {server(func(m *catalog.MCPServer) { m.URL = "https://mcp.example/#" }), "fragment"},
		"own alias":           {server(func(m *catalog.MCPServer) { m.Aliases = []catalog.Alias{{URL: "https://mcp.example/res_todo/"}} }), "alias"},
		"alg none":            {server(func(m *catalog.MCPServer) { m.SigningAlg = "none" }), "signing_alg"},
		"alg HS256":           {server(func(m *catalog.MCPServer) { m.SigningAlg = "HS256" }), "signing_alg"},
		"token issuer":        {server(func(m *catalog.MCPServer) { m.TokenIssuer = "" }), "token_issuer"},
		"scope":               {server(func(m *catalog.MCPServer) { m.Scopes = []catalog.Scope{{Name: "a b"}} }), "scope"},
		"scope twice":         {server(func(m *catalog.MCPServer) { m.Scopes = append(m.Scopes, m.Scopes[0]) }), "twice"},
		"offline_access":      {server(func(m *catalog.MCPServer) { m.Scopes = []catalog.Scope{{Name: "offline_access"}} }), "offline_access"},
		"short access token":  {server(func(m *catalog.MCPServer) { m.AccessTokenTTL = 59 * time.Second }), "access_token_ttl"},
		"long access token":   {server(func(m *catalog.MCPServer) { m.AccessTokenTTL = 24*time.Hour + 1 }), "access_token_ttl"},
		"refresh token":       {server(func(m *catalog.MCPServer) { m.RefreshTokenTTL = time.Second }), "refresh_token_ttl"},
		"idle":                {server(func(m *catalog.MCPServer) { m.RefreshTokenIdleTTL = -1 }), "refresh_token_idle_ttl"},
		"idle over absolute":  {server(func(m *catalog.MCPServer) { m.RefreshTokenIdleTTL = 721 * time.Hour }), "refresh_token_idle_ttl"},
		"empty client id":     {server(func(m *catalog.MCPServer) { m.Clients.IDs = []string{""} }), "clients.ids"},

		"API secret":           {api(func(a *catalog.APIClient) { a.SecretHash = nil }), "secret"},
		"API other secret":     {api(func(a *catalog.APIClient) { a.OtherSecretHashes = [][]byte{nil} }), "secret"},
		"API secrets":          {api(func(a *catalog.APIClient) { a.OtherSecretHashes = [][]byte{hash, hash, hash, hash} }), "secrets"},
		"API role":             {api(func(a *catalog.APIClient) { a.Role = "admin" }), "role"},
		"API connections":      {api(func(a *catalog.APIClient) { a.Connections = nil }), "connections"},
		"API connection":       {api(func(a *catalog.APIClient) { a.Connections = []string{"conn_none"} }), "conn_none"},
		"API login on servers": {api(func(a *catalog.APIClient) { a.MCPServers = []string{"res_todo"} }), "mcp_servers"},
		"API resource":         {api(func(a *catalog.APIClient) { a.Role = catalog.RoleResource }), "connections"},

		"client name":         {app(func(c *catalog.Client) { c.Name = "" }), "name"},
		"client server":       {app(func(c *catalog.Client) { c.MCPServers = []string{"res_none"} }), "res_none"},
		"client all servers":  {app(func(c *catalog.Client) { c.MCPServers = []string{catalog.Any} }), "mcp_servers"},
		"client no server":    {app(func(c *catalog.Client) { c.MCPServers = nil }), "mcp_servers"},
		"client redirect":     {app(func(c *catalog.Client) { c.RedirectURIs = []string{"javascript:/alert(1)"} }), "javascript"},
		"client no redirect":  {app(func(c *catalog.Client) { c.RedirectURIs = nil }), "redirect_uris"},
		"client auth":         {app(func(c *catalog.Client) { c.AuthMethod = "tls_client_auth" }), "token_endpoint_auth_method"},
		"client without keys": {app(func(c *catalog.Client) { c.AuthMethod = oauth.AuthPrivateKeyJWT }), "jwks"},
		"client no secret":    {app(func(c *catalog.Client) { c.AuthMethod = oauth.AuthClientSecretPost }), "secret"},
		"client odd secret":   {app(func(c *catalog.Client) { c.SecretHash = hash }), "token_endpoint_auth_method"},
		"client odd secrets":  {app(func(c *catalog.Client) { c.OtherSecretHashes = [][]byte{hash} }), "token_endpoint_auth_method"},
		"client grant":        {app(func(c *catalog.Client) { c.GrantTypes = []string{"password"} }), "password"},
		"client refresh":      {app(func(c *catalog.Client) { c.GrantTypes = []string{"refresh_token"} }), "authorization_code"},
		"client scope":        {app(func(c *catalog.Client) { c.Scopes = []string{`"`} }), "scope"},
	}
	for name, test := range tests {
		ref := test.spec.Ref()
		specs := slices.DeleteFunc(acme(), func(s catalog.Spec) bool { return s.Ref() == ref })
		if err := catalog.Validate(objects(t, append(specs, test.spec)...)); !mentions(err, ref.String(), test.says) {
			t.Errorf("%s: err = %v, want one that names %s and %q", name, err, ref, test.says)
		}
	}
}

func TestValidateIDs(t *testing.T) {
	for _, id := range []string{"", "conn_", "acme", "res_acme", "conn_ä", "conn_a/b", "conn_a b", "conn_" + strings.Repeat("a", 60)} {
		if err := catalog.Validate(objects(t, connection(id))); !mentions(err, "conn_") {
			t.Errorf("%q: err = %v", id, err)
		}
	}
	if err := catalog.Validate(objects(t, connection("conn_"+strings.Repeat("a", 59)))); err != nil {
		t.Error(err)
	}
	if err := catalog.Validate(objects(t, connection("conn_acme"), connection("conn_acme"))); !mentions(err, "conn_acme", "twice") {
		t.Errorf("one id twice: %v", err)
	}
}

func TestValidateAddressesAreUnique(t *testing.T) {
	other := change(mcpServer("res_other"), func(m *catalog.MCPServer) { m.Aliases = []catalog.Alias{{URL: "HTTPS://mcp.example:443/res_todo/"}} })
	err := catalog.Validate(objects(t, append(acme(), other)...))
	if !mentions(err, "res_other", "res_todo") {
		t.Errorf("err = %v, want one that names both", err)
	}
}

// Attack B16: under the base issuer one sub of two companies would be one user.
func TestBaseIssuerNeedsOneConnection(t *testing.T) {
	base := change(mcpServer("res_todo"), func(m *catalog.MCPServer) { m.TokenIssuer = catalog.IssuerBase })
	if err := catalog.Validate(objects(t, connection("conn_acme"), base)); err != nil {
		t.Error(err)
	}
	second := change(connection("conn_other"), func(c *catalog.Connection) { c.Disabled = true })
	if err := catalog.Validate(objects(t, connection("conn_acme"), second, base)); !mentions(err, "res_todo", "token_issuer", "conn_other") {
		t.Errorf("err = %v", err)
	}
}

// An entry in another spelling than the one that is compared would lock out
// whom the operator means to admit.
func TestValidatePolicyEntries(t *testing.T) {
	tests := map[string]struct{ document, redirect bool }{
		"claude.ai":         {true, true},
		"claude.ai:8443":    {true, true},
		"localhost":         {true, true},
		"127.0.0.1":         {true, true},
		"[::1]":             {true, true},
		"xn--bcher-kva.de":  {true, true},
		"cursor:":           {false, true},
		"com.example.app:":  {false, true},
		"Claude.ai":         {false, false},
		"claude.ai.":        {false, false},
		"claude.ai:443":     {false, false},
		"claude.ai/":        {false, false},
		"*.claude.ai":       {false, false},
		"https://claude.ai": {false, false},
		"u@claude.ai":       {false, false},
		"bücher.de":         {false, false},
		"Cursor:":           {false, false},
		"javascript:":       {false, false},
		"https:":            {false, false},
		"":                  {false, false},
		" claude.ai":        {false, false},
	}
	for entry, want := range tests {
		document := change(mcpServer("res_todo"), func(m *catalog.MCPServer) { m.Clients.CIMDHosts = []string{entry} })
		if err := catalog.Validate(objects(t, connection("conn_acme"), document)); (err == nil) != want.document {
			t.Errorf("cimd_hosts %q: err = %v", entry, err)
		}
		redirect := change(mcpServer("res_todo"), func(m *catalog.MCPServer) { m.Clients.RedirectHosts = []string{entry} })
		if err := catalog.Validate(objects(t, connection("conn_acme"), redirect)); (err == nil) != want.redirect {
			t.Errorf("redirect_hosts %q: err = %v", entry, err)
		}
	}
}
