package doctor

// The access token, read and checked as the MCP server would.

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// verifiable are the algorithms that an MCP server can verify with published keys.
var verifiable = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

func (e *examination) examineAccessToken(ctx context.Context, token string) {
	at := e.report.Issuer
	if strings.Count(token, ".") != 2 {
		e.find("D702", at, "")
		return
	}
	parsed, err := jwt.ParseSigned(token, verifiable)
	if err != nil {
		e.find("D703", at, "its algorithm is none that a published key could verify")
		return
	}
	var claims jwt.Claims
	if !e.check("D703", at, e.verify(ctx, parsed, &claims), "no key of the key set with kid %q verifies it", parsed.Headers[0].KeyID) {
		return
	}
	e.examineClaims(claims, at)
	if typ, _ := parsed.Headers[0].ExtraHeaders[jose.HeaderType].(string); !strings.EqualFold(strings.TrimPrefix(strings.ToLower(typ), "application/"), "at+jwt") {
		e.find("D706", at, "it is %q", typ)
	}
}

func (e *examination) verify(ctx context.Context, token *jwt.JSONWebToken, claims *jwt.Claims) bool {
	var set jose.JSONWebKeySet
	if r := e.ask(ctx, text(e.server, "jwks_uri")); r.Err != nil || json.Unmarshal(r.Body, &set) != nil {
		return false
	}
	return slices.ContainsFunc(set.Keys, func(k jose.JSONWebKey) bool {
		return (token.Headers[0].KeyID == "" || k.KeyID == token.Headers[0].KeyID) && token.Claims(k.Public(), claims) == nil
	})
}

func (e *examination) examineClaims(claims jwt.Claims, at string) {
	e.check("D705", at, claims.Issuer == text(e.server, "issuer"), "iss is %q", claims.Issuer)
	e.check("D704", at, e.audience(claims.Audience), "aud is %s", strings.Join(claims.Audience, ", "))
	now := e.options.Now()
	if claims.Expiry == nil || !now.Before(claims.Expiry.Time()) {
		e.find("D714", at, "")
		return
	}
	lifetime := claims.Expiry.Time().Sub(now)
	e.check("D707", at, lifetime <= dayLong, "it ends in %s", lifetime.Round(time.Minute))
}

// audience: some aud is the MCP server.
func (e *examination) audience(aud []string) bool {
	want, err := oauth.CanonicalResource(text(e.resource, "resource"))
	return err == nil && slices.ContainsFunc(aud, func(a string) bool {
		got, err := oauth.CanonicalResource(a)
		return err == nil && got == want
	})
}
