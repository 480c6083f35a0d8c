package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/symbolon-auth/symbolon/internal/client"
)

// world is an MCP server and an authorization server with a login page, as small as a client lets it be. Its
// knobs are the ways in which servers go wrong.
type world struct {
	*httptest.Server
	t *testing.T

	noChallenge    bool                 // 401 without WWW-Authenticate
	metadata       func(map[string]any) // changes the authorization server's metadata
	resource       func(map[string]any) // changes the protected resource's metadata
	metadataStatus int                  // instead of 200
	response       func(url.Values)     // changes the authorization response
	claims         func(*jwt.Claims)    // changes the access token
	tokenStatus    int                  // instead of 200

	key *ecdsa.PrivateKey

	mu            sync.Mutex
	registrations []map[string]any
	challenge     string
	redeemed      []url.Values
	revoked       []string
	basic         [2]string
}

const issuerPath = "/resources/res_todo"

func newWorld(t *testing.T) *world {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/mcp", w.mcp)
	mux.HandleFunc("GET /.well-known/oauth-protected-resource/mcp", w.prm)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server"+issuerPath, w.asMetadata)
	mux.HandleFunc("GET /keys", func(rw http.ResponseWriter, _ *http.Request) {
		reply(rw, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /register", w.register)
	mux.HandleFunc("GET /authorize", w.authorize)
	mux.HandleFunc("POST /signin", w.signin)
	mux.HandleFunc("POST /decide", w.decide)
	mux.HandleFunc("POST /token", w.token)
	mux.HandleFunc("POST /revoke", w.revoke)
	w.Server = httptest.NewServer(mux)
	t.Cleanup(w.Close)
	return w
}

func (w *world) mcpURL() string { return w.URL + "/mcp" }
func (w *world) issuer() string { return w.URL + issuerPath }

func reply(rw http.ResponseWriter, status int, body any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(body)
}

func (w *world) mcp(rw http.ResponseWriter, _ *http.Request) {
	if !w.noChallenge {
		rw.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer resource_metadata="%s/.well-known/oauth-protected-resource/mcp", scope="todo:read"`, w.URL))
	}
	rw.WriteHeader(http.StatusUnauthorized)
}

func (w *world) prm(rw http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{"resource": w.mcpURL(), "authorization_servers": []string{w.issuer()}, "scopes_supported": []string{"todo:read", "todo:write"}}
	if w.resource != nil {
		w.resource(doc)
	}
	reply(rw, 200, doc)
}

func (w *world) asMetadata(rw http.ResponseWriter, _ *http.Request) {
	if w.metadataStatus != 0 {
		rw.WriteHeader(w.metadataStatus)
		return
	}
	doc := map[string]any{
		"issuer": w.issuer(), "authorization_endpoint": w.URL + "/authorize", "token_endpoint": w.URL + "/token",
		"registration_endpoint": w.URL + "/register", "revocation_endpoint": w.URL + "/revoke", "jwks_uri": w.URL + "/keys",
		"code_challenge_methods_supported": []string{"S256"}, "authorization_response_iss_parameter_supported": true,
	}
	if w.metadata != nil {
		w.metadata(doc)
	}
	reply(rw, 200, doc)
}

func (w *world) register(rw http.ResponseWriter, r *http.Request) {
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	w.mu.Lock()
	w.registrations = append(w.registrations, body)
	w.mu.Unlock()
	body["client_id"] = "the-client"
	reply(rw, 201, body)
}

// The pages keep the authorization request in the query of their forms.
func (w *world) authorize(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.challenge = r.URL.Query().Get("code_challenge")
	w.mu.Unlock()
	http.SetCookie(rw, &http.Cookie{Name: "flow", Value: "1", Path: "/"})
	fmt.Fprintf(rw, `<title>Sign in</title><form action="/search"><input name=q><button>Find</button></form>
<form method=post action="/signin?%s"><input type=hidden name=keep value=me><input type=email name=email><input type=password name=pw><button>Go</button></form>`,
		strings.ReplaceAll(r.URL.RawQuery, "&", "&amp;"))
}

func (w *world) signin(rw http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie("flow"); err != nil || r.PostFormValue("keep") != "me" || r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		http.Error(rw, "not a browser", http.StatusBadRequest)
		return
	}
	if r.PostFormValue("email") != "alice" || r.PostFormValue("pw") != "wonderland" {
		w.authorize(rw, r)
		return
	}
	fmt.Fprintf(rw, `<title>Consent</title><form method=post action="/decide?%s"><button name=decision value=deny>No</button>
<button name=decision value=allow>Yes</button></form>`, strings.ReplaceAll(r.URL.RawQuery, "&", "&amp;"))
}

func (w *world) decide(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := url.Values{"code": {"the-code"}, "state": {q.Get("state")}, "iss": {w.issuer()}}
	if r.PostFormValue("decision") != "allow" {
		v.Del("code")
		v.Set("error", "access_denied")
		v.Set("error_description", "The user said no.")
	}
	if w.response != nil {
		w.response(v)
	}
	http.Redirect(rw, r, q.Get("redirect_uri")+"?"+v.Encode(), http.StatusSeeOther)
}

func (w *world) token(rw http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	w.mu.Lock()
	w.redeemed = append(w.redeemed, r.PostForm)
	challenge := w.challenge
	w.basic[0], w.basic[1], _ = r.BasicAuth()
	w.mu.Unlock()
	if w.tokenStatus != 0 {
		reply(rw, w.tokenStatus, map[string]any{"error": "invalid_grant", "error_description": "The code is used up."})
		return
	}
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if r.PostForm.Get("grant_type") == "authorization_code" && base64.RawURLEncoding.EncodeToString(sum[:]) != challenge {
		reply(rw, 400, map[string]any{"error": "invalid_grant"})
		return
	}
	reply(rw, 200, map[string]any{"access_token": w.accessToken(), "token_type": "bearer", "expires_in": 600, "refresh_token": "the-refresh", "scope": "todo:read"})
}

func (w *world) revoke(_ http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revoked = append(w.revoked, r.PostFormValue("token"))
}

func (w *world) accessToken() string {
	claims := jwt.Claims{Issuer: w.issuer(), Subject: "acme-1001", Audience: jwt.Audience{w.mcpURL(), "res_todo"}, Expiry: jwt.NewNumericDate(time.Now().Add(time.Minute))}
	if w.claims != nil {
		w.claims(&claims)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: w.key, KeyID: "k1"}}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		w.t.Error(err)
		return ""
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		w.t.Error(err)
	}
	return token
}

// recorder keeps a trace.
type recorder struct {
	mu    sync.Mutex
	steps []client.Step
}

func (r *recorder) add(s client.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps = append(r.steps, s)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, s := range r.steps {
		fmt.Fprintf(&b, "%s | %s %s %d | %s | %v\n", s.Name, s.Method, s.URL, s.Status, s.Note, s.Err)
	}
	return b.String()
}
