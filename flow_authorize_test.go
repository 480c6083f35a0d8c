package symbolon_test

import (
	"net/url"
	"strings"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// refused makes a flow of authorization requests that are refused, by title.
func refused(name, about string, requests ...[]string) flow {
	return flow{name, about, func(x *transcript) {
		for _, request := range requests {
			x.note(request[0], symbolontest.NewBrowser(x).Get(x.client.Authorize(request[1:]...).URL))
		}
	}}
}

var authorizeFlows = []flow{
	refused("authorize_client", `Who is not known is not redirected to: the user gets a page.`,
		[]string{"an unknown client", "client_id", "cli_unknown"},
		[]string{"no client", "client_id", ""}),
	refused("authorize_redirect_uri", `A redirect URI that was not registered is not redirected to: the user gets a page.`,
		[]string{"another path", "redirect_uri", "http://127.0.0.1:8765/other"},
		[]string{"none", "redirect_uri", ""}),
	refused("authorize_pkce", `PKCE with S256 is required of every client.`,
		[]string{"no challenge", "code_challenge", "", "code_challenge_method", ""},
		[]string{"plain", "code_challenge_method", "plain"},
		[]string{"no method, which would mean plain", "code_challenge_method", ""}),
	refused("authorize_response", `The response type is code, the response mode query.`,
		[]string{"token", "response_type", "token"},
		[]string{"form_post", "response_mode", "form_post"},
		[]string{"a request object", "request", "eyJ"}),
	refused("authorize_resource", `A token is for one MCP server that is known here.`,
		[]string{"an unknown resource", "resource", "https://elsewhere.example/mcp"}),
	refused("authorize_prompt_none", `Nobody is ever signed in here, so prompt=none cannot be satisfied.`,
		[]string{"prompt=none", "prompt", "none"}),
	refused("authorize_login_hint", `login_hint goes to the company's login, other prompts change nothing.`,
		[]string{"login_hint", "login_hint", "alice@acme.example", "prompt", "consent"}),
	refused("authorize_state_long", `A state of more than 1 KB does not fit into the cookie.`,
		[]string{"1025 bytes", "state", strings.Repeat("s", 1025)}),
	{"authorize_duplicate", `A parameter that is there twice is refused before anything else, only resource may repeat.`, func(x *transcript) {
		a := x.client.Authorize()
		x.note("two client ids", symbolontest.NewBrowser(x).Get(a.URL+"&client_id=cli_other"))
		x.note("a semicolon", symbolontest.NewBrowser(x).Get(a.URL+"&a=b;c=d"))
	}},
	{"authorize_unlisted", `An error does not redirect by itself to a web client that the operator has not listed:
that would be an open redirector for whoever registers.`, func(x *transcript) {
		x.client = x.server.Register(map[string]any{"redirect_uris": []string{"https://unlisted.example/callback"}})
		x.note("prompt=none", symbolontest.NewBrowser(x).Get(x.client.Authorize("prompt", "none").URL))
	}},
	{"authorize_post", `A client may post its request; the browser goes on with GET.`, func(x *transcript) {
		a := x.client.Authorize()
		target, query, _ := strings.Cut(a.URL, "?")
		form, _ := url.ParseQuery(query)
		b := symbolontest.NewBrowser(x)
		r := x.note("POST", b.Post(target, form))
		posted := x.server.App.Post(r.Location().Query().Get("login_request_id"), symbolontest.Alice())
		r = b.Submit(b.Follow(b.Get(posted.Text("redirect_url"))), "decision", "allow")
		x.client.MustRedeem(a, r.Location().Query().Get("code"))
		x.note("parameters in the URL too", b.Post(a.URL, form))
	}},
}

var twoServerFlows = []flow{
	{"client_credentials_client", `A client that the operator registered gets a token of its own: no user, no refresh token.`, func(x *transcript) {
		batch := x.server.Client("cli_batch", batchSecret)
		x.note("for the MCP server", batch.Post("/oauth/token", url.Values{
			"grant_type": {"client_credentials"}, "scope": {"todo:read todo:write"}, "resource": {symbolontest.ServerURL},
		}))
		x.note("for another one", batch.Post("/oauth/token", url.Values{
			"grant_type": {"client_credentials"}, "resource": {notesURL},
		}))
	}},
	{"confidential_client", `A confidential client authenticates at the token endpoint, by Basic or in the body.`, func(x *transcript) {
		x.client = x.server.Client("cli_web", webSecret)
		x.client.RedirectURI = webRedirect
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		r := x.note("the user allows", b.Submit(page, "decision", "allow"))
		form := url.Values{
			"grant_type": {"authorization_code"}, "code": {r.Location().Query().Get("code")},
			"code_verifier": {a.Verifier}, "redirect_uri": {webRedirect},
		}
		x.note("a wrong secret", x.server.PostForm("/oauth/token", form, "Authorization", basic("cli_web", "wrong")))
		x.note("no secret", x.server.PostForm("/oauth/token", withClient(form, "cli_web")))
		x.note("by Basic", x.server.PostForm("/oauth/token", form, "Authorization", basic("cli_web", webSecret)))
	}},
	{"resource_other_server", `A code is for one MCP server: asking for another consumes nothing.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		x.note("for another MCP server", x.client.Redeem(a, code, "resource", notesURL))
		x.note("for the right one", x.client.Redeem(a, code))
	}},
	{"resource_missing", `At the base issuer, with several MCP servers, a request must say which one is meant.`, func(x *transcript) {
		x.client = x.server.Client("cli_web", webSecret)
		x.client.Issuer, x.client.RedirectURI = x.server.URL, webRedirect
		x.note("no resource", symbolontest.NewBrowser(x).Get(x.client.Authorize("resource", "").URL))
	}},
	{"register_off", `Where registration is off there is no endpoint, and the metadata names none.`, func(x *transcript) {
		x.note("register", x.server.PostJSON("/api/v1/resources/"+notesID+"/clients:register", `{"redirect_uris":["`+webRedirect+`"]}`))
		x.note("metadata", x.server.Get("/.well-known/oauth-authorization-server/resources/"+notesID))
	}},
	{"introspect_other_server", `The token of another MCP server is not active, and nothing more is said.`, func(x *transcript) {
		_, token := x.tokens()
		x.note("asked by another MCP server", x.server.PostForm("/oauth/introspect", url.Values{
			"token": {token.Access}, "client_id": {"skc_notes"}, "client_secret": {symbolontest.ResourceClientSecret},
		}))
	}},
	{"metadata_base_two_servers", `With several MCP servers the base issuer cannot say which scopes hold.`, func(x *transcript) {
		x.note("metadata", x.server.Get("/.well-known/oauth-authorization-server"))
	}},
}
