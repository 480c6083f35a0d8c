package symbolon_test

// P: PKCE, codes and issuers.

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// denied says that an authorization request was refused and reached no login.
func (x *scene) denied(what, code string, change ...string) {
	x.Helper()
	r := symbolontest.NewBrowser(x).Get(x.client.Authorize(change...).URL)
	if r.Location() == nil || r.Location().Query().Get("error") != code || r.Header.Get("Set-Cookie") != "" {
		x.Errorf("%s: %d %s, want %s", what, r.Status, r.Location(), code)
	}
}

// code is a fresh code of Alice.
func (x *scene) code() (*symbolontest.Authorization, string) {
	x.Helper()
	a := x.client.Authorize()
	return a, x.client.Code(symbolontest.NewBrowser(x), a)
}

var attacksP = []attack{
	{"P01_no_pkce", func(x *scene) {
		x.denied("public client", "invalid_request", "code_challenge", "", "code_challenge_method", "")
		x.denied("method alone", "invalid_request", "code_challenge", "")
		x.client = x.server.Register(map[string]any{"token_endpoint_auth_method": "client_secret_post"})
		x.denied("confidential client", "invalid_request", "code_challenge", "", "code_challenge_method", "")
	}},
	{"P02_plain", func(x *scene) {
		for _, method := range []string{"plain", "", "s256", "S512", "none"} {
			x.denied("method "+method, "invalid_request", "code_challenge_method", method)
		}
		x.denied("a short challenge", "invalid_request", "code_challenge", "short")
		x.stays("two methods", symbolontest.NewBrowser(x).Get(x.client.Authorize().URL+"&code_challenge_method=plain"))
		if got := x.server.Get("/.well-known/oauth-authorization-server").JSON()["code_challenge_methods_supported"]; fmt.Sprint(got) != "[S256]" {
			x.Errorf("metadata: %v", got)
		}
	}},
	{"P03_downgrade", func(x *scene) {
		x.denied("no challenge, to bring a verifier later", "invalid_request", "code_challenge", "", "code_challenge_method", "")
		a, code := x.code()
		x.refusedAs("no verifier", x.client.Redeem(a, code, "code_verifier", ""), "invalid_request")
		x.refusedAs("the challenge as verifier", x.client.Redeem(a, code, "code_verifier", strings.Repeat("a", 43)), "invalid_grant")
		x.client.MustRedeem(a, code)
	}},
	{"P05_code_replay", func(x *scene) {
		a, code := x.code()
		tokens := x.client.MustRedeem(a, code)
		x.refusedAs("the second time", x.client.Redeem(a, code), "invalid_grant")
		x.refusedAs("its refresh token", x.client.Refresh(tokens.Refresh), "invalid_grant")
		if x.server.Active(tokens.Access) {
			x.Error("its access token is active")
		}
	}},
	{"P06_replay_as_kill_switch", func(x *scene) {
		other := x.server.Register(map[string]any{"client_name": "Other"})
		a, code := x.code()
		tokens := x.client.MustRedeem(a, code)
		x.refusedAs("another verifier", x.client.Redeem(a, code, "code_verifier", x.client.Authorize().Verifier), "invalid_grant")
		x.refusedAs("another client", other.Redeem(a, code), "invalid_grant")
		x.refusedAs("a part of the code", x.client.Redeem(a, code[:len(code)/2]), "invalid_grant")
		x.refusedAs("another redirect URI", x.client.Redeem(a, code, "redirect_uri", "http://127.0.0.1:1/callback"), "invalid_grant")
		if !x.server.Active(tokens.Access) {
			x.Error("the access token was killed")
		}
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"P07_double_spend", func(x *scene) {
		for range x.rounds(10, 10_000) {
			a, code := x.code()
			won := 0
			for _, r := range atOnce(200, func(int) *symbolontest.Response { return x.client.Redeem(a, code) }) {
				switch r.Status {
				case http.StatusOK:
					won++
				case http.StatusBadRequest:
				default:
					x.Fatalf("%d %s", r.Status, r.Body)
				}
			}
			if won != 1 {
				x.Fatalf("%d of 200 got a token", won)
			}
		}
	}},
	{"P08_code_of_another_client", func(x *scene) {
		a, code := x.code()
		for _, metadata := range []map[string]any{{"client_name": "Thief"}, {"token_endpoint_auth_method": "client_secret_post"}} {
			thief := x.server.Register(metadata)
			x.refusedAs("another client", thief.Redeem(a, code), "invalid_grant")
			x.refusedAs("with a verifier of its own", thief.Redeem(thief.Authorize(), code), "invalid_grant")
		}
		x.client.MustRedeem(a, code)
	}},
	{"P09_long_lived_code", func(x *scene) {
		a, code := x.code()
		x.server.Clock.Advance(50 * time.Second)
		x.refusedAs("a wrong try", x.client.Redeem(a, code, "code_verifier", strings.Repeat("a", 43)), "invalid_grant")
		x.server.Clock.Advance(11 * time.Second)
		x.refusedAs("after 61 seconds", x.client.Redeem(a, code), "invalid_grant")
	}},
	{"P10_cross_type", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		page := b.Follow(b.Get(visit.RedirectURL))
		tokens := x.client.Login(symbolontest.NewBrowser(x))
		a, code := x.code()
		confidential := x.server.Register(map[string]any{"token_endpoint_auth_method": "client_secret_post"})
		values := map[string]string{
			"lri": visit.LoginRequestID(), "state": visit.State(), "verifier": verifierOf(visit), "auth_request_id": visit.AuthRequestID,
			"cookie": x.flowCookie(b).Value, "form token": page.Forms()[0].Fields.Get("form_token"), "flow id": strings.TrimPrefix(page.URL.Path, "/consent/"),
			"code": code, "refresh token": tokens.Refresh, "access token": tokens.Access, "client id": x.client.ID, "secret": confidential.Secret,
		}
		for name, value := range values {
			if name != "code" {
				x.refused(name+" as code", x.client.Redeem(a, value))
			}
			if name != "refresh token" {
				x.refused(name+" as refresh token", x.client.Refresh(value))
			}
			if name != "secret" {
				wrong := *confidential
				wrong.Secret = value
				x.refusedAs(name+" as client secret", wrong.Refresh(tokens.Refresh), "invalid_client")
			}
			if name != "state" {
				x.refused(name+" as state", b.Get(x.server.App.CallbackURL(url.Values{"state": {value}, "login_verifier": {verifierOf(visit)}})))
			}
			if name != "verifier" && name != "auth_request_id" {
				x.refused(name+" as verifier", b.Get(x.callback(visit, value)))
			}
			if name != "lri" {
				x.refused(name+" as lri", x.server.App.Post(value, symbolontest.Bob()))
			}
			if name != "form token" {
				x.refused(name+" as form token", b.SubmitForm(page, page.Forms()[0], url.Values{"decision": {"allow"}, "form_token": {value}}))
			}
			if name != "access token" && x.server.Active(value) {
				x.Errorf("%s is active", name)
			}
			x.refused(name+" as bearer", x.server.PostJSON(x.server.App.UserURL(visit.LoginRequestID()), "{}", "Authorization", "Bearer "+value))
		}
		x.client.MustRedeem(a, code)
		x.client.MustRefresh(tokens.Refresh)
		if r := b.Submit(page, "decision", "allow"); r.Location() == nil {
			x.Errorf("the honest decision: %d", r.Status)
		}
	}},
	{"P12_response_types", func(x *scene) {
		for _, kind := range []string{"token", "id_token", "none", "code token", "token code", "code id_token", "CODE", "code "} {
			x.denied(kind, "unsupported_response_type", "response_type", kind)
		}
		x.denied("none at all", "invalid_request", "response_type", "")
	}},
	{"P13_grant_types", func(x *scene) {
		a, code := x.code()
		for _, grant := range []string{
			"password", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
			"urn:ietf:params:oauth:grant-type:jwt-bearer", "Authorization_Code", "authorization_code ",
		} {
			x.refusedAs(grant, x.client.Redeem(a, code, "grant_type", grant, "username", "alice", "password", "x"), "unsupported_grant_type")
		}
		listed := x.server.Get("/.well-known/oauth-authorization-server").JSON()["grant_types_supported"]
		if fmt.Sprint(listed) != "[authorization_code refresh_token client_credentials]" {
			x.Errorf("metadata lists %v", listed)
		}
		x.client.MustRedeem(a, code)
	}},
	{"P15_mix_up", func(x *scene) {
		for _, issuer := range []string{x.server.Issuer(), x.server.URL} {
			x.client = x.server.Register(nil)
			x.client.Issuer = issuer
			path := "/.well-known/oauth-authorization-server" + strings.TrimPrefix(issuer, x.server.URL)
			metadata := x.server.Get(path)
			if metadata.Text("issuer") != issuer || metadata.JSON()["authorization_response_iss_parameter_supported"] != true {
				x.Errorf("metadata: %s", metadata.Body)
			}
			b := symbolontest.NewBrowser(x)
			_, page := x.asked(b)
			success := b.Submit(page, "decision", "allow")
			_, page = x.asked(b)
			denial := b.Submit(page, "decision", "deny")
			refusal := b.Get(x.client.Authorize("prompt", "none").URL)
			for _, r := range []*symbolontest.Response{success, denial, refusal} {
				if iss := r.Location().Query()["iss"]; len(iss) != 1 || iss[0] != issuer {
					x.Errorf("iss = %q, want %s", iss, issuer)
				}
			}
		}
	}},
	{"P16_metadata_mix_up", func(x *scene) {
		plain := x.server.Get("/.well-known/oauth-authorization-server/resources/res_todo")
		spoofed := x.server.Get("/.well-known/oauth-authorization-server/resources/res_todo", "Host", "evil.example",
			"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example;proto=https", "X-Forwarded-Prefix", "/evil")
		if plain.Body != spoofed.Body {
			x.Errorf("the metadata follows request headers: %s", spoofed.Body)
		}
		for name, value := range plain.JSON() {
			if text, ok := value.(string); ok && !strings.HasPrefix(text, x.server.URL+"/") {
				x.Errorf("%s = %s is not of this origin", name, text)
			}
		}
	}},
}
