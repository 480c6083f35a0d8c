package symbolon_test

// C: client authentication, and every place that reads a JWT.

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// nowhere says that no endpoint takes this as a token.
func (x *scene) nowhere(what, token string) {
	x.Helper()
	if r := x.server.Introspect(token); r.Status >= 500 || r.Status == http.StatusOK && strings.TrimSpace(r.Body) != `{"active":false}` {
		x.Errorf("%s at introspection: %d %.200s", what, r.Status, r.Body)
	}
	for _, path := range []string{"/oauth/introspect", "/api/v1/connections/conn_acme/auth-requests/lri_x/user"} {
		r := x.server.PostForm(path, url.Values{"token": {"x"}}, "Authorization", "Bearer "+token)
		if r.Status != http.StatusUnauthorized && r.Status != http.StatusRequestHeaderFieldsTooLarge {
			x.Errorf("%s at %s: %d", what, path, r.Status)
		}
	}
	if r := x.client.Revoke(token); r.Status >= 500 {
		x.Errorf("%s at revocation: %d", what, r.Status)
	}
}

func part(v any) string {
	raw, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(raw)
}

var attacksC = []attack{
	{"C01_alg_none", func(x *scene) {
		_, tokens := x.tokens()
		for _, token := range []string{tokens.Access, x.server.App.Token()} {
			pieces := strings.Split(token, ".")
			for _, alg := range []string{"none", "None", "nOnE", "NONE", ""} {
				header := part(map[string]string{"alg": alg, "typ": "at+jwt"})
				x.nowhere("alg "+alg, header+"."+pieces[1]+".")
				x.nowhere("alg "+alg+" with the signature", header+"."+pieces[1]+"."+pieces[2])
			}
			x.nowhere("an empty signature", pieces[0]+"."+pieces[1]+".")
			x.nowhere("no signature", pieces[0]+"."+pieces[1])
		}
		if strings.Contains(x.server.Get("/.well-known/oauth-authorization-server").Body, `signing_alg_values_supported":["none`) {
			x.Error("the metadata lists none")
		}
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"C02_hmac_with_public_key", func(x *scene) {
		_, tokens := x.tokens()
		var set struct{ Keys []json.RawMessage }
		if err := json.Unmarshal([]byte(x.server.Get("/keys").Body), &set); err != nil {
			x.Fatal(err)
		}
		for _, token := range []string{tokens.Access, x.server.App.Token()} {
			payload := strings.Split(token, ".")[1]
			for _, raw := range set.Keys {
				var key struct{ Kid, N string }
				_ = json.Unmarshal(raw, &key)
				modulus, _ := base64.RawURLEncoding.DecodeString(key.N)
				for _, secret := range [][]byte{raw, modulus, []byte(key.N)} {
					text := part(map[string]string{"alg": "HS256", "typ": "at+jwt", "kid": key.Kid}) + "." + payload
					mac := hmac.New(sha256.New, secret)
					mac.Write([]byte(text))
					x.nowhere("HS256", text+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
				}
			}
		}
	}},
	{"C07_several_methods", func(x *scene) {
		x.client = x.server.Register(map[string]any{"token_endpoint_auth_method": "client_secret_post"})
		a, code := x.code()
		form := url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {a.Verifier}, "redirect_uri": {symbolontest.RedirectURI},
			"client_id": {x.client.ID}, "client_secret": {x.client.Secret},
		}
		header := basic(x.client.ID, x.client.Secret)
		x.refused("Basic and body", x.server.PostForm("/oauth/token", form, "Authorization", header))
		x.refused("two Basic headers", x.server.PostForm("/oauth/token", form, "Authorization", header, "Authorization", header))
		form.Set("client_assertion", "e30.e30.e30")
		x.refused("body and assertion", x.server.PostForm("/oauth/token", form))
		form.Del("client_secret")
		x.refused("Basic and assertion", x.server.PostForm("/oauth/token", form, "Authorization", header))
		form.Del("client_assertion")
		x.refused("two client ids", x.server.PostForm("/oauth/token", withClient(form, "cli_other"), "Authorization", header))
		x.client.MustRedeem(a, code)
	}},
	{"C08_method_downgrade", func(x *scene) {
		_, tokens := x.tokens()
		public := *x.client
		public.Secret = "a-secret-that-a-public-client-does-not-have"
		x.refusedAs("a secret of a public client", public.Refresh(tokens.Refresh), "invalid_client")
		r := x.server.PostForm("/oauth/token", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}, "client_id": {x.client.ID}, "client_assertion": {"e30.e30."},
		})
		x.refusedAs("an unsigned assertion", r, "invalid_client")
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"C09_same_answer", func(x *scene) {
		confidential := x.server.Register(map[string]any{"token_endpoint_auth_method": "client_secret_post"})
		ask := func(id, secret string) *symbolontest.Response {
			return x.server.Client(id, secret).Refresh("syr_x")
		}
		unknown := ask("cli_unknown", "wrong")
		x.sameAnswer("a known client", unknown, ask(confidential.ID, "wrong"))
		x.sameAnswer("a known API client", unknown, ask(symbolontest.LoginClientID, "wrong"))
		x.sameAnswer("a forged registration", unknown, ask(flipped(confidential.ID), "wrong"))
	}},
	{"C11_oversized", func(x *scene) {
		for name, token := range map[string]string{
			"1 MB": strings.Repeat("A", 1<<20), "500,000 dots": strings.Repeat(".", 500_000), "30,000 dots": strings.Repeat(".", 30_000),
			"16 KB of kid": part(map[string]string{"alg": "RS256", "typ": "at+jwt", "kid": strings.Repeat("k", 16<<10)}) + ".e30.AAAA",
		} {
			for _, r := range atOnce(10, func(int) *symbolontest.Response {
				return x.server.PostForm("/oauth/introspect", url.Values{"token": {token}, "client_id": {symbolontest.ResourceClientID}, "client_secret": {symbolontest.ResourceClientSecret}})
			}) {
				if r.Status >= 500 || r.Status == http.StatusOK && strings.TrimSpace(r.Body) != `{"active":false}` {
					x.Errorf("%s: %d %.100s", name, r.Status, r.Body)
				}
			}
		}
		x.honest()
	}},
	{"C12_jwe", func(x *scene) {
		for name, header := range map[string]map[string]any{
			"p2c": {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 1 << 31, "p2s": "AAAA", "typ": "at+jwt"},
			"zip": {"alg": "dir", "enc": "A256GCM", "zip": "DEF", "typ": "at+jwt"},
		} {
			x.nowhere(name, part(header)+".AAAA.AAAA.AAAA.AAAA")
		}
	}},
	{"C15_self_made_machine", func(x *scene) {
		for _, method := range []string{"none", "client_secret_post"} {
			client := x.server.Register(map[string]any{
				"token_endpoint_auth_method": method, "grant_types": []string{"authorization_code", "refresh_token", "client_credentials"},
			})
			x.refusedAs(method, client.Post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}), "unauthorized_client")
		}
	}},
	{"C16_lockout", func(x *scene) {
		x = x.on(symbolontest.StartServer(x, func(c *symbolon.Config) { c.TrustedProxies = []string{"127.0.0.1"} }))
		confidential := x.server.Register(map[string]any{"token_endpoint_auth_method": "client_secret_post"})
		x.client = confidential
		_, tokens := x.tokens()
		try := func(client, secret, address string) *symbolontest.Response {
			return x.server.PostForm("/oauth/token", url.Values{
				"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}, "client_id": {client}, "client_secret": {secret},
			}, from(address)...)
		}
		const attacker, nobody = "198.51.100.7", "cli_nobody"
		guessed := map[string]int{}
		for range x.rounds(300, 10_000) {
			for _, id := range []string{confidential.ID, nobody, symbolontest.LoginClientID} {
				if r := try(id, "wrong", attacker); r.Status == http.StatusUnauthorized {
					guessed[id]++
				} else if r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "1" {
					x.Fatalf("%s: %d %s", id, r.Status, r.Body)
				}
			}
		}
		for id, n := range guessed { // a client that does not exist cannot be told from one that does
			if n != 20 {
				x.Errorf("%.20s: %d secrets could be tried", id, n)
			}
		}
		// Behind one address may be a whole company: guessing must not lock it out.
		if r := try(confidential.ID, confidential.Secret, attacker); r.Status != http.StatusOK {
			x.Errorf("the client itself, from the attacker's address: %d %s", r.Status, r.Body)
		}
		if r := try(confidential.ID, confidential.Secret, "203.0.113.9"); r.Status != http.StatusOK {
			x.Errorf("the client itself, from elsewhere: %d %s", r.Status, r.Body)
		}
		other := x.server.Register(map[string]any{"token_endpoint_auth_method": "client_secret_post"})
		if r := try(other.ID, other.Secret, attacker); r.Error() != "invalid_grant" {
			x.Errorf("another client from the attacker's address: %d %s", r.Status, r.Body)
		}
	}},
}
