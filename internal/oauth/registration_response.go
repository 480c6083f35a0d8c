package oauth

// What a registration becomes: a client, and the answer that tells the client
// what it now is.

import "time"

// Client is the client that r describes, under the id it was given.
func (r *RegistrationRequest) Client(id string) Client {
	return Client{
		ID: id, Kind: Dynamic, Name: r.ClientName,
		URI: r.ClientURI, LogoURI: r.LogoURI, PolicyURI: r.PolicyURI, TosURI: r.TosURI,
		RedirectURIs: r.RedirectURIs, AuthMethod: r.AuthMethod, GrantTypes: r.GrantTypes,
		ApplicationType: r.ApplicationType, SoftwareID: r.SoftwareID, SoftwareVersion: r.SoftwareVersion,
		JWKSURI: r.JWKSURI,
	}
}

// A RegistrationResponse is the answer to a registration, RFC 7591 §3.2.1. No
// member is ever null or empty: clients refuse that.
type RegistrationResponse struct {
	ClientID         string `json:"client_id"`
	ClientIDIssuedAt int64  `json:"client_id_issued_at,omitempty"` // Unix seconds
	ClientSecret     string `json:"client_secret,omitempty"`
	// ClientSecretExpiresAt is required beside a secret, where 0 means never.
	ClientSecretExpiresAt *int64 `json:"client_secret_expires_at,omitempty"`

	RedirectURIs            []string   `json:"redirect_uris"`
	TokenEndpointAuthMethod AuthMethod `json:"token_endpoint_auth_method"`
	GrantTypes              []string   `json:"grant_types"`
	ResponseTypes           []string   `json:"response_types"`
	Scope                   string     `json:"scope,omitempty"`
	ClientName              string     `json:"client_name,omitempty"`
	ClientURI               string     `json:"client_uri,omitempty"`
	LogoURI                 string     `json:"logo_uri,omitempty"`
	TosURI                  string     `json:"tos_uri,omitempty"`
	PolicyURI               string     `json:"policy_uri,omitempty"`
	JWKSURI                 string     `json:"jwks_uri,omitempty"`
	ApplicationType         string     `json:"application_type,omitempty"`
	SoftwareID              string     `json:"software_id,omitempty"`
	SoftwareVersion         string     `json:"software_version,omitempty"`
}

// Response echoes the effective values of r. secret is empty for a client
// without one; the zero issuedAt is left out.
func (r *RegistrationRequest) Response(clientID, secret string, issuedAt time.Time) RegistrationResponse {
	response := RegistrationResponse{
		ClientID: clientID, ClientSecret: secret,
		RedirectURIs: r.RedirectURIs, TokenEndpointAuthMethod: r.AuthMethod,
		GrantTypes: r.GrantTypes, ResponseTypes: r.ResponseTypes, Scope: r.Scope.String(),
		ClientName: r.ClientName, ClientURI: r.ClientURI, LogoURI: r.LogoURI,
		TosURI: r.TosURI, PolicyURI: r.PolicyURI, JWKSURI: r.JWKSURI,
		ApplicationType: r.ApplicationType, SoftwareID: r.SoftwareID, SoftwareVersion: r.SoftwareVersion,
	}
	if !issuedAt.IsZero() {
		response.ClientIDIssuedAt = issuedAt.Unix()
	}
	if secret != "" {
		response.ClientSecretExpiresAt = new(int64)
	}
	return response
}
