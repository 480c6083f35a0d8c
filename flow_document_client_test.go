package symbolon_test

// Conversations of clients that a document describes, or that prove themselves by
// keys. What the server reads from their hosts is not in them.

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// host publishes documents for a flow, under a name of its own.
func (x *transcript) host() *documentHost {
	x.Helper()
	h := newDocumentHost(x)
	u, err := url.Parse(h.URL)
	if err != nil {
		x.Fatal(err)
	}
	x.names.names[u.Host] = "127.0.0.1:3013"
	x.names.names[url.QueryEscape(u.Host)] = "127.0.0.1%3A3013"
	return h
}

// proof is a fresh assertion, which the flow names and does not show.
func (x *transcript) proof(key *signer) []string {
	x.Helper()
	p := x.scene.proof(key)
	x.names.learn("client_assertion", p[3])
	return p
}

var documentClientFlows = []flow{
	{"document_login", `The client_id is the URL of a document that describes the client. It names its publisher
to the user; for the rest it is a login like any other.`, func(x *transcript) {
		x.client = x.documented(x.host(), "/client.json", nil)
		b := symbolontest.NewBrowser(x)
		a := x.client.Authorize()
		login := x.note("the client opens the browser here", b.Get(a.URL))
		posted := x.server.App.Post(login.Location().Query().Get("login_request_id"), symbolontest.Alice())
		page := x.note("the user is asked", b.Follow(b.Get(posted.Text("redirect_url"))))
		r := b.Submit(page, "decision", "allow")
		r = x.note("the client redeems the code", x.client.Redeem(a, r.Location().Query().Get("code")))
		x.note("and refreshes", x.client.Refresh(r.Text("refresh_token")))
	}},
	{"document_jwks_uri", `A document that demands private_key_jwt (RFC 7523) with keys at its jwks_uri: nothing goes
without an assertion, and none goes twice. A refused try costs nothing.`, func(x *transcript) {
		h, key := x.host(), newSigner()
		h.publish("/keys", key.keys())
		x.client = x.documented(h, "/client.json", map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": h.URL + "/keys"})
		a, code := x.code()
		x.note("without an assertion", x.client.Redeem(a, code))
		proof := x.proof(key)
		r := x.note("with one, for the issuer", x.client.Redeem(a, code, proof...))
		x.note("the same one again", x.client.Refresh(r.Text("refresh_token"), proof...))
		x.note("a refresh without one", x.client.Refresh(r.Text("refresh_token")))
		next := x.note("a refresh with a new one", x.client.Refresh(r.Text("refresh_token"), x.proof(key)...))
		x.note("revocation without one", x.revoke(next.Text("access_token"), nil))
		x.note("revocation with one", x.revoke(next.Text("access_token"), x.proof(key)))
		x.note("ended the grant", x.client.Refresh(next.Text("refresh_token"), x.proof(key)...))
	}},
	{"document_jwks", `The same with keys in the document itself, and a key that was not in it.`, func(x *transcript) {
		key := newSigner()
		x.client = x.documented(x.host(), "/client.json", map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks": key.keys()})
		a, code := x.code()
		x.note("another key", x.client.Redeem(a, code, x.proof(newSigner())...))
		x.note("its own key", x.client.Redeem(a, code, x.proof(key)...))
	}},
	{"document_either_method", `A document as ChatGPT's: it prefers private_key_jwt and lists none as well. Whichever the
client then uses is right, and a wrong assertion is still wrong.`, func(x *transcript) {
		h, key := x.host(), newSigner()
		h.publish("/keys", key.keys())
		x.client = x.documented(h, "/client.json", map[string]any{
			"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_methods_supported": []string{"none", "private_key_jwt"},
			"token_endpoint_auth_signing_alg": "ES256", "jwks_uri": h.URL + "/keys",
		})
		a, code := x.code()
		x.note("the keys of somebody else", x.client.Redeem(a, code, x.proof(newSigner())...))
		assertion := key.sign(&x.scene, x.client.ID, x.client.Issuer+"/oauth/token")
		x.names.learn("client_assertion", assertion)
		r := x.note("an assertion for the token endpoint", x.client.Redeem(a, code, withAssertion(assertion)...))
		x.note("a refresh without one", x.client.Refresh(r.Text("refresh_token")))
		a, code = x.code()
		x.note("a code without one", x.client.Redeem(a, code))
	}},
	{"document_refused", `What may be wrong with a document, and who would have to change it.`, func(x *transcript) {
		h := x.host()
		x.client = x.server.Client(h.URL+"/nothing.json", "")
		x.note("there is none", x.another())
		x.client = x.documented(h, "/other.json", map[string]any{"client_id": h.URL + "/client.json"})
		x.note("it is another client's", x.another())
		x.client = x.documented(h, "/secret.json", map[string]any{"token_endpoint_auth_method": "client_secret_post"})
		x.note("it has a shared secret", x.another())
		x.client = x.server.Client("https://agent.example/a/../client.json", "")
		x.note("its URL has a second spelling", x.another())
		x.client = x.server.Client(strings.Replace(h.URL, "127.0.0.1", "user@127.0.0.1", 1)+"/client.json", "")
		x.note("its URL has a user name", x.another())
	}},
	{"client_credentials_keys", `A client that the operator registered with its keys gets a token of its own.`, func(x *transcript) {
		x.client = x.server.Client(signingClientID, "")
		ask := func(proof []string) *symbolontest.Response {
			return x.client.Post("/oauth/token", pairs("grant_type", "client_credentials", proof...))
		}
		proof := x.proof(signingKey)
		x.note("with an assertion", ask(proof))
		x.note("the same one again", ask(proof))
		x.note("without one", ask(nil))
	}},
	{"preregistered_keys", `The same client with a user.`, func(x *transcript) {
		x.client = x.server.Client(signingClientID, "")
		a, code := x.code()
		x.note("a secret instead", x.client.Redeem(a, code, "client_secret", "guess"))
		r := x.note("an assertion", x.client.Redeem(a, code, x.proof(signingKey)...))
		if r.Status != http.StatusOK {
			x.Errorf("%d", r.Status)
		}
		x.note("a refresh", x.client.Refresh(r.Text("refresh_token"), x.proof(signingKey)...))
	}},
	{"register_keys", `A client registers with the address of its keys. Its id says so for ever: it is never
without an assertion. Keys that would never be read are refused at once.`, func(x *transcript) {
		h, key := x.host(), newSigner()
		h.publish("/keys", key.keys())
		register := func(jwksURI string) *symbolontest.Response {
			return x.server.PostJSON(registerPath, `{"client_name":"Signing agent","redirect_uris":["`+symbolontest.RedirectURI+
				`"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"`+jwksURI+`"}`)
		}
		r := x.note("the client registers", register(h.URL+"/keys"))
		if again := register(h.URL + "/keys"); again.Text("client_id") != r.Text("client_id") {
			x.Error("the same registration got another id")
		}
		x.client = x.server.Client(r.Text("client_id"), "")
		a, code := x.code()
		x.note("a code without an assertion", x.client.Redeem(a, code))
		r = x.note("with one", x.client.Redeem(a, code, x.proof(key)...))
		x.note("a refresh", x.client.Refresh(r.Text("refresh_token"), x.proof(key)...))
		x.note("keys on another port", register("https://agent.example:8443/keys"))
		x.note("keys in the clear", register("http://agent.example/keys"))
	}},
}
