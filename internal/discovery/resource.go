package discovery

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// ProtectedResource answers
// {base}/resources/{res_id}/.well-known/oauth-protected-resource (RFC 9728): an MCP
// server need only point its challenge at it. offline_access is not listed, since
// it is no matter of the MCP server (MCP 2026-07-28).
func (h *Handler) ProtectedResource(w http.ResponseWriter, r *http.Request) {
	snap := h.catalog.Last()
	if snap == nil {
		http.Error(w, "Starting.", http.StatusServiceUnavailable)
		return
	}
	server, ok := h.server(snap, r)
	if !ok {
		http.Error(w, "Not found.", http.StatusNotFound)
		return
	}
	address := server.URL
	if resource := r.URL.Query().Get("resource"); resource != "" {
		alias, ok := server.Address(resource)
		if !ok {
			http.Error(w, "Not found.", http.StatusNotFound)
			return
		}
		address = alias.URL
	}
	h.write(w, r, oauth.ProtectedResource{
		Resource:               address,
		AuthorizationServers:   []string{h.issuer(server)},
		ScopesSupported:        names(server),
		BearerMethodsSupported: []string{"header"},
		ResourceName:           server.Name,
	})
}

// Keys answers {base}/keys and {base}/.well-known/jwks.json.
func (h *Handler) Keys(w http.ResponseWriter, r *http.Request) {
	body, _ := h.keys.JWKS()
	httpx.Document(w, r, body, maxAge)
}
