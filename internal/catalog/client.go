package catalog

// What API clients and pre-registered clients may reach.

import (
	"slices"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Any in a list of ids of an API client stands for all of them, later ones too.
const Any = "*"

// MayLogin reports whether the API client may speak for the connection: post
// its users, update and revoke them.
func (a *APIClient) MayLogin(connection string) bool {
	return !a.Disabled && a.Role == RoleLogin && reaches(a.Connections, connection)
}

// SecretHashes are those of all secrets that count, the newest first.
func (a *APIClient) SecretHashes() [][]byte { return allHashes(a.SecretHash, a.OtherSecretHashes) }

func allHashes(first []byte, others [][]byte) [][]byte {
	if len(first) == 0 {
		return slices.Clone(others)
	}
	return append([][]byte{first}, others...)
}

// MayIntrospect reports whether the API client may ask about tokens of the MCP
// server.
func (a *APIClient) MayIntrospect(mcpServer string) bool {
	return !a.Disabled && a.Role == RoleResource && reaches(a.MCPServers, mcpServer)
}

func reaches(ids []string, id string) bool {
	return slices.Contains(ids, Any) || slices.Contains(ids, id)
}

// OAuth is the client as the steps know clients of every kind. A pre-registered
// client is verified: the operator wrote its name.
func (c *Client) OAuth() oauth.Client {
	return oauth.Client{
		ID:           c.ID,
		Kind:         oauth.Preregistered,
		Name:         c.Name,
		RedirectURIs: slices.Clone(c.RedirectURIs),
		AuthMethod:   c.AuthMethod,
		SecretHashes: allHashes(c.SecretHash, c.OtherSecretHashes),
		JWKS:         slices.Clone(c.JWKS),
		JWKSURI:      c.JWKSURI,
		GrantTypes:   slices.Clone(c.GrantTypes),
		Scopes:       oauth.Scopes(slices.Clone(c.Scopes)),
		// Never nil, which would mean any MCP server.
		MCPServers: append([]string{}, c.MCPServers...),
		Verified:   true,
		Disabled:   c.Disabled,
	}
}
