package token

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// claims of an access token: RFC 9068 §2.2, and what MCP servers in the wild read.
// What a company says of its user has fields of its own here: an attribute can
// never overwrite a claim that decides about access.
type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"` // always an array: the Go SDK decodes []string
	ClientID string   `json:"client_id"`
	IssuedAt int64    `json:"iat"`
	Expires  int64    `json:"exp"`
	ID       string   `json:"jti"`
	Scope    string   `json:"scope"`  // RFC 9068 §2.2.3
	Scopes   []string `json:"scopes"` // the Node and Python SDKs' requiredScopes
	GrantID  string   `json:"grant_id,omitempty"`

	Email               string          `json:"email,omitempty"`
	EmailVerified       *bool           `json:"email_verified,omitempty"`
	Name                string          `json:"name,omitempty"`
	GivenName           string          `json:"given_name,omitempty"`
	FamilyName          string          `json:"family_name,omitempty"`
	PreferredUsername   string          `json:"preferred_username,omitempty"`
	Picture             string          `json:"picture,omitempty"`
	Gender              string          `json:"gender,omitempty"`
	Locale              string          `json:"locale,omitempty"`
	PhoneNumber         string          `json:"phone_number,omitempty"`
	PhoneNumberVerified *bool           `json:"phone_number_verified,omitempty"`
	Groups              []string        `json:"groups,omitempty"`
	Roles               []string        `json:"roles,omitempty"`
	OrganizationID      string          `json:"organization_external_id,omitempty"`
	OrganizationName    string          `json:"organization_external_name,omitempty"`
	Organization        *organization   `json:"organization,omitempty"`
	CustomClaims        json.RawMessage `json:"custom_claims,omitempty"`
}

// organization is the one that the user acts for.
type organization struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// issue signs an access token for a grant. The MCP server is looked up again: its
// settings of now hold.
func (h *Handler) issue(req *request, g store.Grant, scopes oauth.Scopes) (oauth.TokenResponse, *oauth.Error) {
	server, ok := req.snap.MCPServer(g.MCPServer)
	if !ok {
		return oauth.TokenResponse{}, internalError(errors.New("the permitted MCP server is not in the snapshot"))
	}
	c := h.claims(req.now, server, g, server.Left(scopes, req.client.Scopes))
	if err := c.choose(g.Claims); err != nil {
		return oauth.TokenResponse{}, internalError(err)
	}
	token, err := h.Keys.Sign(server.SigningAlg, keys.TypeAccessToken, c)
	if err != nil {
		return oauth.TokenResponse{}, internalError(err)
	}
	return oauth.TokenResponse{AccessToken: token, TokenType: "Bearer", ExpiresIn: c.Expires - c.IssuedAt, Scope: c.Scope}, nil
}

func (h *Handler) claims(now time.Time, s *catalog.MCPServer, g store.Grant, scopes oauth.Scopes) claims {
	if scopes == nil {
		scopes = oauth.Scopes{}
	}
	u := g.Claims
	return claims{
		Issuer: h.issuer(s), Subject: g.Sub, Audience: audience(s, g.Resource), ClientID: g.ClientID,
		IssuedAt: now.Unix(), Expires: now.Add(s.AccessTokenTTL).Unix(),
		ID: seal.RandomID("tkn_"), Scope: scopes.String(), Scopes: scopes, GrantID: g.ID,
		Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, GivenName: u.GivenName, FamilyName: u.FamilyName,
		PreferredUsername: u.PreferredUsername, Picture: u.Picture, Gender: u.Gender, Locale: u.Locale,
		PhoneNumber: u.PhoneNumber, PhoneNumberVerified: u.PhoneNumberVerified, Groups: u.Groups, Roles: u.AllRoles(),
	}
}

// choose adds what the user chose, or what the company chose for the user.
func (c *claims) choose(u store.User) (err error) {
	o := u.Organization()
	c.OrganizationID, c.OrganizationName = o.ID, o.Name
	if o.ID != "" {
		c.Organization = &organization{ID: o.ID, Name: o.Name}
	}
	c.CustomClaims, err = u.CustomClaims()
	return err
}

// issuer is the iss of an MCP server's tokens.
func (h *Handler) issuer(s *catalog.MCPServer) string {
	if s.TokenIssuer == catalog.IssuerBase {
		return h.BaseURL
	}
	return h.BaseURL + "/resources/" + s.ID
}

// audience is the MCP server's URL as configured, its id, and the alias that the
// client asked for, if it asked for one. MCP servers check any of them.
func audience(s *catalog.MCPServer, requested string) []string {
	aud := []string{s.URL, s.ID}
	if address, ok := s.Address(requested); ok && address.URL != s.URL {
		aud = append(aud, address.URL)
	}
	return aud
}
