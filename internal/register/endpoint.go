package register

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

const maxBody = 64 << 10

var errTooLong = errors.New("register: the client_id would be too long")

// Keysets knows which addresses of keys it would read; *cimd.Source is one.
type Keysets interface {
	// Forbids says why rawURL must not be fetched, as the rest of a sentence; "" if
	// it may be.
	Forbids(rawURL string) string
}

// Handler is the registration endpoint (RFC 7591 §3): of the base issuer, and of
// each MCP server's.
type Handler struct {
	ids     *IDs
	catalog *catalog.Source
	keysets Keysets
}

// NewHandler makes the endpoint.
func NewHandler(ids *IDs, source *catalog.Source, keysets Keysets) *Handler {
	return &Handler{ids: ids, catalog: source, keysets: keysets}
}

// ServeHTTP answers POST {base}/oauth/register and
// POST {base}/api/v1/resources/{res_id}/clients:register. Where registration is
// off the endpoint does not exist: 404, and the metadata does not name it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	snap, err := h.catalog.Snapshot()
	if err != nil {
		httpx.OAuthError(w, oauth.E(oauth.TemporarilyUnavailable, "catalog_stale", "Try again in a moment."), false)
		return
	}
	server, ok := h.scope(snap, r)
	if !ok {
		http.Error(w, "Not found.", http.StatusNotFound)
		return
	}
	response, refusal := h.register(w, r, snap, server)
	if refusal != nil {
		httpx.OAuthError(w, refusal, false)
		return
	}
	httpx.JSON(w, http.StatusCreated, response)
}

// scope is the MCP server whose issuer was called, "" for the base issuer, and
// whether clients can register there.
func (h *Handler) scope(snap *catalog.Snapshot, r *http.Request) (server string, ok bool) {
	if r.PathValue("res_id") == "" {
		return "", Open(snap)
	}
	id, ok := httpx.ID(r, "res_id")
	if !ok {
		return "", false
	}
	s, ok := snap.MCPServer(id)
	return id, ok && snap.Usable(s) && s.DynamicRegistration
}

// Open reports whether the base issuer registers clients: if any MCP server does.
func Open(snap *catalog.Snapshot) bool {
	return slices.ContainsFunc(snap.MCPServers(), func(s *catalog.MCPServer) bool {
		return snap.Usable(s) && s.DynamicRegistration
	})
}

func (h *Handler) register(w http.ResponseWriter, r *http.Request, snap *catalog.Snapshot, server string) (oauth.RegistrationResponse, *oauth.Error) {
	body, err := httpx.Body(w, r, httpx.TypeJSON, maxBody)
	if err != nil {
		return oauth.RegistrationResponse{}, oauth.E(oauth.InvalidClientMetadata, "metadata_invalid",
			"Send the client metadata as application/json, at most 64 KB: "+err.Error()+".").WithStatus(httpx.BodyStatus(err))
	}
	request, refusal := oauth.ParseRegistration(body)
	if refusal != nil {
		return oauth.RegistrationResponse{}, refusal
	}
	if refusal := h.reachable(request); refusal != nil {
		return oauth.RegistrationResponse{}, refusal
	}
	if refusal := admitted(snap, server, request); refusal != nil {
		return oauth.RegistrationResponse{}, refusal
	}
	id, secret, err := h.ids.Issue(request, server)
	switch {
	case errors.Is(err, errTooLong):
		return oauth.RegistrationResponse{}, oauth.E(oauth.InvalidClientMetadata, "metadata_too_large",
			"The metadata is too long to be kept: use fewer or shorter redirect_uris, and shorter URIs.")
	case err != nil:
		return oauth.RegistrationResponse{}, oauth.E(oauth.InvalidClientMetadata, "metadata_invalid",
			"A member holds a control character.").With(err)
	}
	return request.Response(id, secret, time.Time{}), nil
}

// reachable refuses keys that would never be read, before a login fails for it.
// Nothing is fetched: whoever registers must not make this server call anybody.
func (h *Handler) reachable(request oauth.RegistrationRequest) *oauth.Error {
	if request.JWKSURI == "" {
		return nil
	}
	if what := h.keysets.Forbids(request.JWKSURI); what != "" {
		return oauth.E(oauth.InvalidClientMetadata, "metadata_invalid", "The member jwks_uri "+what+".")
	}
	return nil
}

// admitted applies the policy of the MCP server, or, at the base, of any that
// registers: a client that none would admit is refused here, where its developer
// looks, and not at its first login.
func admitted(snap *catalog.Snapshot, server string, request oauth.RegistrationRequest) *oauth.Error {
	client := request.Client("")
	for _, s := range snap.MCPServers() {
		if (server == "" || s.ID == server) && snap.Usable(s) && s.DynamicRegistration && admitsAny(s, &client) {
			return nil
		}
	}
	return oauth.E(oauth.InvalidRedirectURI, "client_refused_by_policy",
		"This server admits only clients that its operator has listed. Ask the operator to add your redirect host.")
}

// admitsAny reports whether the client could use one of its redirect URIs.
func admitsAny(s *catalog.MCPServer, client *oauth.Client) bool {
	return slices.ContainsFunc(client.RedirectURIs, func(uri string) bool {
		redirect, err := client.Match(uri)
		return err == nil && s.Admits(client, redirect)
	})
}
