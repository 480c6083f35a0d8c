package symbolon

// Before the first client comes: do the documents say what clients compare?

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// SelfCheck reads this server's own discovery documents, the way clients do but
// without a network, and compares the names in them. A client refuses metadata
// whose issuer is not, byte for byte, the one it asked for (RFC 8414 §3.3), and
// all it can tell its user then is that the login failed.
func (s *Server) SelfCheck(ctx context.Context) error {
	ctx = context.WithValue(ctx, ownRequest{}, true)
	snap, err := s.catalog.Snapshot()
	if err != nil {
		return err
	}
	base := s.config.BaseURL
	if err := s.checkIssuer(ctx, base, ""); err != nil {
		return err
	}
	for m := range snap.UsableMCPServers() {
		path := "/resources/" + m.ID
		if err := s.checkIssuer(ctx, base+path, path); err != nil {
			return err
		}
		var resource oauth.ProtectedResource
		if err := s.document(ctx, base+path+"/.well-known/oauth-protected-resource", &resource); err != nil {
			return err
		}
		if resource.Resource != m.URL || !slices.Equal(resource.AuthorizationServers, []string{base + path}) {
			return fmt.Errorf("self-check: the protected resource metadata of %s names %q and %q", m.ID, resource.Resource, resource.AuthorizationServers)
		}
	}
	return nil
}

// ownRequest marks, in its context, a request that the server sends itself: however many
// there are, they are limited by nothing.
type ownRequest struct{}

// checkIssuer reads an issuer's metadata at the appended and the inserted path.
func (s *Server) checkIssuer(ctx context.Context, issuer, path string) error {
	const wellKnown = "/.well-known/oauth-authorization-server"
	for _, url := range []string{issuer + wellKnown, s.config.BaseURL + wellKnown + path} {
		var metadata oauth.Metadata
		if err := s.document(ctx, url, &metadata); err != nil {
			return err
		}
		if metadata.Issuer != issuer {
			return fmt.Errorf("self-check: %s names the issuer %q; clients expect %q", url, metadata.Issuer, issuer)
		}
	}
	return nil
}

func (s *Server) document(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	res, err := httpx.InProcess(s).RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("self-check: %s answers %s", url, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("self-check: %s: %w", url, err)
	}
	return nil
}
