// The authorization request and the check of its response.
package client

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// AuthorizeOptions are the optional parts of an authorization request.
type AuthorizeOptions struct {
	Scope     string // empty: the parameter is left out
	Prompt    string // OpenID Connect Core §3.1.2.1
	LoginHint string
}

// Authorization is one authorization request under way: what was sent, and what the response is checked against.
// It is recorded before the browser leaves, so that no response can choose whom to believe (RFC 9207 §2.4).
type Authorization struct {
	// URL is what the browser opens. It carries no secret: the code verifier stays here.
	URL string
	// RedirectURI is where the response comes.
	RedirectURI string

	server   oauth.Metadata
	client   Registration
	resource string
	state    string
	verifier string
}

// ErrNotOurs says that a response does not carry the state of this request: somebody else's, or forged.
var ErrNotOurs = errors.New("the response does not belong to this login (state differs)")

// Begin makes an authorization request: PKCE with S256 (RFC 7636), a state, and the resource (RFC 8707) as the
// MCP server spells it.
func (c *Client) Begin(d Discovery, reg Registration, redirectURI string, o AuthorizeOptions) (*Authorization, error) {
	endpoint, err := url.Parse(d.Server.AuthorizationEndpoint)
	if err != nil {
		return nil, fmt.Errorf("authorization_endpoint: %w", err)
	}
	a := &Authorization{
		RedirectURI: redirectURI,
		server:      d.Server,
		client:      reg,
		resource:    d.Resource.Resource,
		state:       randomValue(),
		verifier:    randomValue(),
	}
	query := url.Values{
		"response_type":         {"code"},
		"client_id":             {reg.ClientID},
		"redirect_uri":          {redirectURI},
		"state":                 {a.state},
		"code_challenge":        {string(oauth.ChallengeOf(a.verifier))},
		"code_challenge_method": {"S256"},
		"resource":              {a.resource},
	}
	for name, value := range map[string]string{"scope": o.Scope, "prompt": o.Prompt, "login_hint": o.LoginHint} {
		if value != "" {
			query.Set(name, value)
		}
	}
	// The endpoint's own query is kept (RFC 6749 §3.1).
	endpoint.RawQuery = strings.TrimPrefix(endpoint.RawQuery+"&"+query.Encode(), "&")
	a.URL = endpoint.String()
	return a, nil
}

// Check returns the code of a response. Its order matters: whose response it is comes first, which server it is
// from second, and only then is anything in it read, even an error (MCP 2026-07-28).
func (a *Authorization) Check(response url.Values) (Secret, error) {
	if subtle.ConstantTimeCompare([]byte(response.Get("state")), []byte(a.state)) != 1 {
		return "", ErrNotOurs
	}
	if err := a.checkIssuer(response); err != nil {
		return "", err
	}
	if code := response.Get("error"); code != "" {
		return "", &Refusal{Step: "authorization response", Code: printable(code), Description: printable(response.Get("error_description"))}
	}
	code := response.Get("code")
	if code == "" {
		return "", errors.New("the authorization response has neither code nor error (RFC 6749 §4.1.2)")
	}
	return Secret(code), nil
}

// checkIssuer defends against mix-up (RFC 9207 §2.4): compared byte by byte, and required once promised.
func (a *Authorization) checkIssuer(response url.Values) error {
	iss := response["iss"]
	if len(iss) == 0 && !a.server.AuthorizationResponseIssParameterSupported {
		return nil
	}
	if len(iss) != 1 || iss[0] != a.server.Issuer {
		return fmt.Errorf("the authorization response comes from issuer %q, expected %q (RFC 9207)", printable(strings.Join(iss, " ")), a.server.Issuer)
	}
	return nil
}

// printable drops what could drive or reorder a terminal's line: these words come through a browser from anyone.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}

// randomValue has 256 bits and the alphabet that state and code_verifier allow (RFC 7636 §4.1: 43 characters).
func randomValue() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}
