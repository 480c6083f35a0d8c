package doctor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

// world is an MCP server at /mcp and its authorization server, both healthy. A fault
// changes one answer, as a proxy would that stands in front of them.
type world struct {
	*httptest.Server
	t   *testing.T
	key *ecdsa.PrivateKey
	// paths are the handlers by path; a fault replaces or wraps some.
	paths map[string]http.HandlerFunc
	// The documents, changed by a fault before they are served.
	resource, metadata map[string]any
	challenge          []string
	claims             func(*jwt.Claims)
	typ                jose.ContentType
	signer             *ecdsa.PrivateKey
	tokens             func(map[string]any)
	refresh            string // the refresh token that is good
	refreshes          int
	keepRefresh        bool
	deadStatus         int
	registrations      int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, key: key, signer: key, typ: "at+jwt", refresh: "refresh-0", deadStatus: 400}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(w.serve))
	w.paths = map[string]http.HandlerFunc{
		"/mcp":       w.mcp,
		"/authorize": w.authorize,
		"/token":     cors(w.token, "POST", "Authorization, Content-Type"),
		"/register":  cors(w.register, "POST", "Content-Type"),
		"/revoke":    func(http.ResponseWriter, *http.Request) {},
		"/keys":      cors(w.keys, "GET", ""),
		"/.well-known/oauth-protected-resource/mcp": cors(func(rw http.ResponseWriter, _ *http.Request) { reply(rw, 200, w.resource) }, "GET", "MCP-Protocol-Version"),
		"/.well-known/oauth-authorization-server":   cors(func(rw http.ResponseWriter, _ *http.Request) { reply(rw, 200, w.metadata) }, "GET", "MCP-Protocol-Version"),
	}
	return w
}

// start makes the documents for the address and lets a fault change them.
func (w *world) start(fault func(*world)) {
	w.t.Helper()
	if w.URL == "" {
		w.Start()
	}
	w.t.Cleanup(w.Close)
	w.resource = map[string]any{"resource": w.mcpURL(), "authorization_servers": []string{w.URL}, "scopes_supported": []string{"read"}}
	w.metadata = map[string]any{
		"issuer": w.URL, "authorization_endpoint": w.URL + "/authorize", "token_endpoint": w.URL + "/token",
		"registration_endpoint": w.URL + "/register", "jwks_uri": w.URL + "/keys", "revocation_endpoint": w.URL + "/revoke",
		"response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code", "refresh_token"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"none", "private_key_jwt"},
		"authorization_response_iss_parameter_supported": true, "client_id_metadata_document_supported": true,
	}
	w.challenge = []string{fmt.Sprintf(`Bearer resource_metadata="%s/.well-known/oauth-protected-resource/mcp", scope="read"`, w.URL)}
	if fault != nil {
		fault(w)
	}
}

func (w *world) mcpURL() string { return w.URL + "/mcp" }

// examine lets the doctor look; change may change what it is told.
func (w *world) examine(change ...func(*doctor.Options)) doctor.Report {
	w.t.Helper()
	o := doctor.Options{Target: w.mcpURL()}
	for _, c := range change {
		c(&o)
	}
	report, err := doctor.Examine(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	if report.Requests > doctor.MaxRequests {
		w.t.Errorf("%d requests", report.Requests)
	}
	return report
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	if h, ok := w.paths[r.URL.Path]; ok {
		h(rw, r)
		return
	}
	if h, ok := w.paths["*"]; ok {
		h(rw, r)
		return
	}
	http.NotFound(rw, r)
}

// cors is what a good endpoint says to pages.
func cors(next http.HandlerFunc, method, headers string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			rw.Header().Set("Access-Control-Allow-Headers", headers)
			rw.WriteHeader(http.StatusNoContent)
			return
		}
		if r.Method != method {
			rw.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		next(rw, r)
	}
}

func reply(rw http.ResponseWriter, status int, body any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(body)
}

func (w *world) mcp(rw http.ResponseWriter, _ *http.Request) {
	for _, line := range w.challenge {
		rw.Header().Add("WWW-Authenticate", line)
	}
	rw.WriteHeader(http.StatusUnauthorized)
}

func (w *world) authorize(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") == "" {
		http.Error(rw, "client_id is missing", http.StatusBadRequest)
		return
	}
	v := url.Values{"code": {"the-code"}, "state": {q.Get("state")}, "iss": {w.URL}}
	http.Redirect(rw, r, q.Get("redirect_uri")+"?"+v.Encode(), http.StatusSeeOther)
}

func (w *world) register(rw http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		reply(rw, 400, map[string]any{"error": "invalid_client_metadata"})
		return
	}
	w.registrations++
	body["client_id"] = "the-client"
	reply(rw, 201, body)
}

func (w *world) keys(rw http.ResponseWriter, _ *http.Request) {
	reply(rw, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: w.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
}

func (w *world) token(rw http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	switch {
	case r.PostForm.Get("client_id") != "the-client":
		reply(rw, 401, map[string]any{"error": "invalid_client"})
	case r.PostForm.Get("grant_type") == "refresh_token" && r.PostForm.Get("refresh_token") != w.refresh:
		reply(rw, w.deadStatus, map[string]any{"error": "invalid_grant"})
	default:
		if !w.keepRefresh {
			w.refreshes++
			w.refresh = fmt.Sprint("refresh-", w.refreshes)
		}
		body := map[string]any{"access_token": w.accessToken(), "token_type": "Bearer", "expires_in": 600, "refresh_token": w.refresh, "scope": "read"}
		rw.Header().Set("Cache-Control", "no-store")
		if w.tokens != nil {
			w.tokens(body)
		}
		reply(rw, 200, body)
	}
}

func (w *world) accessToken() string {
	claims := jwt.Claims{Issuer: w.URL, Subject: "alice", Audience: jwt.Audience{w.mcpURL()}, Expiry: jwt.NewNumericDate(time.Now().Add(10 * time.Minute))}
	if w.claims != nil {
		w.claims(&claims)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: w.signer, KeyID: "k1"}}, (&jose.SignerOptions{}).WithType(w.typ))
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

// html answers a page, as single-page apps and proxies do.
func html(status int) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Access-Control-Allow-Origin", "*")
		rw.Header().Set("Content-Type", "text/html")
		rw.WriteHeader(status)
		fmt.Fprint(rw, "<!doctype html><title>App</title>")
	}
}

func codes(r doctor.Report) []doctor.Code {
	found := map[doctor.Code]bool{}
	for _, f := range r.Findings() {
		found[f.Code] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func describe(r doctor.Report) string {
	var b strings.Builder
	for _, f := range r.Findings() {
		fmt.Fprintf(&b, "%s %s %s: %s\n", f.Code, f.Severity, f.At, f.Detail)
	}
	for _, c := range r.Clients {
		if !c.Connects {
			fmt.Fprintf(&b, "%s: %s %s\n", c.Client, c.Step, c.Why)
		}
	}
	return b.String()
}
