// Package symbolon is the other half of a company's login: a complete OAuth 2.1
// authorization server for its MCP servers. No user is migrated; there are no
// passwords and no profiles here.
//
// # One login in seven steps
//
//	MCP client            browser                 Symbolon                      company's app
//	1 GET /oauth/authorize ───────────────────▶ check all; seal the request in a cookie; no row
//	2                      ◀── 303 login_url?login_request_id&state ──────────▶ signs the user in, its own way
//	3                                           POST …/auth-requests/{lri}/user ◀── backend, machine token   commit 1: login
//	4                      ── GET …/partner:callback?state&login_verifier ────▶ cookie and login must match; writes nothing
//	5                      ◀── consent page ──▶ POST decision                                          commit 2: grant and code
//	6 code, state, iss  ◀── 303
//	7 POST /oauth/token ──────────────────────▶ code → access token (JWT) + refresh token              commit 3: family
//
// Follow it in routes.go from top to bottom. The steps are packages:
//
//	1–6  internal/authorize   begin.go, userdetails.go, callback.go, consent.go, decide.go
//	7    internal/token       authorization_code.go, refresh_token.go, client_credentials.go
//
// Around them: internal/discovery publishes metadata and keys, internal/register
// turns metadata into client ids, internal/catalog holds the configuration,
// internal/store what happened, internal/seal makes every value that leaves and
// comes back, internal/attempt explains to an engineer why a login failed.
//
// # Use
//
// [New] makes a [Server] from a [Config]; it is an [http.Handler] that needs an
// origin of its own. [Server.Serve] adds HTTP/2 without TLS, which official SDKs
// speak, timeouts and a graceful end. The command symbolon does both.
package symbolon
