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
// # Where things are
//
// Before a login, and after it:
//
//	internal/discovery     metadata and keys for clients and MCP servers
//	internal/register      registrations become client ids, and client ids clients
//	internal/cimd          clients that a document describes
//	internal/manage        the company's say over its users; their page; the feed of revocations
//	internal/machine       the tokens of the company's backends
//	internal/refreshcheck  the question to a company before a refresh
//	internal/userchange    what its answer, or its call, changes of a user
//
// What the steps stand on:
//
//	internal/oauth         the vocabulary, without any I/O
//	internal/seal          every value that leaves and comes back
//	internal/catalog       the configuration, as one snapshot
//	internal/store         what happened: the interface, sqlite, postgres, and their contract
//	internal/keys          signing keys, and how they rotate
//	internal/jwks          keys of clients
//	internal/clientassert  how clients prove by them who they are
//	internal/httpx         what every route needs of HTTP
//	internal/limit         how much strangers may ask for
//	internal/egress        the way out to hosts that others name
//	internal/web           the pages; internal/brand draws a company's logo on them
//
// For whoever looks in from outside:
//
//	internal/attempt       why a login failed, for the engineer
//	internal/admin         the operator's commands speak by it to a running server
//	internal/metrics       and internal/tracing, for monitoring
//	internal/client        the one OAuth client: connect, demo --auto, doctor
//	internal/doctor        why clients do not connect to an MCP server, anybody's
//	internal/knownclients  what is known of the clients that people use
//	internal/compat        the gRPC call of the official Scalekit SDKs
//
// This package puts them together. Its files begin with what they are about: config
// (symbolon.yaml), operator (the commands), ring (master secrets), and serve, clock,
// presence, schedule for a server that runs.
//
// # Use
//
// [New] makes a [Server] from a [Config]; it is an [http.Handler] that needs an
// origin of its own. [Server.Serve] adds HTTP/2 without TLS, which official SDKs
// speak, timeouts and a graceful end. The command symbolon does both.
package symbolon
