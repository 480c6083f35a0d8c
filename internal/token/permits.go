package token

import (
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// permits lists the MCP servers whose grants this client may use now, at this
// issuer and for these resources. The statement that redeems demands one of them,
// so a row of another MCP server, of a disabled one, or of one that moved to
// another connection is left untouched.
func (h *Handler) permits(req *request) ([]store.Permit, *oauth.Error) {
	wanted, refusal := req.resource()
	if refusal != nil {
		return nil, refusal
	}
	var permits []store.Permit
	for server := range req.snap.UsableMCPServers() {
		if wanted != nil && server.ID != wanted.ID {
			continue
		}
		if p, ok := permit(server, &req.client); ok {
			permits = append(permits, p)
		}
	}
	return permits, nil
}

// permit is what the MCP server's policy leaves of a client's grants.
func permit(server *catalog.MCPServer, client *oauth.Client) (store.Permit, bool) {
	p := store.Permit{MCPServer: server.ID, Connection: server.Connection}
	if server.AdmitsID(client) {
		return p, true
	}
	// Only grants that were made to a listed redirect host.
	p.RedirectHosts = server.Clients.RedirectHosts
	return p, server.Serves(client) && server.Takes(client) && len(p.RedirectHosts) > 0
}

// resource is the MCP server that the request is confined to, by the issuer that
// was called and by resource parameters (RFC 8707 §2.2); nil = any.
func (req *request) resource() (*catalog.MCPServer, *oauth.Error) {
	wanted := req.server
	for _, resource := range req.params.All("resource") {
		server, ok := req.snap.Resolve(resource)
		if !ok || wanted != nil && wanted.ID != server.ID {
			return nil, invalidTarget()
		}
		wanted = server
	}
	return wanted, nil
}

func invalidTarget() *oauth.Error {
	return oauth.E(oauth.InvalidTarget, "resource_other_server", "The resource is not the one that the user allowed.")
}

// notPermitted is the refusal of a row that no permit covers.
func (req *request) notPermitted(g store.Grant, description string) *oauth.Error {
	if wanted, _ := req.resource(); wanted != nil && g.MCPServer != "" && wanted.ID != g.MCPServer && req.params.Has("resource") {
		return invalidTarget()
	}
	return oauth.E(oauth.InvalidGrant, "permission_changed", description)
}
