// Package refreshcheck asks a company's backend, before a refresh, whether a user's
// access goes on.
//
// The question is the body of a POST: a JWT that is signed like an access token, with a
// typ of its own, so that the backend verifies it with the library and the keys that its
// MCP server has already, and there is no further secret to keep.
package refreshcheck

import (
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// questionLifetime is how long the backend may take the question for a fresh one.
const questionLifetime = time.Minute

// question is the claims. It names what the backend needs to look the user up, and no
// personal data besides.
type question struct {
	Issuer         string   `json:"iss"` // the base URL
	Audience       string   `json:"aud"` // the address that is asked
	Subject        string   `json:"sub"`
	IssuedAt       int64    `json:"iat"`
	Expires        int64    `json:"exp"`
	ID             string   `json:"jti"`
	Connection     string   `json:"connection_id"`
	GrantID        string   `json:"grant_id"`
	GrantedAt      int64    `json:"granted_at"`
	ClientID       string   `json:"client_id"`
	ClientName     string   `json:"client_name,omitempty"`
	MCPServer      string   `json:"mcp_server"`
	Scopes         []string `json:"scopes"`
	OrganizationID string   `json:"organization_external_id,omitempty"`
}

func (c *Checker) sign(url, alg string, g store.Grant) (string, error) {
	now := c.Now()
	return c.Keys.Sign(alg, keys.TypeRefreshCheck, question{
		Issuer: c.BaseURL, Audience: url, Subject: g.Sub,
		IssuedAt: now.Unix(), Expires: now.Add(questionLifetime).Unix(), ID: seal.RandomID("rck_"),
		Connection: g.Connection, GrantID: g.ID, GrantedAt: g.CreatedAt.Unix(), ClientID: g.ClientID, ClientName: g.ClientName,
		MCPServer: g.MCPServer, Scopes: append([]string{}, g.Scopes...), OrganizationID: g.Claims.Organization().ID,
	})
}
