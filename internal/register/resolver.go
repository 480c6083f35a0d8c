package register

import (
	"context"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Resolver finds a client by its id: a dynamic one from the id itself, any other
// in the catalog.
type Resolver struct{ ids *IDs }

// NewResolver makes a Resolver.
func NewResolver(ids *IDs) *Resolver { return &Resolver{ids} }

// Client finds the client. The error is an *oauth.Error.
func (r *Resolver) Client(_ context.Context, snap *catalog.Snapshot, clientID string) (oauth.Client, error) {
	if strings.HasPrefix(clientID, Prefix) {
		if c, ok := r.ids.Open(clientID); ok {
			return c, nil
		}
		return oauth.Client{}, errUnknown
	}
	if c, ok := snap.Client(clientID); ok {
		return c.OAuth(), nil
	}
	return oauth.Client{}, errUnknown
}

// errUnknown: 401 at the token endpoint (RFC 6749 §5.2), where MCP clients then
// register anew; a page at authorize.
var errUnknown = oauth.E(oauth.InvalidClient, "client_unknown",
	"The client is unknown or its authentication failed.")
