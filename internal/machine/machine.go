// Package machine issues and checks machine tokens: what a company's backend
// presents at the user-details, introspection and management API.
//
// A machine token costs no database write. What it is worth is decided at each
// use, against the catalog snapshot: the API client must exist and be enabled,
// and it must still have the secret that bought the token: taking a secret away also
// ends the tokens that it bought.
package machine

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/seal"
)

// TokenType is the JWT typ of machine tokens: RFC 9068, as for user tokens; the
// audience tells them apart.
const TokenType = "at+jwt"

// Lifetime of a machine token. The SDKs keep theirs until the server says 401.
const Lifetime = time.Hour

// Keys signs and verifies; *keys.Manager is one.
type Keys interface {
	Sign(alg, typ string, claims any) (string, error)
	Verify(token, typ string) ([]byte, error)
}

// Tokens issues and checks machine tokens of one installation.
type Tokens struct {
	keys Keys
	base string
	now  func() time.Time
}

// New makes Tokens whose issuer is the base URL.
func New(keys Keys, baseURL string, now func() time.Time) *Tokens {
	return &Tokens{keys: keys, base: baseURL, now: now}
}

// claims of a machine token. ClientID equals Subject, as RFC 9068 §2.2 has it for
// tokens without a user.
type claims struct {
	Issuer     string   `json:"iss"`
	Subject    string   `json:"sub"`
	ClientID   string   `json:"client_id"`
	Audience   []string `json:"aud"`
	IssuedAt   int64    `json:"iat"`
	Expires    int64    `json:"exp"`
	ID         string   `json:"jti"`
	Generation string   `json:"secret_generation"`
}

// Issue makes a token for c, RS256 since the SDKs verify nothing else. secret is the hash
// of the secret that bought it: the token ends with that one, and no other.
func (t *Tokens) Issue(c *catalog.APIClient, secret []byte) (token string, err error) {
	now := t.now()
	return t.keys.Sign("RS256", TokenType, claims{
		Issuer: t.base, Subject: c.ID, ClientID: c.ID, Audience: []string{t.audience()},
		IssuedAt: now.Unix(), Expires: now.Add(Lifetime).Unix(),
		ID: seal.RandomID("tkn_"), Generation: generation(secret),
	})
}

func (t *Tokens) audience() string { return t.base + "/api/v1" }

// generation names a secret without telling anything about it.
func generation(secret []byte) string {
	sum := sha256.Sum256(append([]byte("secret generation "), secret...))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// current reports whether c still has the secret of that generation.
func current(c *catalog.APIClient, bought string) bool {
	is := 0
	for _, secret := range c.SecretHashes() {
		is |= subtle.ConstantTimeCompare([]byte(generation(secret)), []byte(bought))
	}
	return is == 1
}

// Reasons of Caller, as attempts name them.
const (
	ReasonMissing = "bearer_missing"
	ReasonInvalid = "bearer_invalid"
	ReasonExpired = "bearer_expired"
)

// Caller finds the API client whose valid token is among bearers: one valid token
// is enough, since the Python SDK sends the old one along. The reason is "" on
// success.
func (t *Tokens) Caller(snap *catalog.Snapshot, bearers []string) (caller *catalog.APIClient, reason string) {
	reason = ReasonMissing
	for _, bearer := range bearers {
		c, why := t.check(snap, bearer)
		if c != nil {
			return c, ""
		}
		reason = why
	}
	return nil, reason
}

func (t *Tokens) check(snap *catalog.Snapshot, bearer string) (*catalog.APIClient, string) {
	payload, err := t.keys.Verify(bearer, TokenType)
	if err != nil {
		return nil, ReasonInvalid
	}
	var got claims
	if err := json.Unmarshal(payload, &got); err != nil {
		return nil, ReasonInvalid
	}
	if got.Issuer != t.base || got.Subject != got.ClientID || !slices.Equal(got.Audience, []string{t.audience()}) {
		return nil, ReasonInvalid // a user's token, or one for an MCP server
	}
	if !t.now().Before(time.Unix(got.Expires, 0)) {
		return nil, ReasonExpired
	}
	c, ok := snap.APIClient(got.ClientID)
	if !ok || c.Disabled || !current(c, got.Generation) {
		return nil, ReasonInvalid
	}
	return c, ""
}
