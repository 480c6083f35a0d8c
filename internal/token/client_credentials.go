package token

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/machine"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// apiClient issues a machine token if the credentials name an API client; ok is
// false if they do not, and the client may be an OAuth client.
func (h *Handler) apiClient(req *request) (response oauth.TokenResponse, ok bool, refusal *oauth.Error) {
	c, refusal := req.credentials()
	if refusal != nil {
		return response, false, refusal
	}
	found, ok := req.snap.APIClient(c.id)
	if !ok {
		return response, false, nil
	}
	// The scope parameter, which two SDKs send, changes nothing: the role decides.
	req.named = found.ID
	secret := proven(found, c)
	if secret == nil {
		return response, false, h.failed(req, c, invalidClient("client_secret_wrong"))
	}
	token, err := h.Machine.Issue(found, secret)
	if err != nil {
		return response, false, internalError(err)
	}
	return oauth.TokenResponse{AccessToken: token, TokenType: "Bearer", ExpiresIn: int64(machine.Lifetime.Seconds())}, true, nil
}

// proven is the hash of the API client's secret that was presented, nil if none was.
func proven(c *catalog.APIClient, presented credentials) []byte {
	secret := presented.match(c.SecretHashes())
	if c.Disabled {
		return nil
	}
	return secret
}

// clientCredentials gives a pre-registered client a token of its own for an MCP
// server (RFC 6749 §4.4): no user, no grant, no refresh token, no database write.
func (h *Handler) clientCredentials(req *request) (oauth.TokenResponse, *oauth.Error) {
	if req.client.Kind != oauth.Preregistered || req.client.Public() {
		return oauth.TokenResponse{}, oauth.E(oauth.UnauthorizedClient, "grant_type_not_allowed",
			"Only a confidential client that the operator registered may use client_credentials.")
	}
	server, refusal := req.resource()
	if refusal != nil {
		return oauth.TokenResponse{}, refusal
	}
	if server == nil {
		if server = req.soleServer(); server == nil {
			return oauth.TokenResponse{}, oauth.E(oauth.InvalidTarget, "resource_ambiguous",
				"Name the MCP server with the parameter resource, or use its own issuer.")
		}
	}
	if !req.snap.Usable(server) || !server.Serves(&req.client) {
		return oauth.TokenResponse{}, oauth.E(oauth.UnauthorizedClient, "client_not_for_server", "This client may not use this MCP server.")
	}
	requested, err := oauth.ParseScope(req.params.Get("scope"))
	if err != nil {
		return oauth.TokenResponse{}, oauth.E(oauth.InvalidScope, "scope_malformed", "The parameter scope is malformed.").WithStatus(http.StatusBadRequest)
	}
	if refusal := h.consumeAssertion(req); refusal != nil {
		return oauth.TokenResponse{}, refusal
	}
	own := store.Grant{MCPServer: server.ID, ClientID: req.client.ID, Sub: req.client.ID, Resource: req.params.Get("resource")}
	return h.issue(req, own, server.Grantable(requested, req.client.Scopes))
}

// soleServer is the only MCP server that the request can mean.
func (req *request) soleServer() *catalog.MCPServer {
	if len(req.client.MCPServers) == 1 {
		server, _ := req.snap.MCPServer(req.client.MCPServers[0])
		return server
	}
	server, _ := req.snap.Only()
	return server
}
