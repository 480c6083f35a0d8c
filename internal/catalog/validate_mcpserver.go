package catalog

// The rules for MCP servers; their addresses are checked where they are indexed.

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// SigningAlgs are the algorithms an MCP server's tokens may be signed with.
var SigningAlgs = []string{"RS256", "ES256", "EdDSA"}

func (s *Snapshot) checkMCPServer(m *MCPServer) error {
	if m.Name == "" {
		return errors.New("name is missing")
	}
	if _, ok := s.connections[m.Connection]; !ok {
		return fmt.Errorf("connection %q does not exist", m.Connection)
	}
	if !slices.Contains(SigningAlgs, m.SigningAlg) {
		return fmt.Errorf("signing_alg must be one of %v, not %q", SigningAlgs, m.SigningAlg)
	}
	for _, check := range []func(*MCPServer) error{checkScopes, checkLifetimes, checkPolicy, s.checkTokenIssuer} {
		if err := check(m); err != nil {
			return err
		}
	}
	return nil
}

func checkScopes(m *MCPServer) error {
	seen := map[string]bool{}
	for _, scope := range m.Scopes {
		switch {
		case !oauth.IsScopeToken(scope.Name):
			return fmt.Errorf("scope %q has characters that RFC 6749 §3.3 does not allow", scope.Name)
		case scope.Name == oauth.ScopeOfflineAccess:
			return fmt.Errorf("scope %s is not one of the MCP server's: every client may send it and no token carries it", scope.Name)
		case seen[scope.Name]:
			return fmt.Errorf("scope %s is listed twice", scope.Name)
		}
		seen[scope.Name] = true
	}
	return nil
}

func checkLifetimes(m *MCPServer) error {
	switch {
	case m.AccessTokenTTL < MinAccessTokenTTL || m.AccessTokenTTL > MaxAccessTokenTTL:
		return fmt.Errorf("access_token_ttl must be from %s to %s, not %s", MinAccessTokenTTL, MaxAccessTokenTTL, m.AccessTokenTTL)
	case m.RefreshTokenTTL < m.AccessTokenTTL:
		return fmt.Errorf("refresh_token_ttl must be at least access_token_ttl, not %s", m.RefreshTokenTTL)
	case m.RefreshTokenIdleTTL < 0 || m.RefreshTokenIdleTTL > m.RefreshTokenTTL:
		return fmt.Errorf("refresh_token_idle_ttl must be from 0 (none) to refresh_token_ttl, not %s", m.RefreshTokenIdleTTL)
	}
	return nil
}

func checkPolicy(m *MCPServer) error {
	for _, host := range m.Clients.CIMDHosts {
		if !canonicalHost(host) {
			return fmt.Errorf("clients.cimd_hosts: %q must be a host in lower case such as claude.ai, with :port only if it is not 443", host)
		}
	}
	for _, host := range m.Clients.RedirectHosts {
		if !canonicalHost(host) && !canonicalScheme(host) {
			return fmt.Errorf("clients.redirect_hosts: %q must be a host in lower case such as claude.ai, with :port only if it is not 443, or a private-use scheme with its colon, such as \"cursor:\"", host)
		}
	}
	if slices.Contains(m.Clients.IDs, "") {
		return errors.New("clients.ids contains an empty id")
	}
	return nil
}

// checkTokenIssuer: a token of the base issuer names a user by sub alone, and
// two companies may have the same sub. Disabled connections count, since they
// may come back.
func (s *Snapshot) checkTokenIssuer(m *MCPServer) error {
	switch {
	case m.TokenIssuer == IssuerResource:
		return nil
	case m.TokenIssuer != IssuerBase:
		return fmt.Errorf("token_issuer must be %s or %s, not %q", IssuerResource, IssuerBase, m.TokenIssuer)
	case m.Disabled || len(s.connections) == 1:
		return nil
	}
	return fmt.Errorf("token_issuer %s needs a catalog with a single connection, or users of two companies could not be told apart; there are %v. Use token_issuer %s, or delete the others (a disabled one by apply --prune)",
		IssuerBase, sortedKeys(s.connections), IssuerResource)
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
