package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/symbolon-auth/symbolon/internal/client"
)

func robot(trace func(client.Step), decision string) *client.Robot {
	return client.NewRobot(client.RobotOptions{Username: "alice", Password: "wonderland", Decision: decision, Trace: trace})
}

func login(t *testing.T, w *world, decision string) (client.Login, *recorder, error) {
	t.Helper()
	var trace recorder
	c := client.New(client.Options{Trace: trace.add})
	l, err := c.Login(t.Context(), w.mcpURL(), client.LoginOptions{Open: robot(trace.add, decision).Login})
	return l, &trace, err
}

func TestLogin(t *testing.T) {
	for _, noChallenge := range []bool{false, true} {
		t.Run(fmt.Sprintf("noChallenge=%v", noChallenge), func(t *testing.T) {
			w := newWorld(t)
			w.noChallenge = noChallenge
			l, trace, err := login(t, w, "allow")
			if err != nil {
				t.Fatalf("Login: %v\n%s", err, trace)
			}
			if l.Tokens.RefreshToken != "the-refresh" || l.Tokens.Scope != "todo:read" || l.Tokens.Expiry.IsZero() {
				t.Errorf("tokens: refresh %q scope %q expiry %v", string(l.Tokens.RefreshToken), l.Tokens.Scope, l.Tokens.Expiry)
			}
			reg, sent := w.registrations[0], w.redeemed[0]
			if reg["application_type"] != "native" || reg["token_endpoint_auth_method"] != "none" {
				t.Errorf("registration: %v", reg)
			}
			redirects := reg["redirect_uris"].([]any)
			if sent.Get("resource") != w.mcpURL() || sent.Get("client_id") != "the-client" || sent.Get("redirect_uri") != redirects[0] {
				t.Errorf("token request: %v, registered %v", sent, redirects)
			}
			for _, secret := range []string{"the-code", "the-refresh", "wonderland", string(l.Tokens.AccessToken), sent.Get("code_verifier"), "alice"} {
				if strings.Contains(trace.String(), secret) {
					t.Errorf("the trace shows %q:\n%s", secret, trace)
				}
			}
		})
	}
}

func TestLoginRefusals(t *testing.T) {
	tests := []struct {
		name     string
		break_   func(*world)
		decision string
		want     string
		redeems  bool
	}{
		{name: "denied", break_: func(*world) {}, decision: "deny", want: "access_denied: The user said no."},
		{name: "other resource", break_: func(w *world) { w.resource = func(d map[string]any) { d["resource"] = "https://other.example/mcp" } }, want: "RFC 9728 §3.3"},
		{name: "no authorization server", break_: func(w *world) { w.resource = func(d map[string]any) { delete(d, "authorization_servers") } }, want: "names no authorization server"},
		{name: "clear-text authorization server", break_: func(w *world) {
			w.resource = func(d map[string]any) { d["authorization_servers"] = []string{"http://as.example"} }
		}, want: "must be https"},
		{name: "issuer with a slash", break_: func(w *world) { w.metadata = func(d map[string]any) { d["issuer"] = d["issuer"].(string) + "/" } }, want: "RFC 8414 §3.3"},
		{name: "no PKCE", break_: func(w *world) { w.metadata = func(d map[string]any) { delete(d, "code_challenge_methods_supported") } }, want: "S256"},
		{name: "clear-text token endpoint", break_: func(w *world) {
			w.metadata = func(d map[string]any) { d["token_endpoint"] = "http://as.example/token" }
		}, want: "token_endpoint"},
		{name: "no registration", break_: func(w *world) { w.metadata = func(d map[string]any) { delete(d, "registration_endpoint") } }, want: "no registration_endpoint"},
		{name: "metadata is broken", break_: func(w *world) { w.metadataStatus = 500 }, want: "HTTP 500"},
		{name: "metadata is missing", break_: func(w *world) { w.metadataStatus = 404 }, want: "not found at http://127.0.0.1:"},
		{name: "mix-up", break_: func(w *world) { w.response = func(v url.Values) { v.Set("iss", "https://evil.example") } }, want: "RFC 9207"},
		{name: "mix-up with an error", break_: func(w *world) {
			w.response = func(v url.Values) { v.Set("iss", "https://evil.example"); v.Set("error", "shown_to_nobody") }
		}, want: "RFC 9207"},
		{name: "iss missing", break_: func(w *world) { w.response = func(v url.Values) { v.Del("iss") } }, want: "RFC 9207"},
		{name: "two iss", break_: func(w *world) { w.response = func(v url.Values) { v.Add("iss", v.Get("iss")) } }, want: "RFC 9207"},
		{name: "no code", break_: func(w *world) { w.response = func(v url.Values) { v.Del("code") } }, want: "neither code nor error"},
		{name: "code refused", break_: func(w *world) { w.tokenStatus = 400 }, want: "invalid_grant: The code is used up.", redeems: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.break_(w)
			if tt.decision == "" {
				tt.decision = "allow"
			}
			_, trace, err := login(t, w, tt.decision)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Login: %v, want %q\n%s", err, tt.want, trace)
			}
			if strings.Contains(err.Error(), "shown_to_nobody") {
				t.Errorf("an error of the wrong issuer was shown: %v", err)
			}
			if (len(w.redeemed) > 0) != tt.redeems {
				t.Errorf("token endpoint called %d times, want called: %v", len(w.redeemed), tt.redeems)
			}
		})
	}
}

// A response with another state must neither end the wait nor be believed.
func TestLoopbackIgnoresStrangers(t *testing.T) {
	w := newWorld(t)
	person := robot(nil, "allow")
	strangers := 0
	l, err := client.New(client.Options{}).Login(t.Context(), w.mcpURL(), client.LoginOptions{
		Open: func(ctx context.Context, authorizationURL string) error {
			u, _ := url.Parse(authorizationURL)
			for _, query := range []string{"code=evil&state=guessed", "code=evil", "error=access_denied&state="} {
				resp, err := http.Get(u.Query().Get("redirect_uri") + "?" + query)
				if err != nil {
					return err
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusBadRequest {
					strangers++
				}
			}
			return person.Login(ctx, authorizationURL)
		},
	})
	if err != nil || strangers != 3 {
		t.Fatalf("Login: %v, %d strangers turned away, want 3", err, strangers)
	}
	if got := w.redeemed[0].Get("code"); got != "the-code" || l.Tokens.AccessToken == "" {
		t.Errorf("redeemed %q", got)
	}
}

func TestOpenFails(t *testing.T) {
	w := newWorld(t)
	_, err := client.New(client.Options{}).Login(t.Context(), w.mcpURL(), client.LoginOptions{
		Open: func(context.Context, string) error { return errors.New("no display") },
	})
	if err == nil || !strings.Contains(err.Error(), "no display") {
		t.Fatalf("Login: %v, want the browser's error", err)
	}
}

func TestRobotRefusedPassword(t *testing.T) {
	w := newWorld(t)
	wrong := client.NewRobot(client.RobotOptions{Username: "alice", Password: "guess"})
	_, err := client.New(client.Options{}).Login(t.Context(), w.mcpURL(), client.LoginOptions{Open: wrong.Login})
	if err == nil || !strings.Contains(err.Error(), "refused the login of alice") {
		t.Fatalf("Login: %v, want the refused password", err)
	}
	if strings.Contains(err.Error(), "guess") {
		t.Errorf("the error shows the password: %v", err)
	}
}

func TestRefreshAndRevoke(t *testing.T) {
	w := newWorld(t)
	l, _, err := login(t, w, "allow")
	if err != nil {
		t.Fatal(err)
	}
	c := client.New(client.Options{})
	if _, err := c.Refresh(t.Context(), l.Discovery, l.Registration, l.Tokens.RefreshToken, ""); err != nil {
		t.Fatal(err)
	}
	if got := w.redeemed[1]; got.Get("grant_type") != "refresh_token" || got.Get("refresh_token") != "the-refresh" || got.Has("scope") {
		t.Errorf("refresh sent %v", got)
	}
	if err := c.Revoke(t.Context(), l.Discovery.Server, l.Registration, l.Tokens.RefreshToken); err != nil {
		t.Fatal(err)
	}
	if len(w.revoked) != 1 || w.revoked[0] != "the-refresh" {
		t.Errorf("revoked %q", w.revoked)
	}
}

func TestClientAuthentication(t *testing.T) {
	w := newWorld(t)
	d, err := client.New(client.Options{}).Discover(t.Context(), w.mcpURL())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		method   string
		inBody   bool
		inHeader bool
	}{{"client_secret_post", true, false}, {"client_secret_basic", false, true}, {"", false, true}}
	for i, tt := range tests {
		reg := client.Registration{ClientID: "a:b", ClientSecret: "s3cret/%", AuthMethod: tt.method}
		if _, err := client.New(client.Options{}).Refresh(t.Context(), d, reg, "r", ""); err != nil {
			t.Fatal(err)
		}
		if got := w.redeemed[i].Get("client_secret") == "s3cret/%"; got != tt.inBody {
			t.Errorf("%q: secret in body: %v", tt.method, got)
		}
		if got := w.basic == [2]string{"a%3Ab", "s3cret%2F%25"}; got != tt.inHeader {
			t.Errorf("%q: basic %q", tt.method, w.basic)
		}
	}
	if _, err := client.New(client.Options{}).Refresh(t.Context(), d, client.Registration{AuthMethod: "tls_client_auth"}, "r", ""); err == nil {
		t.Error("an authentication method this client lacks was accepted")
	}
}

func TestVerifyAccessToken(t *testing.T) {
	tests := []struct {
		name   string
		claims func(*jwt.Claims)
		want   string
	}{
		{"good", nil, ""},
		{"issuer", func(c *jwt.Claims) { c.Issuer = "https://evil.example" }, "iss"},
		{"audience", func(c *jwt.Claims) { c.Audience = jwt.Audience{"https://other.example/mcp"} }, "aud"},
		{"expired", func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Unix(1, 0)) }, "expired"},
		{"no expiry", func(c *jwt.Claims) { c.Expiry = nil }, "expired"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.claims = tt.claims
			c := client.New(client.Options{})
			d, err := c.Discover(t.Context(), w.mcpURL())
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.VerifyAccessToken(t.Context(), d, client.Secret(w.accessToken()), "")
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("VerifyAccessToken: %v, want %q", err, tt.want)
				}
				return
			}
			var claims map[string]any
			if err != nil || json.Unmarshal(got.Claims, &claims) != nil || claims["sub"] != "acme-1001" {
				t.Fatalf("VerifyAccessToken: %v, claims %s", err, got.Claims)
			}
		})
	}
	t.Run("signature", func(t *testing.T) {
		w, other := newWorld(t), newWorld(t)
		c := client.New(client.Options{})
		d, err := c.Discover(t.Context(), w.mcpURL())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.VerifyAccessToken(t.Context(), d, client.Secret(other.accessToken()), other.issuer()); err == nil || !strings.Contains(err.Error(), "signature") {
			t.Errorf("a token signed with another key: %v", err)
		}
	})
}

func TestSecretNeverPrints(t *testing.T) {
	tokens := client.Tokens{AccessToken: "hush", RefreshToken: "hush"}
	encoded, _ := json.Marshal(tokens)
	for _, printed := range []string{fmt.Sprint(tokens), fmt.Sprintf("%+v", tokens), fmt.Sprintf("%#v", tokens), fmt.Sprintf("%q", tokens.AccessToken), string(encoded)} {
		if strings.Contains(printed, "hush") {
			t.Errorf("printed %s", printed)
		}
	}
}
