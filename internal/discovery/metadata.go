package discovery

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/jwks"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// maxAge is how long caches may keep a document. Short: an operator who changes a
// scope wants to see it, and revalidation by ETag costs nothing.
const maxAge = 5 * time.Minute

// KeySet is the published keys; *keys.Manager is one.
type KeySet interface {
	JWKS() (body []byte, etag string)
}

// Handler has the documents as methods.
type Handler struct {
	base    string
	catalog *catalog.Source
	keys    KeySet
}

// New makes the documents of one installation.
func New(baseURL string, source *catalog.Source, keys KeySet) *Handler {
	return &Handler{base: baseURL, catalog: source, keys: keys}
}

// Metadata answers the well-known path of RFC 8414 for the base issuer and for
// each MCP server's, in the inserted form (§3.1) and the appended one that clients
// also try.
func (h *Handler) Metadata(w http.ResponseWriter, r *http.Request) {
	snap := h.catalog.Last()
	if snap == nil {
		http.Error(w, "Starting.", http.StatusServiceUnavailable)
		return
	}
	var document oauth.Metadata
	if r.PathValue("res_id") == "" {
		document = h.baseMetadata(snap)
	} else {
		server, ok := h.server(snap, r)
		if !ok {
			http.Error(w, "Not found.", http.StatusNotFound)
			return
		}
		document = h.resourceMetadata(server)
	}
	h.write(w, r, document)
}

// server finds the MCP server of the path; a disabled one has no documents.
func (h *Handler) server(snap *catalog.Snapshot, r *http.Request) (*catalog.MCPServer, bool) {
	id, ok := httpx.ID(r, "res_id")
	if !ok {
		return nil, false
	}
	server, ok := snap.MCPServer(id)
	return server, ok && !server.Disabled
}

func (h *Handler) write(w http.ResponseWriter, r *http.Request, document any) {
	body, err := json.Marshal(document)
	if err != nil {
		http.Error(w, "Internal error.", http.StatusInternalServerError)
		return
	}
	httpx.Document(w, r, body, maxAge)
}

// metadata is what the issuers have in common. There is no null and no empty
// member in it: one SDK refuses those.
func (h *Handler) metadata(issuer string) oauth.Metadata {
	secret := []oauth.AuthMethod{oauth.AuthClientSecretBasic, oauth.AuthClientSecretPost}
	methods := []oauth.AuthMethod{oauth.AuthNone, oauth.AuthClientSecretBasic, oauth.AuthClientSecretPost, oauth.AuthPrivateKeyJWT}
	return oauth.Metadata{
		Issuer:                            issuer,
		AuthorizationEndpoint:             issuer + "/oauth/authorize",
		TokenEndpoint:                     issuer + "/oauth/token",
		JWKSURI:                           h.base + "/keys",
		ResponseTypesSupported:            []string{oauth.ResponseTypeCode},
		ResponseModesSupported:            []string{"query"},
		GrantTypesSupported:               []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken, oauth.GrantClientCredentials},
		TokenEndpointAuthMethodsSupported: methods,
		TokenEndpointAuthSigningAlgValuesSupported: signingAlgs(),
		RevocationEndpoint:                         issuer + "/oauth/revoke",
		RevocationEndpointAuthMethodsSupported:     methods,
		IntrospectionEndpoint:                      issuer + "/oauth/introspect",
		IntrospectionEndpointAuthMethodsSupported:  secret,
		CodeChallengeMethodsSupported:              []string{oauth.ChallengeMethodS256},
		AuthorizationResponseIssParameterSupported: true,
	}
}

// signingAlgs are those of client assertions (RFC 7523).
func signingAlgs() []string {
	algs := make([]string, len(jwks.Algorithms))
	for i, alg := range jwks.Algorithms {
		algs[i] = string(alg)
	}
	return algs
}

// baseMetadata: the scopes of the only MCP server, if there is only one; which
// ones hold is otherwise known at each MCP server's own issuer.
func (h *Handler) baseMetadata(snap *catalog.Snapshot) oauth.Metadata {
	m := h.metadata(h.base)
	m.ScopesSupported = []string{oauth.ScopeOfflineAccess}
	if only, ok := snap.Only(); ok {
		m.ScopesSupported = scopesSupported(only)
	}
	for server := range snap.UsableMCPServers() {
		if server.DynamicRegistration {
			m.RegistrationEndpoint = h.base + "/oauth/register"
		}
		m.ClientIDMetadataDocumentSupported = m.ClientIDMetadataDocumentSupported || server.MetadataDocuments
	}
	return m
}

func (h *Handler) resourceMetadata(s *catalog.MCPServer) oauth.Metadata {
	m := h.metadata(h.issuer(s))
	m.ScopesSupported = scopesSupported(s)
	m.ClientIDMetadataDocumentSupported = s.MetadataDocuments
	if s.DynamicRegistration {
		m.RegistrationEndpoint = h.base + "/api/v1/resources/" + s.ID + "/clients:register"
	}
	return m
}

func (h *Handler) issuer(s *catalog.MCPServer) string { return h.base + "/resources/" + s.ID }

// scopesSupported names offline_access too: clients that want a refresh token look
// for it (MCP 2026-07-28), although the grant types decide.
func scopesSupported(s *catalog.MCPServer) []string {
	return append(names(s), oauth.ScopeOfflineAccess)
}

func names(s *catalog.MCPServer) []string {
	names := make([]string, 0, len(s.Scopes)+1)
	for _, scope := range s.Scopes {
		names = append(names, scope.Name)
	}
	return names
}
