package register

import (
	"context"
	"net/http"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Documents finds the client that a metadata document describes; *cimd.Source is
// one.
type Documents interface {
	Client(ctx context.Context, clientID string) (oauth.Client, error)
}

// Resolver finds a client by its id: a registered one from the id itself, a
// pre-registered one in the catalog, and one whose id is a URL from the document
// there.
type Resolver struct {
	ids       *IDs
	documents Documents
}

// NewResolver makes a Resolver.
func NewResolver(ids *IDs, documents Documents) *Resolver { return &Resolver{ids, documents} }

// Client finds the client. The error is an *oauth.Error. An id in the catalog wins
// over a document: the operator may write down a client that has one.
func (r *Resolver) Client(ctx context.Context, snap *catalog.Snapshot, clientID string) (oauth.Client, error) {
	if snap.Blocked(clientID) { // before anything is fetched for it
		return oauth.Client{}, errBlocked
	}
	if strings.HasPrefix(clientID, Prefix) {
		if c, ok := r.ids.Open(clientID); ok {
			return c, nil
		}
		return oauth.Client{}, errUnknown
	}
	if c, ok := snap.Client(clientID); ok {
		return c.OAuth(), nil
	}
	if !IsDocument(clientID) {
		return oauth.Client{}, errUnknown
	}
	if !admitsDocuments(snap) {
		return oauth.Client{}, errNoDocuments
	}
	return r.documents.Client(ctx, clientID)
}

// IsDocument reports whether a client id is the URL of a metadata document.
func IsDocument(clientID string) bool {
	return strings.HasPrefix(clientID, "https://") || strings.HasPrefix(clientID, "http://")
}

// admitsDocuments: nothing is fetched for anybody where no MCP server wants it.
func admitsDocuments(snap *catalog.Snapshot) bool {
	for server := range snap.UsableMCPServers() {
		if server.MetadataDocuments {
			return true
		}
	}
	return false
}

// errUnknown: 401 at the token endpoint (RFC 6749 §5.2), where MCP clients then
// register anew; a page at authorize.
var errUnknown = oauth.E(oauth.InvalidClient, "client_unknown",
	"The client is unknown or its authentication failed.")

var errBlocked = oauth.E(oauth.UnauthorizedClient, "client_blocked",
	"The operator of this server has blocked this client. To let it connect, the operator would have to"+
		" take it, or the host of its metadata document, off blocked_clients.").WithStatus(http.StatusForbidden)

// errNoDocuments: nothing was fetched, since no MCP server here would take the client.
var errNoDocuments = oauth.E(oauth.InvalidClient, "client_refused_by_policy",
	"This server takes no clients that a metadata document describes. To admit them, the operator would have to"+
		" switch on client_id_metadata_documents of the MCP server.")
