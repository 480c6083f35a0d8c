package doctor_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

// withLogin lets a browser that agrees to everything follow the login.
func withLogin(o *doctor.Options) {
	o.LoginTimeout = 5 * time.Second
	o.Open = func(ctx context.Context, authorizationURL string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, authorizationURL, http.NoBody)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
}

func TestLogin(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claims := func(change func(*jwt.Claims)) func(*world) { return func(w *world) { w.claims = change } }
	tokens := func(name string, value any) func(*world) {
		return func(w *world) { w.tokens = func(body map[string]any) { body[name] = value } }
	}
	for _, f := range []fault{
		{name: "wrong aud", want: "D704", seed: claims(func(c *jwt.Claims) { c.Audience = jwt.Audience{"https://other.example/mcp"} })},
		{name: "wrong iss", want: "D705", seed: claims(func(c *jwt.Claims) { c.Issuer += "/" })},
		{name: "no exp", want: "D714", seed: claims(func(c *jwt.Claims) { c.Expiry = nil })},
		{name: "lives for a year", want: "D707", seed: claims(func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Now().AddDate(1, 0, 0)) }), connects: true},
		{name: "typ JWT", want: "D706", seed: func(w *world) { w.typ = "JWT" }, connects: true},
		{name: "signed by a key that is not published", want: "D703", seed: func(w *world) { w.signer = other }},
		{name: "opaque", want: "D702", seed: tokens("access_token", "opaque"), connects: true},
		{name: "more scopes", want: "D708", seed: tokens("scope", "read admin"), connects: true},
		{name: "no refresh token", want: "D709", seed: tokens("refresh_token", ""), connects: true},
		{name: "refresh token that does not work", want: "D710", seed: tokens("refresh_token", "another"), connects: true},
		{name: "not rotated", want: "D711", seed: func(w *world) { w.keepRefresh = true }, connects: true},
		{name: "dead refresh token is a 500", want: "D712", seed: func(w *world) { w.deadStatus = 500 }},
		{name: "token response may be cached", want: "D713", seed: tokenCached, connects: true},
		{name: "iss of another server", want: "D701", connects: true, seed: answered("/authorize", func(rw http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			if q.Get("client_id") == "" {
				rw.WriteHeader(http.StatusBadRequest)
				return
			}
			v := url.Values{"code": {"c"}, "state": {q.Get("state")}, "iss": {"https://other.example"}}
			http.Redirect(rw, r, q.Get("redirect_uri")+"?"+v.Encode(), http.StatusSeeOther)
		})},
	} {
		t.Run(f.name, func(t *testing.T) {
			w := newWorld(t)
			w.start(f.seed)
			r := w.examine(withLogin)
			r.Clients = slices.DeleteFunc(r.Clients, func(c doctor.ClientVerdict) bool { return f.want == "D710" || f.want == "D708" })
			f.check(t, r)
		})
	}
}

func tokenCached(w *world) { rewritten("/token", "Cache-Control", "")(w) }

func TestHealthyLogin(t *testing.T) {
	w := newWorld(t)
	w.start(nil)
	r := w.examine(withLogin, func(o *doctor.Options) { o.Register = true })
	if found := r.Findings(); len(found) > 0 || !r.Healthy() {
		t.Errorf("a healthy server is said to have:\n%s", describe(r))
	}
	if w.registrations < 3 {
		t.Errorf("%d registrations, want the doctor's trial, its login's and those of clients that register", w.registrations)
	}
	for _, want := range []doctor.Code{"D408", "D701", "D703", "D704", "D705", "D710", "D711", "D712"} {
		if !slices.ContainsFunc(r.Results, func(x doctor.Result) bool { return x.Code == want && x.Passed }) {
			t.Errorf("%s was not examined", want)
		}
	}
}

func TestRegistration(t *testing.T) {
	answering := func(status int, body any) func(*world) {
		return answered("/register", cors(answers(status, body), "POST", "Content-Type"))
	}
	register := func(o *doctor.Options) { o.Register = true }
	for _, f := range []fault{
		{name: "refused", want: "D408", seed: answering(400, map[string]any{"error": "invalid_redirect_uri"}), connects: true},
		{name: "null in the answer", want: "D409", seed: answering(201, map[string]any{"client_id": "x", "redirect_uris": []string{"http://127.0.0.1/callback"}, "client_uri": nil}), connects: true},
		{name: "no client_id", want: "D409", seed: answering(201, map[string]any{"redirect_uris": []string{}})},
		{name: "a secret that nobody asked for", want: "D410", connects: true, seed: answering(201, map[string]any{
			"client_id": "x", "redirect_uris": []string{"http://127.0.0.1/callback"}, "token_endpoint_auth_method": "client_secret_post", "client_secret": "s",
		})},
	} {
		t.Run(f.name, func(t *testing.T) {
			w := newWorld(t)
			w.start(f.seed)
			r := w.examine(register)
			// What clients make of the same answer is the matter of package knownclients.
			r.Clients = nil
			f.check(t, r)
		})
	}
}
