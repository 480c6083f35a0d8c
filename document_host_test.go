package symbolon_test

// The other side of clients that a document describes: a host that publishes
// documents and key sets, and a client that signs.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// documentHost publishes what a test puts there. It is on a loopback address, which
// only a server with cimd.allow_loopback asks.
type documentHost struct {
	*httptest.Server
	asked atomic.Int64

	mu    sync.Mutex
	pages map[string]http.HandlerFunc
}

func newDocumentHost(t testing.TB) *documentHost {
	h := &documentHost{pages: map[string]http.HandlerFunc{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *documentHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.asked.Add(1)
	h.mu.Lock()
	page := h.pages[r.URL.Path]
	h.mu.Unlock()
	if page == nil {
		http.NotFound(w, r)
		return
	}
	page(w, r)
}

// serve puts a page somewhere; nil takes it away.
func (h *documentHost) serve(path string, page http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pages[path] = page
}

// publish puts JSON somewhere that the server must ask for again after a minute.
func (h *documentHost) publish(path string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	h.serve(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = w.Write(body)
	})
}

// document is the metadata of a public client, with changes; nil takes a member away.
func (h *documentHost) document(path string, change map[string]any) map[string]any {
	document := map[string]any{
		"client_id": h.URL + path, "client_name": "Document Client", "redirect_uris": []string{symbolontest.RedirectURI},
		"grant_types": []string{"authorization_code", "refresh_token"}, "token_endpoint_auth_method": "none",
	}
	maps.Copy(document, change)
	return document
}

// documented is a client whose document is published at path.
func (x *scene) documented(h *documentHost, path string, change map[string]any) *symbolontest.Client {
	x.Helper()
	h.publish(path, h.document(path, change))
	return x.server.Client(h.URL+path, "")
}

// withDocuments lets the server read documents on loopback addresses, and knows
// a client by its keys.
func withDocuments(c *symbolon.Config) {
	c.CIMD.AllowLoopback = true
	c.Clients = append(c.Clients, symbolon.Client{
		ID: signingClientID, Name: "Signing client", JWKS: signingKey.set(), RedirectURIs: []string{symbolontest.RedirectURI},
		MCPServers: []string{symbolontest.ServerID}, GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"},
	})
}

const signingClientID = "cli_signing"

var signingKey = newSigner()

// signer is a client's key pair.
type signer struct {
	*ecdsa.PrivateKey
	kid string
}

func newSigner() *signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return &signer{key, rand.Text()}
}

// keys is the public half, as documents and jwks_uri have it.
func (s *signer) keys() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.Public(), KeyID: s.kid, Algorithm: "ES256", Use: "sig"}}}
}

func (s *signer) set() string {
	text, err := json.Marshal(s.keys())
	if err != nil {
		panic(err)
	}
	return string(text)
}

// sign makes an assertion of the client for the audience, with changes to its claims.
func (s *signer) sign(x *scene, clientID, audience string, change ...map[string]any) string {
	x.Helper()
	now := x.server.Clock.Now()
	claims := map[string]any{
		"iss": clientID, "sub": clientID, "aud": audience, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	for _, c := range change {
		maps.Copy(claims, c)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		x.Fatal(err)
	}
	key := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.PrivateKey, KeyID: s.kid}}
	made, err := jose.NewSigner(key, nil)
	if err != nil {
		x.Fatal(err)
	}
	object, err := made.Sign(payload)
	if err != nil {
		x.Fatal(err)
	}
	compact, err := object.CompactSerialize()
	if err != nil {
		x.Fatal(err)
	}
	return compact
}

// proof is a fresh assertion of the scene's client, as parameters in pairs.
func (x *scene) proof(s *signer) []string {
	x.Helper()
	return withAssertion(s.sign(x, x.client.ID, x.client.Issuer))
}

func withAssertion(assertion string) []string {
	return []string{"client_assertion_type", oauth.AssertionTypeJWT, "client_assertion", assertion}
}

// revoke revokes with these parameters beside the token.
func (x *scene) revoke(token string, change []string) *symbolontest.Response {
	x.Helper()
	return x.client.Post("/oauth/revoke", pairs("token", token, change...))
}

// signedTokens logs Alice in with a client that proves itself.
func (x *scene) signedTokens(s *signer) (access, refresh string) {
	x.Helper()
	a, code := x.code()
	r := x.client.Redeem(a, code, x.proof(s)...)
	if r.Status != http.StatusOK {
		x.Fatalf("redeeming with an assertion: %d %s", r.Status, r.Body)
	}
	return r.Text("access_token"), r.Text("refresh_token")
}

// mustRefresh refreshes with an assertion and returns the next refresh token.
func (x *scene) mustRefresh(refresh string, s *signer) string {
	x.Helper()
	r := x.client.Refresh(refresh, x.proof(s)...)
	if r.Status != http.StatusOK {
		x.Fatalf("refresh with an assertion: %d %s", r.Status, r.Body)
	}
	return r.Text("refresh_token")
}

// pairs makes a form of names and values.
func pairs(name, value string, more ...string) url.Values {
	form := url.Values{name: {value}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}
