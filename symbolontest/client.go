package symbolontest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
)

// RedirectURI is where clients of this package want their code. Nothing listens
// there.
const RedirectURI = "http://127.0.0.1:8765/callback"

// Client is an OAuth client.
type Client struct {
	ID     string
	Secret string // "" is a public client
	// Issuer is whose endpoints it uses: Server.Issuer at first, or Server.URL.
	Issuer string
	// RedirectURI is what it asks with.
	RedirectURI string
	// Resource is the resource parameter of its requests; "" sends none.
	Resource string

	server *Server
}

// Client is a client that the server already knows, by its configuration.
func (s *Server) Client(id, secret string) *Client {
	return &Client{ID: id, Secret: secret, Issuer: s.Issuer(), RedirectURI: RedirectURI, Resource: ServerURL, server: s}
}

// Register registers a public client at the MCP server's issuer, with metadata that
// replaces or adds to its own; nil for none. It must succeed.
func (s *Server) Register(metadata map[string]any) *Client {
	s.t.Helper()
	answer := s.TryRegister(metadata)
	if answer.Status != http.StatusCreated {
		s.t.Fatalf("registration answered %d: %s", answer.Status, answer.Body)
	}
	c := s.Client(answer.Text("client_id"), answer.Text("client_secret"))
	uris, _ := answer.JSON()["redirect_uris"].([]any)
	c.RedirectURI, _ = uris[0].(string)
	return c
}

// TryRegister is Register for a test that wants to see the answer.
func (s *Server) TryRegister(metadata map[string]any) *Response {
	s.t.Helper()
	all := map[string]any{
		"client_name": "Test Client", "redirect_uris": []string{RedirectURI}, "token_endpoint_auth_method": "none",
	}
	maps.Copy(all, metadata)
	body, err := json.Marshal(all)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.PostJSON("/api/v1/resources/"+ServerID+"/clients:register", string(body))
}

// Authorization is an authorization request that a client made.
type Authorization struct {
	URL      string
	State    string
	Verifier string // PKCE
}

// Authorize makes an authorization request. change is names and values in pairs;
// an empty value leaves the parameter out.
func (c *Client) Authorize(change ...string) *Authorization {
	a := &Authorization{State: random(), Verifier: random()}
	sum := sha256.Sum256([]byte(a.Verifier))
	query := url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {c.RedirectURI}, "state": {a.State},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	c.complete(query, change)
	a.URL = c.Issuer + "/oauth/authorize?" + query.Encode()
	return a
}

// complete adds the resource and applies the change.
func (c *Client) complete(form url.Values, change []string) {
	if c.Resource != "" {
		form.Set("resource", c.Resource)
	}
	for i := 0; i+1 < len(change); i += 2 {
		if form.Set(change[i], change[i+1]); change[i+1] == "" {
			form.Del(change[i])
		}
	}
}

// Redeem presents a code. change is as for Authorize.
func (c *Client) Redeem(a *Authorization, code string, change ...string) *Response {
	c.server.t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code},
		"redirect_uri": {c.RedirectURI}, "code_verifier": {a.Verifier},
	}
	c.complete(form, change)
	return c.Post("/oauth/token", form)
}

// Refresh presents a refresh token. change is as for Authorize.
func (c *Client) Refresh(token string, change ...string) *Response {
	c.server.t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	c.complete(form, change)
	return c.Post("/oauth/token", form)
}

// Revoke presents a token of either kind for revocation (RFC 7009).
func (c *Client) Revoke(token string) *Response {
	c.server.t.Helper()
	return c.Post("/oauth/revoke", url.Values{"token": {token}})
}

// Post posts to a path of the client's issuer. A client with a secret sends it in
// the body, a public one its id alone.
func (c *Client) Post(path string, form url.Values) *Response {
	c.server.t.Helper()
	form.Set("client_id", c.ID)
	if c.Secret != "" {
		form.Set("client_secret", c.Secret)
	}
	return c.server.PostForm(c.Issuer+path, form)
}

// Tokens is what a client got.
type Tokens struct {
	Access, Refresh, Scope string
}

// Login takes a browser through a whole login, allows, and redeems the code. All of
// it must succeed.
func (c *Client) Login(b *Browser, change ...string) Tokens {
	c.server.t.Helper()
	a := c.Authorize(change...)
	return c.MustRedeem(a, c.Code(b, a))
}

// Consent takes a browser from an authorization request to the consent page.
func (c *Client) Consent(b *Browser, a *Authorization) *Response {
	c.server.t.Helper()
	page := b.Follow(b.Get(a.URL))
	if page.Status != http.StatusOK || len(page.Forms()) == 0 {
		c.server.t.Fatalf("no consent page, but %d at %s: %s", page.Status, page.URL.Path, page.VisibleText())
	}
	return page
}

// Code takes a browser through a whole login, allows, and returns the code.
func (c *Client) Code(b *Browser, a *Authorization) string {
	c.server.t.Helper()
	answer := b.Submit(c.Consent(b, a), "decision", "allow")
	if answer.Location() == nil || answer.Location().Query().Get("code") == "" {
		c.server.t.Fatalf("no code, but %d: %s", answer.Status, answer.Body)
	}
	return answer.Location().Query().Get("code")
}

// MustRedeem redeems a code, which must succeed.
func (c *Client) MustRedeem(a *Authorization, code string) Tokens {
	c.server.t.Helper()
	return c.tokens(c.Redeem(a, code))
}

// MustRefresh refreshes, which must succeed.
func (c *Client) MustRefresh(token string) Tokens {
	c.server.t.Helper()
	return c.tokens(c.Refresh(token))
}

func (c *Client) tokens(answer *Response) Tokens {
	c.server.t.Helper()
	if answer.Status != http.StatusOK {
		c.server.t.Fatalf("the token endpoint answered %d: %s", answer.Status, answer.Body)
	}
	return Tokens{answer.Text("access_token"), answer.Text("refresh_token"), answer.Text("scope")}
}

// random is 43 characters of base64url.
func random() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (Go 1.24)
	return base64.RawURLEncoding.EncodeToString(raw)
}
