// The access token, verified and taken apart for people to read. To a client it is opaque (RFC 9068 §6): nothing
// of the login depends on what is in it.
package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// AccessToken is a verified access token: header and claims as the server wrote them.
type AccessToken struct {
	Header, Claims json.RawMessage
}

// signingAlgorithms are those an authorization server for MCP may sign with: asymmetric ones only.
var signingAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// VerifyAccessToken checks signature, type, issuer, audience and time as the MCP server would (RFC 9068 §4) and
// returns what the token says. An empty issuer is the server's own.
func (c *Client) VerifyAccessToken(ctx context.Context, d Discovery, token Secret, issuer string) (AccessToken, error) {
	parsed, err := jwt.ParseSigned(string(token), signingAlgorithms)
	if err != nil {
		return AccessToken{}, errors.New("the access token is not a signed JWT with RS256, ES256 or EdDSA")
	}
	key, err := c.signingKey(ctx, d.Server.JWKSURI, parsed.Headers[0].KeyID)
	if err != nil {
		return AccessToken{}, err
	}
	var claims jwt.Claims
	if err := parsed.Claims(key, &claims); err != nil {
		return AccessToken{}, errors.New("the access token's signature does not verify with the key it names")
	}
	if issuer == "" {
		issuer = d.Server.Issuer
	}
	if err := c.expect(parsed, claims, issuer, d.Resource.Resource); err != nil {
		return AccessToken{}, err
	}
	return split(string(token))
}

func (c *Client) expect(token *jwt.JSONWebToken, claims jwt.Claims, issuer, resource string) error {
	typ, _ := token.Headers[0].ExtraHeaders[jose.HeaderType].(string)
	now := c.now()
	switch {
	case !strings.EqualFold(strings.TrimPrefix(strings.ToLower(typ), "application/"), "at+jwt"):
		return fmt.Errorf("the access token's typ is %q, expected at+jwt (RFC 9068 §2.1)", typ)
	case claims.Issuer != issuer:
		return fmt.Errorf("the access token's iss is %q, expected %q", claims.Issuer, issuer)
	case !slices.ContainsFunc(claims.Audience, func(aud string) bool { return sameResource(aud, resource) }):
		return fmt.Errorf("the access token's aud %q does not name %q (RFC 8707)", []string(claims.Audience), resource)
	case claims.Expiry == nil || !now.Before(claims.Expiry.Time()):
		return errors.New("the access token has expired")
	}
	return nil
}

func (c *Client) signingKey(ctx context.Context, jwksURI, kid string) (jose.JSONWebKey, error) {
	const step = "signing keys"
	req, err := getRequest(ctx, jwksURI)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	var set jose.JSONWebKeySet
	err = c.do(step, req, func(a answer) (string, error) {
		if err := a.decode(step, &set); err != nil {
			return "", err
		}
		if len(set.Key(kid)) == 0 {
			return "", fmt.Errorf("no key has the token's kid %q", printable(kid))
		}
		return fmt.Sprintf("%d keys, the token's among them", len(set.Keys)), nil
	})
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	return set.Key(kid)[0], nil
}

// split decodes the two readable parts of a compact JWS; the caller has verified it.
func split(token string) (AccessToken, error) {
	parts := strings.Split(token, ".")
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return AccessToken{}, err
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	return AccessToken{Header: header, Claims: claims}, err
}
