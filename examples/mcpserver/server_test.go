package mcpserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/symbolon-auth/symbolon/examples/mcpserver"
	"github.com/symbolon-auth/symbolon/internal/client"
)

// authority signs access tokens and publishes the key.
type authority struct {
	*httptest.Server
	key     *ecdsa.PrivateKey
	fetches atomic.Int32
	down    atomic.Bool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		a.fetches.Add(1)
		if a.down.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256"}}})
	}))
	t.Cleanup(a.Close)
	return a
}

// token is what a test's access token says; the zero value with a sub is good.
type token struct {
	kid, typ, iss, aud, sub, scope string
	exp                            time.Time
	key                            *ecdsa.PrivateKey
}

func (a *authority) sign(t *testing.T, mcpURL string, want token) string {
	t.Helper()
	or := func(value, otherwise string) string {
		if value != "" {
			return value
		}
		return otherwise
	}
	if want.key == nil {
		want.key = a.key
	}
	if want.exp.IsZero() {
		want.exp = time.Now().Add(time.Hour)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: want.key, KeyID: or(want.kid, "k1")}},
		(&jose.SignerOptions{}).WithType(jose.ContentType(or(want.typ, "at+jwt"))))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(map[string]any{
		"iss": or(want.iss, a.URL+"/resources/res_todo"), "aud": []string{or(want.aud, mcpURL), "res_todo"},
		"sub": want.sub, "exp": want.exp.Unix(), "scope": or(want.scope, "todo:read todo:write"),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// start runs an MCP server and returns its URL.
func start(t *testing.T, a *authority) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	mcpURL := "http://" + server.Listener.Addr().String() + "/mcp"
	handler, err := mcpserver.New(mcpserver.ForSymbolon(a.URL, "res_todo", mcpURL))
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return mcpURL
}

func post(t *testing.T, mcpURL, bearer, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, mcpURL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

const (
	listCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_todos","arguments":{}}}`
	addCall  = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add_todo","arguments":{"title":"x"}}}`
)

func TestToolsPerUser(t *testing.T) {
	a := newAuthority(t)
	mcpURL := start(t, a)
	c := client.New(client.Options{})
	open := func(sub string) *client.Session {
		s, err := c.OpenSession(t.Context(), mcpURL, client.Secret(a.sign(t, mcpURL, token{sub: sub})))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	alice, bob := open("alice"), open("bob")
	if _, err := alice.Call(t.Context(), "add_todo", map[string]any{"title": "Buy milk"}); err != nil {
		t.Fatal(err)
	}
	if got, err := alice.Call(t.Context(), "list_todos", nil); err != nil || !strings.Contains(got, "1. Buy milk") {
		t.Errorf("alice's list: %q, %v", got, err)
	}
	if got, err := bob.Call(t.Context(), "list_todos", nil); err != nil || got != "Nothing to do." {
		t.Errorf("bob's list: %q, %v", got, err)
	}
	if _, err := alice.Call(t.Context(), "add_todo", map[string]any{"title": strings.Repeat("x", 201)}); err == nil {
		t.Error("a title of 201 bytes was accepted")
	}
	tools, err := alice.ListTools(t.Context(), nil)
	if err != nil || len(tools.Tools) != 2 {
		t.Errorf("ListTools: %v, %v", tools, err)
	}
	if n := a.fetches.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times, want once", n)
	}
}

func TestUnauthorized(t *testing.T) {
	a := newAuthority(t)
	mcpURL := start(t, a)
	stranger := newAuthority(t).key
	tests := []struct {
		name   string
		token  *token
		reason string
	}{
		{"no token", nil, ""},
		{"issuer", &token{sub: "x", iss: "https://evil.example"}, "another issuer"},
		{"audience", &token{sub: "x", aud: "https://other.example/mcp"}, "another MCP server"},
		{"audience with a slash", &token{sub: "x", aud: mcpURL + "/"}, "another MCP server"},
		{"expired", &token{sub: "x", exp: time.Now().Add(-time.Second)}, "expired"},
		{"type", &token{sub: "x", typ: "JWT"}, "not an access token"},
		{"no user", &token{}, "no user"},
		{"signature", &token{sub: "x", key: stranger}, "signature"},
		{"unknown key", &token{sub: "x", kid: "k9", key: stranger}, "unknown key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bearer := ""
			if tt.token != nil {
				bearer = a.sign(t, mcpURL, *tt.token)
			}
			resp := post(t, mcpURL, bearer, listCall)
			challenge := resp.Header.Get("WWW-Authenticate")
			if resp.StatusCode != http.StatusUnauthorized {
				t.Fatalf("HTTP %d", resp.StatusCode)
			}
			if !strings.Contains(challenge, `resource_metadata="`+a.URL+`/resources/res_todo/.well-known/oauth-protected-resource"`) || !strings.Contains(challenge, `scope="todo:read todo:write"`) {
				t.Errorf("challenge %s", challenge)
			}
			if got := strings.Contains(challenge, `error="invalid_token"`); got != (tt.reason != "") || !strings.Contains(challenge, tt.reason) {
				t.Errorf("challenge %s, want reason %q", challenge, tt.reason)
			}
		})
	}
}

func TestAlgNone(t *testing.T) {
	a := newAuthority(t)
	mcpURL := start(t, a)
	signed := strings.Split(a.sign(t, mcpURL, token{sub: "x"}), ".")
	// {"alg":"none","typ":"at+jwt","kid":"k1"}
	resp := post(t, mcpURL, "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoiazEifQ."+signed[1]+".", listCall)
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("an unsigned token: HTTP %d", resp.StatusCode)
	}
}

func TestInsufficientScope(t *testing.T) {
	a := newAuthority(t)
	mcpURL := start(t, a)
	reader := a.sign(t, mcpURL, token{sub: "x", scope: "todo:read offline_access"})
	for _, body := range []string{addCall, "[" + listCall + "," + addCall + "]"} {
		resp := post(t, mcpURL, reader, body)
		challenge := resp.Header.Get("WWW-Authenticate")
		if resp.StatusCode != http.StatusForbidden || !strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, `scope="todo:read todo:write"`) {
			t.Errorf("HTTP %d, challenge %s", resp.StatusCode, challenge)
		}
	}
	if resp := post(t, mcpURL, reader, listCall); resp.StatusCode != http.StatusOK {
		t.Errorf("list_todos with its scope: HTTP %d", resp.StatusCode)
	}
}

// The guard and the protocol may read one body differently; the tool has the last word.
func TestGuardCannotBeTalkedAround(t *testing.T) {
	a := newAuthority(t)
	mcpURL := start(t, a)
	reader := a.sign(t, mcpURL, token{sub: "x", scope: "todo:read"})
	for _, params := range []string{
		`{"name":"add_todo","Name":"list_todos","arguments":{"title":"smuggled"}}`,
		`{"name":"add_todo","NAME":"list_todos","arguments":{"title":"smuggled"}}`,
		`{"name":"list_todos","name":"add_todo","arguments":{"title":"smuggled"}}`,
		`{"name":"add_todo","name":"list_todos","arguments":{"title":"smuggled"}}`,
	} {
		post(t, mcpURL, reader, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":`+params+`}`)
	}
	body, _ := io.ReadAll(post(t, mcpURL, reader, listCall).Body)
	if !strings.Contains(string(body), "Nothing to do.") {
		t.Errorf("a reader wrote: %s", body)
	}
}

func TestStepUpIsVisibleToTheClient(t *testing.T) {
	a := newAuthority(t)
	mcpURL := start(t, a)
	s, err := client.New(client.Options{}).OpenSession(t.Context(), mcpURL, client.Secret(a.sign(t, mcpURL, token{sub: "x", scope: "todo:read"})))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Challenged() != nil {
		t.Errorf("challenged before anything was asked: %v", s.Challenged())
	}
	if _, err := s.Call(t.Context(), "add_todo", map[string]any{"title": "x"}); err == nil {
		t.Fatal("add_todo without its scope worked")
	}
	got := s.Challenged()
	if got == nil || *got != (client.Challenge{Status: 403, Code: "insufficient_scope", Scope: "todo:read todo:write"}) {
		t.Errorf("Challenged() = %v", got)
	}
}

// Tokens that name keys nobody has must not make the server hammer the authorization server; and while that is
// down, a token is not called bad.
func TestKeyFetches(t *testing.T) {
	a := newAuthority(t)
	a.down.Store(true)
	mcpURL := start(t, a)
	good := a.sign(t, mcpURL, token{sub: "x"})
	for range 3 {
		resp := post(t, mcpURL, good, listCall)
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("without keys: HTTP %d", resp.StatusCode)
		}
	}
	if n := a.fetches.Load(); n != 1 {
		t.Errorf("%d fetches in a row, want 1", n)
	}
}

func TestMetadata(t *testing.T) {
	a := newAuthority(t)
	mcpURL := start(t, a)
	origin := strings.TrimSuffix(mcpURL, "/mcp")
	for _, path := range []string{"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"} {
		d, err := http.Get(origin + path)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Resource string   `json:"resource"`
			Servers  []string `json:"authorization_servers"`
			Scopes   []string `json:"scopes_supported"`
		}
		err = json.NewDecoder(d.Body).Decode(&doc)
		d.Body.Close()
		if err != nil || doc.Resource != mcpURL || len(doc.Servers) != 1 || doc.Servers[0] != a.URL+"/resources/res_todo" || len(doc.Scopes) != 2 {
			t.Errorf("%s: %+v, %v", path, doc, err)
		}
		if d.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: no CORS", path)
		}
	}
}

func TestCORS(t *testing.T) {
	mcpURL := start(t, newAuthority(t))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, mcpURL, nil)
	req.Header.Set("Origin", "http://localhost:6274")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("preflight: HTTP %d", resp.StatusCode)
	}
	for _, name := range []string{"Authorization", "Content-Type", "MCP-Protocol-Version", "Mcp-Session-Id"} {
		if !strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("preflight does not allow %s", name)
		}
	}
	if got := post(t, mcpURL, "", listCall).Header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, "WWW-Authenticate") {
		t.Errorf("exposed: %q", got)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []mcpserver.Config{{}, mcpserver.ForSymbolon("http://x", "res_a", "/mcp"), {URL: "http://x/mcp", AuthorizationServer: "http://y"}} {
		if _, err := mcpserver.New(c); err == nil {
			t.Errorf("New(%+v) accepted", c)
		}
	}
}
