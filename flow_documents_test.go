package symbolon_test

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

const registerPath = "/api/v1/resources/" + symbolontest.ServerID + "/clients:register"

var documentFlows = []flow{
	{"metadata_base", `Metadata of the base issuer (RFC 8414). It is the same document for whoever asks.`, func(x *transcript) {
		r := x.note("the first time", x.server.Get("/.well-known/oauth-authorization-server"))
		x.note("with the ETag", x.server.Get("/.well-known/oauth-authorization-server", "If-None-Match", r.Header.Get("ETag")))
	}},
	{"metadata_resource", `Metadata of an MCP server's issuer, at the inserted path of RFC 8414 §3.1 and at the appended one.`, func(x *transcript) {
		inserted := x.note("inserted", x.server.Get("/.well-known/oauth-authorization-server/resources/res_todo"))
		appended := x.server.Get("/resources/res_todo/.well-known/oauth-authorization-server")
		if appended.Body != inserted.Body {
			x.Error("the two paths differ")
		}
		x.note("an unknown MCP server", x.server.Get("/.well-known/oauth-authorization-server/resources/res_unknown"))
	}},
	{"metadata_openid", `There is no OpenID Connect here; browsers can read that there is not.`, func(x *transcript) {
		x.note("openid-configuration", x.server.Get("/.well-known/openid-configuration"))
	}},
	{"protected_resource", `Protected resource metadata (RFC 9728), for an MCP server to point at.`, func(x *transcript) {
		x.note("metadata", x.server.Get("/resources/res_todo/.well-known/oauth-protected-resource"))
	}},
	{"keys", `The keys: one signs, one stands by from the first start.`, func(x *transcript) {
		r := x.note("keys", x.server.Get("/keys"))
		if x.server.Get("/.well-known/jwks.json").Body != r.Body {
			x.Error("/.well-known/jwks.json differs")
		}
	}},
	{"register_public", `A public client registers; the same registration gets the same id.`, func(x *transcript) {
		body := `{"client_name":"Agent","redirect_uris":["http://127.0.0.1/callback"],"token_endpoint_auth_method":"none","scope":"todo:read","application_type":"native"}`
		first := x.note("register", x.server.PostJSON(registerPath, body))
		if again := x.server.PostJSON(registerPath, body); again.Text("client_id") != first.Text("client_id") {
			x.Error("the second id differs")
		}
	}},
	{"register_confidential", `A client that names no method gets a secret (RFC 7591 §2).`, func(x *transcript) {
		x.note("register", x.server.PostJSON(registerPath, `{"client_name":"Web agent","redirect_uris":["https://agent.example/callback"]}`))
	}},
	{"register_base", `Clients that know only the base URL register there.`, func(x *transcript) {
		x.note("register", x.server.PostJSON("/oauth/register", `{"redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback"],"token_endpoint_auth_method":"none"}`))
	}},
	{"register_refused", `What is refused is named.`, func(x *transcript) {
		for _, c := range [][2]string{
			{"http on the internet", `{"redirect_uris":["http://agent.example/callback"]}`},
			{"a scheme that runs scripts", `{"redirect_uris":["https://agent.example/callback","javascript:alert(1)"]}`},
			{"no redirect URI", `{"client_name":"Agent"}`},
			{"a member of the wrong type", `{"redirect_uris":"https://agent.example/callback"}`},
			{"keys in the registration", `{"redirect_uris":["https://agent.example/callback"],"jwks":{"keys":[]}}`},
			{"a client without users", `{"redirect_uris":["https://agent.example/callback"],"grant_types":["client_credentials"]}`},
			{"no JSON", `redirect_uris=x`},
		} {
			x.note(c[0], x.server.PostJSON(registerPath, c[1]))
		}
	}},
	{"cors", `Scripts of every origin may discover, register and redeem, without cookies; the routes of
browsers and backends answer no preflight.`, func(x *transcript) {
		origin := []string{"Origin", "https://inspector.example", "Access-Control-Request-Method", "POST"}
		x.note("preflight of the token endpoint", x.server.Do(http.MethodOptions, "/oauth/token", "", origin...))
		x.note("a refusal can be read", x.server.PostForm("/oauth/token", nil, "Origin", "https://inspector.example"))
		x.note("preflight of the user-details call", x.server.Do(http.MethodOptions, "/api/v1/connections/conn_acme/auth-requests/lri_x/user", "", origin...))
	}},
	{"not_found", `What does not exist, and methods that do not.`, func(x *transcript) {
		x.note("an unknown path", x.server.Get("/unknown"))
		x.note("GET at the token endpoint", x.server.Get("/oauth/token"))
		x.note("HEAD at the callback", x.server.Do(http.MethodHead, "/sso/v1/connections/conn_acme/partner:callback", ""))
	}},
}
