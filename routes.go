package symbolon

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/web"
)

// routes is every URL, in the order in which a login meets them. The verb says who
// calls: machine (OAuth clients), stranger (one that registers), entry and browser
// (the user's browser), backend (the company's servers), public (anybody), probe
// (whoever watches this process).
func (s *steps) routes() http.Handler {
	rt := newRouter(s)

	// An MCP client discovers this server: protected resource metadata, then the
	// issuer's metadata, at the inserted (RFC 8414 §3.1) or the appended path.
	rt.machine("GET /resources/{res_id}/.well-known/oauth-protected-resource", s.discovery.ProtectedResource)
	rt.machine("GET /.well-known/oauth-authorization-server/resources/{res_id}", s.discovery.Metadata)
	rt.machine("GET /resources/{res_id}/.well-known/oauth-authorization-server", s.discovery.Metadata)
	rt.machine("GET /.well-known/oauth-authorization-server", s.discovery.Metadata)

	// It registers.
	rt.stranger("POST /api/v1/resources/{res_id}/clients:register", s.register.ServeHTTP)
	rt.stranger("POST /oauth/register", s.register.ServeHTTP)

	for _, issuer := range []string{"", "/resources/{res_id}"} {
		// 1 It opens the user's browser here; 2 which goes on to the company's login.
		rt.entry("GET "+issuer+"/oauth/authorize", s.authorize.Begin)
		rt.entry("POST "+issuer+"/oauth/authorize", s.authorize.Begin)
	}

	// 3 The company's backend says who signed in.
	rt.backend("POST /api/v1/connections/{connection_id}/auth-requests/{login_request_id}/user", s.authorize.UserDetails)
	rt.grpc()

	// 4 The browser comes back; 5 the user decides; 6 the code goes to the client.
	rt.entry("GET /sso/v1/connections/{connection_id}/partner:callback", s.authorize.Callback)
	rt.browser("GET /consent/{flow}", s.authorize.Consent)
	rt.browser("POST /consent/{flow}", s.authorize.Decide)
	rt.browser("POST /consent/{flow}/switch", s.authorize.Switch)
	rt.public("GET /api/v1/errors/{error_id}", s.authorize.ErrorInfo)

	for _, issuer := range []string{"", "/resources/{res_id}"} {
		// 7 The client redeems the code, refreshes, and one day revokes.
		rt.machine("POST "+issuer+"/oauth/token", s.token.Token)
		rt.machine("POST "+issuer+"/oauth/revoke", s.token.Revoke)
		// The MCP server may ask whether a token still stands; most verify it by the keys.
		rt.backend("POST "+issuer+"/oauth/introspect", s.token.Introspect)
	}

	// The company's say over its users: end, change, disable, show, export, erase.
	const users = "POST /api/v1/connections/{connection_id}/users"
	rt.backend(users+":revoke", s.manage.RevokeUser)
	rt.backend(users+":update", s.manage.UpdateUser)
	rt.backend(users+":grants", s.manage.Grants)
	rt.backend(users+":portal-link", s.manage.PortalLink)
	rt.backend(users+":export", s.manage.ExportUser)
	rt.backend(users+":erase", s.manage.EraseUser)
	rt.backend("POST /api/v1/connections/{connection_id}/organizations:revoke", s.manage.RevokeOrganization)
	rt.backend("POST /api/v1/connections/{connection_id}/grants/{grant}", s.manage.RevokeGrant) // {grant_id}:revoke
	// The user's own page of what is connected.
	rt.browser("GET /portal/open", s.manage.OpenPortal)
	rt.browser("GET /portal", s.manage.Portal)
	rt.browser("POST /portal/end", s.manage.EndAccess)
	rt.browser("POST /portal/leave", s.manage.LeavePortal)
	// MCP servers learn what has ended.
	rt.backend("GET /api/v1/revocations", s.manage.Revocations)

	rt.machine("GET /keys", s.discovery.Keys)
	rt.machine("GET /.well-known/jwks.json", s.discovery.Keys)

	// What is left for people and for whoever watches this process.
	rt.public("GET /", s.index)
	rt.public("GET /assets/{name}", s.pages.Handler().ServeHTTP)
	rt.public("GET /brand/accent/{file}", s.brands.Accent)
	rt.public("GET /brand/logo/{res_id}/{file}", s.brands.Logo)
	rt.probe("GET /healthz", s.healthz)
	rt.probe("GET /readyz", s.readyz)
	return rt.handler()
}

// index is the page for somebody who opened the base URL to see what it is.
func (s *Server) index(w http.ResponseWriter, r *http.Request) {
	s.pages.Index(w, r, web.Index{
		MetadataURL: s.config.BaseURL + "/.well-known/oauth-authorization-server",
		KeysURL:     s.config.BaseURL + "/keys",
	})
}
