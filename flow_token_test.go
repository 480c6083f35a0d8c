package symbolon_test

import (
	"encoding/base64"
	"maps"
	"net/url"
	"time"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

func withClient(form url.Values, id string) url.Values {
	form = maps.Clone(form)
	form.Set("client_id", id)
	return form
}

var tokenFlows = []flow{
	{"refresh", `A refresh always rotates. Within the grace the spent token yields the same successor, for a
client that lost the answer; after it, it ends everything.`, func(x *transcript) {
		_, tokens := x.tokens()
		x.note("the client refreshes", x.client.Refresh(tokens.Refresh))
		x.note("it lost the answer and asks again", x.client.Refresh(tokens.Refresh))
		x.server.Clock.Advance(31 * time.Second)
		next := x.note("somebody presents the spent token after the grace", x.client.Refresh(tokens.Refresh))
		if next.Error() != "invalid_grant" {
			x.Errorf("reuse: %s", next.Body)
		}
	}},
	{"refresh_scope", `A refresh narrows, and never grants more than the user did.`, func(x *transcript) {
		_, tokens := x.tokens("scope", "todo:read")
		x.note("more than granted", x.client.Refresh(tokens.Refresh, "scope", "todo:read todo:write"))
		_, tokens = x.tokens("scope", "todo:read")
		x.note("nothing of what was granted", x.client.Refresh(tokens.Refresh, "scope", "todo:write"))
	}},
	{"client_credentials_api_client", `A company's backend gets its machine token.`, func(x *transcript) {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {symbolontest.LoginClientID}, "client_secret": {symbolontest.LoginClientSecret}}
		x.note("in the body", x.server.PostForm("/oauth/token", form))
		form.Set("client_secret", "wrong")
		x.note("a wrong secret", x.server.PostForm("/oauth/token", form))
		x.note("by Basic, wrong too", x.server.PostForm("/oauth/token", url.Values{"grant_type": {"client_credentials"}},
			"Authorization", basic(symbolontest.LoginClientID, "wrong")))
	}},
	{"client_credentials_refused", `A client that registered itself gets no token without a user.`, func(x *transcript) {
		x.note("a public client", x.client.Post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}))
	}},
	{"token_refused", `What the token endpoint refuses. Codes that are unknown, spent, expired or somebody else's
are one answer.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		a := x.client.Authorize()
		code := x.client.Code(b, a)
		x.note("an unknown client", x.server.Client("cli_unknown", "").Redeem(a, code))
		x.note("no verifier", x.client.Redeem(a, code, "code_verifier", ""))
		x.note("another verifier", x.client.Redeem(a, code, "code_verifier", x.client.Authorize().Verifier))
		x.note("another redirect URI", x.client.Redeem(a, code, "redirect_uri", "http://127.0.0.1:1/callback"))
		x.note("a grant type of another world", x.client.Redeem(a, code, "grant_type", "password"))
		x.note("no grant type", x.client.Redeem(a, code, "grant_type", ""))
		x.server.Clock.Advance(61 * time.Second)
		x.note("after a minute", x.client.Redeem(a, code))
	}},
	{"code_replayed", `A code that comes twice with everything right was stolen: what it bought ends.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		a := x.client.Authorize()
		code := x.client.Code(b, a)
		tokens := x.client.MustRedeem(a, code)
		x.note("the second time", x.client.Redeem(a, code))
		x.note("the refresh token of the first time", x.client.Refresh(tokens.Refresh))
		x.note("the access token of the first time", x.server.Introspect(tokens.Access))
	}},
	{"revoke", `A public client ends what it was allowed, by either token. What is unknown is no error.`, func(x *transcript) {
		_, tokens := x.tokens()
		x.note("the refresh token", x.client.Revoke(tokens.Refresh))
		x.note("is dead", x.client.Refresh(tokens.Refresh))
		x.note("and so is the access token", x.server.Introspect(tokens.Access))
		_, tokens = x.tokens()
		x.client.Revoke(tokens.Access)
		x.note("the access token ends the refresh token too", x.client.Refresh(tokens.Refresh))
		x.note("a token that nobody knows", x.client.Revoke("unknown"))
	}},
	{"introspect", `The MCP server asks what a token is worth.`, func(x *transcript) {
		_, tokens := x.tokens()
		x.note("a good token", x.server.Introspect(tokens.Access))
		x.note("a refresh token is none of its business", x.server.Introspect(tokens.Refresh))
		x.server.Clock.Advance(10 * time.Minute)
		x.note("an expired token", x.server.Introspect(tokens.Access))
	}},
	{"introspect_refused", `Only API clients with the role resource may ask.`, func(x *transcript) {
		_, tokens := x.tokens()
		form := url.Values{"token": {tokens.Access}}
		x.note("nobody", x.server.PostForm("/oauth/introspect", form))
		x.note("a backend with the role login", x.server.PostForm("/oauth/introspect", form,
			"Authorization", basic(symbolontest.LoginClientID, symbolontest.LoginClientSecret)))
	}},
}
