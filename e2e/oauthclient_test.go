package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// client is an MCP client's part of a login, for tests that are about other peers.
type client struct {
	server      *server
	resource    string // its id, "res_…"
	id          string
	redirectURI string
	verifier    string
	state       string
}

// registerClient registers a client of an MCP server (RFC 7591). extra adds
// members to the registration.
func registerClient(t *testing.T, s *server, resource, redirectURI string, extra map[string]any) *client {
	t.Helper()
	registration := map[string]any{
		"client_name": "E2E", "redirect_uris": []string{redirectURI}, "token_endpoint_auth_method": "none",
	}
	maps.Copy(registration, extra)
	body, err := json.Marshal(registration)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		ClientID string `json:"client_id"`
	}
	s.post(t, "/api/v1/resources/"+resource+"/clients:register", "application/json", bytes.NewReader(body), &answer)
	return &client{
		server: s, resource: resource, id: answer.ClientID, redirectURI: redirectURI,
		verifier: rand.Text() + rand.Text(), state: rand.Text(),
	}
}

func (c *client) issuer() string { return c.server.base + "/resources/" + c.resource }

func (c *client) authorizeURL(scope string) string {
	challenge := sha256.Sum256([]byte(c.verifier))
	return c.issuer() + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {c.id}, "redirect_uri": {c.redirectURI}, "state": {c.state}, "scope": {scope},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// code checks the answer that came to the redirect URI and takes the code from it.
func (c *client) code(t *testing.T, answer *url.URL) string {
	t.Helper()
	got := answer.Query()
	if got.Get("state") != c.state || got.Get("iss") != c.issuer() || got.Get("code") == "" {
		t.Fatalf("the client got state %q, iss %q, error %q and a code of %d characters",
			got.Get("state"), got.Get("iss"), got.Get("error"), len(got.Get("code")))
	}
	return got.Get("code")
}

// tokens are the answer of the token endpoint.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
}

// claims are what the access token says. Others verify it.
func (x tokens) claims(t *testing.T) map[string]any {
	t.Helper()
	parts := strings.Split(x.Access, ".")
	var claims map[string]any
	raw, err := base64.RawURLEncoding.DecodeString(parts[len(parts)/2])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// redeem exchanges a code for an access token.
func (c *client) redeem(t *testing.T, code string) string {
	t.Helper()
	return c.tokens(t, code).Access
}

// tokens exchanges a code.
func (c *client) tokens(t *testing.T, code string) tokens {
	t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {c.id}, "code": {code},
		"redirect_uri": {c.redirectURI}, "code_verifier": {c.verifier},
	}
	var answer tokens
	c.server.post(t, "/resources/"+c.resource+"/oauth/token", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), &answer)
	if answer.Access == "" {
		t.Fatal("the token endpoint gave no access token")
	}
	return answer
}

// refresh rotates, and returns the error code of a refusal.
func (c *client) refresh(t *testing.T, refreshToken string) (answer tokens, refusal string) {
	t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {c.id}, "refresh_token": {refreshToken}}
	resp, err := c.server.http().PostForm(c.issuer()+"/oauth/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body struct {
		tokens
		Error string `json:"error"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body.tokens, body.Error
}

// post sends a request to the server and decodes the answer, which must be a success.
func (s *server) post(t *testing.T, path, contentType string, body io.Reader, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := s.http().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode/100 != 2 {
		t.Fatalf("POST %s: HTTP %d: %s", path, resp.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
}
