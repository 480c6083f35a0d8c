package token

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// introspection is the answer of RFC 7662 §2.2. For a token that is not active, or
// that is none of the caller's business, it has this one member and no other.
type introspection struct {
	Active    bool   `json:"active"`
	TokenType string `json:"token_type,omitempty"`
	*claims
}

// Introspect answers POST /oauth/introspect for API clients with the role
// "resource": by Basic, by post, or with a machine token. Refresh tokens and tokens
// of other MCP servers are reported as not active.
func (h *Handler) Introspect(w http.ResponseWriter, r *http.Request) {
	req, refusal := h.parse(w, r)
	var caller *catalog.APIClient
	if refusal == nil {
		caller, refusal = h.resourceServer(req, r)
	}
	var answer introspection
	if refusal == nil {
		answer, refusal = h.introspect(req, caller)
	}
	if refusal != nil {
		h.refuse(w, r, "introspect", req, refusal)
		return
	}
	httpx.JSON(w, http.StatusOK, answer)
}

// resourceServer authenticates the caller.
func (h *Handler) resourceServer(req *request, r *http.Request) (*catalog.APIClient, *oauth.Error) {
	if bearers := httpx.Bearers(r.Header); len(bearers) > 0 && req.basic == nil && !req.params.Has("client_secret") {
		caller, reason := h.Machine.Caller(req.snap, bearers)
		if reason != "" {
			return nil, invalidClient(reason)
		}
		return checkRole(caller)
	}
	c, refusal := req.credentials()
	if refusal != nil {
		return nil, refusal
	}
	caller, ok := req.snap.APIClient(c.id)
	if !ok {
		c.match(nil) // the same work as for one that exists
	}
	if !ok || proven(caller, c) == nil {
		return nil, h.failed(req, c, invalidClient("client_secret_wrong"))
	}
	return checkRole(caller)
}

func checkRole(c *catalog.APIClient) (*catalog.APIClient, *oauth.Error) {
	if c.Role != catalog.RoleResource {
		return nil, oauth.E(oauth.UnauthorizedClient, "api_client_wrong_role",
			"Introspection needs an API client with the role resource.").WithStatus(http.StatusForbidden)
	}
	return c, nil
}

func (h *Handler) introspect(req *request, caller *catalog.APIClient) (introspection, *oauth.Error) {
	token := req.params.Get("token")
	if token == "" {
		return introspection{}, oauth.E(oauth.InvalidRequest, "token_missing", "The parameter token is missing.")
	}
	payload, err := h.Keys.Verify(token, keys.TypeAccessToken)
	if err != nil {
		return introspection{}, nil
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil || !req.now.Before(time.Unix(c.Expires, 0)) || len(c.Audience) < 2 {
		return introspection{}, nil
	}
	server, ok := req.snap.MCPServer(c.Audience[1])
	if !ok || !req.snap.Usable(server) || !caller.MayIntrospect(server.ID) || req.server != nil && req.server.ID != server.ID {
		return introspection{}, nil
	}
	live, err := h.live(req, server, &c)
	if err != nil {
		return introspection{}, unavailable("store_unavailable", err)
	}
	if !live {
		return introspection{}, nil
	}
	return introspection{Active: true, TokenType: "Bearer", claims: &c}, nil
}

// stillPermitted reports whether a refresh of the grant would be allowed now.
func (h *Handler) stillPermitted(req *request, server *catalog.MCPServer, g store.Grant) bool {
	client := oauth.Client{ID: g.ClientID, Kind: oauth.Kind(g.ClientKind)}
	if client.Kind == oauth.Preregistered {
		known, ok := req.snap.Client(g.ClientID)
		if !ok {
			return false
		}
		client = known.OAuth()
	}
	p, ok := permit(server, &client)
	return ok && store.Permitted([]store.Permit{p}, g)
}

// live asks the database whether the grant still stands. A client's own token has
// no grant: the client itself must still be there.
func (h *Handler) live(req *request, server *catalog.MCPServer, c *claims) (bool, error) {
	if req.snap.Blocked(c.ClientID) {
		return false, nil
	}
	if c.GrantID == "" {
		client, ok := req.snap.Client(c.ClientID)
		if !ok {
			return false, nil
		}
		known := client.OAuth()
		return server.Serves(&known), nil
	}
	g, err := h.Store.Grant(req.ctx, c.GrantID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return g.RevokedAt.IsZero() && !g.UserDisabled && h.stillPermitted(req, server, g), nil
}
