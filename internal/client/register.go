// Registration: how a client gets its id.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Registration is this client as the authorization server knows it.
type Registration struct {
	ClientID     string
	ClientSecret Secret // empty for a public client
	// AuthMethod is how the client authenticates at the token endpoint: none, client_secret_basic or
	// client_secret_post. Empty is none without a secret, client_secret_basic with one (RFC 7591 §2).
	AuthMethod string
}

// ErrNoRegistration says that a server registers no clients and that none was given.
var ErrNoRegistration = errors.New("the authorization server has no registration_endpoint: register a client with its operator and pass the client id")

type registrationRequest struct {
	ClientName              string   `json:"client_name"`
	RedirectURIs            []string `json:"redirect_uris"`
	GrantTypes              []string `json:"grant_types"`
	ResponseTypes           []string `json:"response_types"`
	TokenEndpointAuthMethod string   `json:"token_endpoint_auth_method"`
	ApplicationType         string   `json:"application_type"`
}

// Register registers a native public client with one redirect URI (RFC 7591 §3.1; application_type as the
// 2026-07-28 revision of MCP requires).
func (c *Client) Register(ctx context.Context, server oauth.Metadata, redirectURI string) (Registration, error) {
	if server.RegistrationEndpoint == "" {
		return Registration{}, ErrNoRegistration
	}
	body, err := json.Marshal(registrationRequest{
		ClientName:              c.name,
		RedirectURIs:            []string{redirectURI},
		GrantTypes:              []string{"authorization_code", "refresh_token"},
		ResponseTypes:           []string{"code"},
		TokenEndpointAuthMethod: "none",
		ApplicationType:         "native",
	})
	if err != nil {
		return Registration{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.RegistrationEndpoint, bytes.NewReader(body))
	if err != nil {
		return Registration{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	return c.register(req)
}

func (c *Client) register(req *http.Request) (Registration, error) {
	const step = "client registration"
	var r Registration
	err := c.do(step, req, func(a answer) (string, error) {
		var doc struct {
			ClientID     string `json:"client_id"`
			ClientSecret Secret `json:"client_secret"`
			AuthMethod   string `json:"token_endpoint_auth_method"`
		}
		if err := a.decode(step, &doc); err != nil {
			return "", err
		}
		if doc.ClientID == "" {
			return "", errors.New("the answer has no client_id (RFC 7591 §3.2.1)")
		}
		r = Registration{ClientID: doc.ClientID, ClientSecret: doc.ClientSecret, AuthMethod: doc.AuthMethod}
		return "client_id " + abbreviate(doc.ClientID), nil
	})
	return r, err
}

// abbreviate keeps a long client_id (a stateless server puts the whole registration in it) on one line.
func abbreviate(s string) string {
	const most = 24
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
