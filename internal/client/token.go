// The token endpoint and the revocation endpoint.
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Tokens is what a token endpoint gave.
type Tokens struct {
	AccessToken  Secret
	RefreshToken Secret // empty if none was given
	// Scope is what was granted; empty means exactly what was asked for (RFC 6749 §5.1).
	Scope string
	// Expiry is when the access token ends, zero if the server did not say.
	Expiry time.Time
}

// Exchange redeems a code (RFC 6749 §4.1.3 with PKCE and resource).
func (c *Client) Exchange(ctx context.Context, a *Authorization, code Secret) (Tokens, error) {
	return c.tokens(ctx, "code exchange", a.server, a.client, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {string(code)},
		"redirect_uri":  {a.RedirectURI},
		"code_verifier": {a.verifier},
		"resource":      {a.resource},
	})
}

// Refresh trades a refresh token for new tokens (RFC 6749 §6). Where the server rotates, the answer's refresh
// token replaces the old one; where it does not, the old one is returned again. An empty scope asks for all
// that was granted.
func (c *Client) Refresh(ctx context.Context, d Discovery, reg Registration, refreshToken Secret, scope string) (Tokens, error) {
	form := url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {string(refreshToken)},
		"resource":      {d.Resource.Resource},
	}
	if scope != "" {
		form.Set("scope", scope)
	}
	t, err := c.tokens(ctx, "refresh", d.Server, reg, form)
	if err == nil && t.RefreshToken == "" {
		t.RefreshToken = refreshToken
	}
	return t, err
}

// Revoke tells the server that a token is no longer wanted (RFC 7009).
func (c *Client) Revoke(ctx context.Context, server oauth.Metadata, reg Registration, token Secret) error {
	if server.RevocationEndpoint == "" {
		return errors.New("the authorization server has no revocation_endpoint")
	}
	const step = "revocation"
	req, err := formRequest(ctx, server.RevocationEndpoint, reg, url.Values{"token": {string(token)}})
	if err != nil {
		return err
	}
	return c.do(step, req, func(a answer) (string, error) {
		if a.Status != http.StatusOK {
			return "", a.refusal(step)
		}
		return "", nil
	})
}

func (c *Client) tokens(ctx context.Context, step string, server oauth.Metadata, reg Registration, form url.Values) (Tokens, error) {
	req, err := formRequest(ctx, server.TokenEndpoint, reg, form)
	if err != nil {
		return Tokens{}, err
	}
	var t Tokens
	err = c.do(step, req, func(a answer) (string, error) {
		var err error
		t, err = a.tokens(step, c.now())
		return t.note(c.now()), err
	})
	return t, err
}

func (a answer) tokens(step string, now time.Time) (Tokens, error) {
	var doc struct {
		AccessToken  string  `json:"access_token"`
		TokenType    string  `json:"token_type"`
		ExpiresIn    float64 `json:"expires_in"` // seconds
		RefreshToken string  `json:"refresh_token"`
		Scope        string  `json:"scope"`
	}
	if err := a.decode(step, &doc); err != nil {
		return Tokens{}, err
	}
	if doc.AccessToken == "" || !strings.EqualFold(doc.TokenType, "Bearer") {
		return Tokens{}, errors.New("the answer has no access_token of type Bearer (RFC 6749 §5.1)")
	}
	t := Tokens{AccessToken: Secret(doc.AccessToken), RefreshToken: Secret(doc.RefreshToken), Scope: doc.Scope}
	if doc.ExpiresIn > 0 {
		t.Expiry = now.Add(time.Duration(doc.ExpiresIn * float64(time.Second)))
	}
	return t, nil
}

// note says what was granted without showing any of it.
func (t Tokens) note(now time.Time) string {
	if t.AccessToken == "" {
		return ""
	}
	parts := []string{"access token"}
	if !t.Expiry.IsZero() {
		parts[0] += " for " + t.Expiry.Sub(now).Round(time.Second).String()
	}
	if t.RefreshToken != "" {
		parts = append(parts, "refresh token")
	}
	if t.Scope != "" {
		parts = append(parts, "scope "+printable(t.Scope))
	}
	return strings.Join(parts, ", ")
}

// formRequest authenticates the client the way it is registered (RFC 6749 §2.3.1).
func formRequest(ctx context.Context, endpoint string, reg Registration, form url.Values) (*http.Request, error) {
	method := reg.method()
	switch method {
	case "none":
		form.Set("client_id", reg.ClientID)
	case "client_secret_post":
		form.Set("client_id", reg.ClientID)
		form.Set("client_secret", string(reg.ClientSecret))
	case "client_secret_basic": // in the header, below
	default:
		return nil, fmt.Errorf("this client cannot authenticate with %q", method)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if method == "client_secret_basic" {
		req.SetBasicAuth(url.QueryEscape(reg.ClientID), url.QueryEscape(string(reg.ClientSecret)))
	}
	return req, nil
}

func (r Registration) method() string {
	switch {
	case r.AuthMethod != "":
		return r.AuthMethod
	case r.ClientSecret == "":
		return "none"
	default:
		return "client_secret_basic"
	}
}
