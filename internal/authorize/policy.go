package authorize

// Which clients an MCP server takes, and what the others are told: who would have to
// change what, in the words of the configuration or of the client's own document.

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// checkClientForServer applies what the operator says of clients, on the redirect
// URI that is really used.
func checkClientForServer(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	if !p.client.Allows(oauth.GrantAuthorizationCode) {
		return oauth.E(oauth.UnauthorizedClient, "grant_type_not_allowed",
			"This client may not use the authorization code grant: its grant_types do not have authorization_code.")
	}
	if !p.server.Serves(&p.client) {
		return oauth.E(oauth.UnauthorizedClient, "client_not_for_server", notServed(p.server, &p.client))
	}
	if change := toAdmit(p.server, &p.client, p.redirect); change != "" {
		return oauth.E(oauth.UnauthorizedClient, "client_refused_by_policy",
			"The operator of this MCP server has not admitted this client. To admit it, "+change+".")
	}
	return nil
}

// notServed: a client that is confined to other MCP servers.
func notServed(s *catalog.MCPServer, c *oauth.Client) string {
	if c.Kind == oauth.Preregistered {
		return "This client is registered for other MCP servers. The operator would have to add " + s.ID + " to its mcp_servers."
	}
	return "This client registered at the issuer of another MCP server. It would have to register at this one's, or at the base URL."
}

// toAdmit is what the operator would have to change for the client to be admitted
// with this redirect URI, "" if it is.
func toAdmit(s *catalog.MCPServer, c *oauth.Client, redirect oauth.RedirectURI) string {
	switch {
	case c.Kind == oauth.Dynamic && !s.Takes(c):
		return "switch on dynamic_registration of " + s.ID
	case !s.Takes(c):
		return "switch on client_id_metadata_documents of " + s.ID
	case s.Admits(c, redirect):
		return ""
	}
	change := "add " + catalog.RedirectName(redirect) + " to clients.redirect_hosts of " + s.ID
	if c.Kind == oauth.MetadataDocument {
		change = "add " + catalog.DocumentHost(c) + " to clients.cimd_hosts of " + s.ID + ", or " + change
	}
	return change
}
