package symbolon_test

// T and C again, for clients that prove themselves by keys.

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// keyed is a client whose document demands keys.
func (x *scene) keyed() (*documentHost, *signer) {
	x.Helper()
	h, key := newDocumentHost(x), newSigner()
	h.publish("/keys", key.keys())
	x.client = x.documented(h, "/client.json", map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": h.URL + "/keys"})
	return h, key
}

// survives says that each of these refreshes is refused, and that the family lives.
func (x *scene) survives(refresh string, key *signer, tries map[string][]string) {
	x.Helper()
	for what, try := range tries {
		x.refusedAs(what, x.client.Refresh(refresh, try...), "invalid_client")
	}
	x.mustRefresh(refresh, key)
}

var attacksKeys = []attack{
	{"T09_document_that_demands_keys", func(x *scene) {
		_, key := x.keyed()
		a, code := x.code()
		x.refusedAs("a code without assertion", x.client.Redeem(a, code), "invalid_client")
		r := x.client.Redeem(a, code, x.proof(key)...)
		if r.Status != http.StatusOK {
			x.Fatalf("the code was spent: %d %s", r.Status, r.Body)
		}
		access, refresh := r.Text("access_token"), r.Text("refresh_token")
		x.survives(refresh, key, map[string][]string{
			"the id alone": nil, "a secret": {"client_secret", "guess"}, "an empty assertion": withAssertion(""),
			"the keys of somebody else": x.proof(newSigner()),
		})
		x.refused("the assertion of somebody else", x.client.Refresh(refresh, withAssertion(signingKey.sign(x, signingClientID, x.client.Issuer))...))
		for _, token := range []string{refresh, access} {
			x.refusedAs("revocation without assertion", x.revoke(token, nil), "invalid_client")
		}
		if !x.server.Active(access) {
			x.Error("somebody else ended the grant")
		}
	}},
	{"T09_grant_of_another_time", func(x *scene) {
		// A code of the time when the document had other keys must not choose the keys
		// by which a refresh token of now is proven.
		h, leaked := newDocumentHost(x), newSigner()
		x.client = x.documented(h, "/client.json", map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks": leaked.keys()})
		_, before := x.code()
		key := newSigner()
		x.documented(h, "/client.json", map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks": key.keys()})
		x.server.Clock.Advance(61e9)
		_, refresh := x.signedTokens(key)
		x.survives(refresh, key, map[string][]string{"a code beside": append(x.proof(leaked), "code", before)})
	}},
	{"T14_cross_jwt_of_keys", func(x *scene) {
		_, key := x.keyed()
		access, refresh := x.signedTokens(key)
		x.survives(refresh, key, map[string][]string{
			"an access token as assertion": withAssertion(access), "a machine token as assertion": withAssertion(x.server.App.Token()),
		})
		x.nowhere("an assertion as a token", key.sign(x, x.client.ID, x.client.Issuer))
		x.client = x.server.Client(signingClientID, "")
		own := x.client.Post("/oauth/token", pairs("grant_type", "client_credentials", x.proof(signingKey)...))
		if own.Status != http.StatusOK {
			x.Fatalf("client_credentials: %d %s", own.Status, own.Body)
		}
		x.refusedAs("a client's own token as assertion", x.client.Post("/oauth/token",
			pairs("grant_type", "client_credentials", withAssertion(own.Text("access_token"))...)), "invalid_client")
	}},
	{"T16_devices_of_a_document_client", func(x *scene) {
		x.client = x.documented(newDocumentHost(x), "/client.json", nil)
		_, deviceA := x.tokens()
		_, deviceB := x.tokens()
		_, again := x.tokens() // device B signs in anew
		x.client.MustRefresh(deviceA.Refresh)
		x.client.Revoke(again.Refresh)
		x.client.MustRefresh(deviceA.Refresh)
		x.client.MustRefresh(deviceB.Refresh)
	}},
	{"C02_hmac_with_client_key", func(x *scene) {
		_, key := x.keyed()
		_, refresh := x.signedTokens(key)
		der, _ := x509.MarshalPKIXPublicKey(key.Public())
		jwk, _ := key.keys().Keys[0].MarshalJSON()
		tries := map[string][]string{}
		for name, secret := range map[string][]byte{
			"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "JWK": jwk,
		} {
			payload := strings.Split(key.sign(x, x.client.ID, x.client.Issuer), ".")[1]
			text := part(map[string]string{"alg": "HS256", "kid": key.kid}) + "." + payload
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(text))
			tries[name] = withAssertion(text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
		}
		x.survives(refresh, key, tries)
	}},
	{"C04_audience", func(x *scene) {
		_, key := x.keyed()
		_, refresh := x.signedTokens(key)
		issuer := x.client.Issuer
		tries := map[string][]string{}
		for name, aud := range map[string]any{
			"another server": "https://other.example", "an array": []string{issuer}, "an array of two": []string{issuer, "https://other.example"},
			"a slash": issuer + "/", "another issuer of this server": x.server.URL, "its token endpoint": x.server.URL + "/oauth/token",
			"the revocation endpoint": issuer + "/oauth/revoke", "upper case": strings.ToUpper(issuer), "a number": 7, "nothing": nil,
		} {
			tries[name] = withAssertion(key.sign(x, x.client.ID, issuer, map[string]any{"aud": aud}))
		}
		x.survives(refresh, key, tries)
		refresh = x.mustRefresh(refresh, key)
		if r := x.client.Refresh(refresh, withAssertion(key.sign(x, x.client.ID, issuer+"/oauth/token"))...); r.Status != http.StatusOK {
			x.Errorf("the token endpoint as audience: %d %s", r.Status, r.Body)
		}
	}},
	{"C05_assertion_replay", func(x *scene) {
		_, key := x.keyed()
		_, refresh := x.signedTokens(key)
		proof := x.proof(key)
		if r := x.client.Refresh(refresh, proof...); r.Status != http.StatusOK {
			x.Fatalf("%d %s", r.Status, r.Body)
		}
		x.refusedAs("the second time", x.client.Refresh(refresh, proof...), "invalid_client")
		x.server.Restart()
		x.refusedAs("after a restart", x.client.Refresh(refresh, proof...), "invalid_client")
		proof, accepted := x.proof(key), 0
		for _, r := range atOnce(x.rounds(8, 100), func(int) *symbolontest.Response { return x.client.Refresh(refresh, proof...) }) {
			if r.Status == http.StatusOK {
				accepted++
			}
		}
		if accepted != 1 {
			x.Errorf("one assertion was accepted %d times at once", accepted)
		}
		x.survives(refresh, key, map[string][]string{
			"an hour ahead": withAssertion(key.sign(x, x.client.ID, x.client.Issuer, map[string]any{"exp": x.server.Clock.Now().Add(3600e9).Unix()})),
			"without jti":   withAssertion(key.sign(x, x.client.ID, x.client.Issuer, map[string]any{"jti": nil})),
		})
		x.client = x.server.Client(signingClientID, "")
		proof = x.proof(signingKey)
		form := pairs("grant_type", "client_credentials", proof...)
		if r := x.client.Post("/oauth/token", form); r.Status != http.StatusOK {
			x.Fatalf("%d %s", r.Status, r.Body)
		}
		x.refusedAs("client_credentials again", x.client.Post("/oauth/token", form), "invalid_client")
		x.refusedAs("at another endpoint", x.revoke("x", proof), "invalid_client")
	}},
	{"C08_downgrade_of_keys", func(x *scene) {
		x.client = x.server.Client(signingClientID, "")
		_, refresh := x.signedTokens(signingKey)
		x.survives(refresh, signingKey, map[string][]string{
			"nothing": nil, "a secret": {"client_secret", "guess"}, "the public key as secret": {"client_secret", signingKey.set()},
			"an unsigned assertion": withAssertion(part(map[string]string{"alg": "none"}) + ".e30."),
		})
		x.client = x.documented(newDocumentHost(x), "/public.json", nil)
		_, tokens := x.tokens()
		x.refusedAs("a secret of a public document client", x.client.Refresh(tokens.Refresh, "client_secret", "guess"), "invalid_client")
		x.refusedAs("an assertion of a public document client", x.client.Refresh(tokens.Refresh, x.proof(newSigner())...), "invalid_client")
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"C08_downgrade_of_registered_keys", func(x *scene) {
		h, key := newDocumentHost(x), newSigner()
		h.publish("/keys", key.keys())
		registration := map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": h.URL + "/keys"}
		x.client = x.server.Register(registration)
		if x.client.Secret != "" {
			x.Error("a client with keys got a secret, too")
		}
		access, refresh := x.signedTokens(key)
		x.survives(refresh, key, map[string][]string{
			"nothing": nil, "a secret": {"client_secret", "guess"}, "another key": x.proof(newSigner()),
		})
		x.refusedAs("revocation", x.revoke(access, nil), "invalid_client")
		registration["jwks"] = key.keys()
		x.refusedAs("keys in the registration", x.server.TryRegister(registration), "invalid_client_metadata")
		before := h.asked.Load()
		x.server.Register(map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": h.URL + "/other"})
		if h.asked.Load() != before {
			x.Error("a registration made the server call its host")
		}
	}},
	{"C12_encrypted_assertion", func(x *scene) {
		_, key := x.keyed()
		_, refresh := x.signedTokens(key)
		tries := map[string][]string{}
		for name, header := range map[string]map[string]any{
			"p2c": {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 1 << 31, "p2s": "AAAA", "kid": key.kid},
			"zip": {"alg": "dir", "enc": "A256GCM", "zip": "DEF", "kid": key.kid},
		} {
			tries[name] = withAssertion(part(header) + ".AAAA.AAAA.AAAA.AAAA")
		}
		x.survives(refresh, key, tries)
	}},
}
