package clientassert

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Limits of claims.
const (
	// MaxLifetime is how far ahead exp may lie: it bounds how long used
	// assertions have to be remembered.
	MaxLifetime = 5 * time.Minute
	// Skew is how far the clocks of client and server may differ.
	Skew      = 60 * time.Second
	maxJTI    = 256  // bytes
	maxClient = 2048 // bytes; as for client ids that are URLs
)

// claims of an assertion (RFC 7523 §3), as it states them.
type claims struct {
	issuer, subject, id string
	audience            string // "" if aud is not one string
	expires             time.Time
	issuedAt, notBefore time.Time // zero: not stated
}

var (
	errClaims  = errors.New("the payload is not a JSON object with the strings iss and sub")
	errSubject = errors.New("iss and sub must both be the client_id")
	errTime    = errors.New("exp must be a number of seconds since 1970, and so must iat and nbf if they are there")
	errJTI     = errors.New("jti must be a string of 1 to 256 bytes without control characters")
)

// readClaims checks types only; [Assertion.Verify] judges the values.
func readClaims(payload []byte) (claims, error) {
	object, err := oauth.StrictObject(payload, maxDepth)
	if err != nil {
		return claims{}, errClaims
	}
	var c claims
	if !text(object["iss"], &c.issuer) || !text(object["sub"], &c.subject) {
		return claims{}, errClaims
	}
	if c.issuer != c.subject || c.subject == "" || len(c.subject) > maxClient {
		return claims{}, errSubject
	}
	if !text(object["jti"], &c.id) || c.id == "" || len(c.id) > maxJTI || strings.ContainsFunc(c.id, control) {
		return claims{}, errJTI
	}
	// What an array of audiences means is a matter of opinion, and has been an
	// attack; that it is one is said after the signature.
	if !text(object["aud"], &c.audience) {
		c.audience = ""
	}
	return c, c.readTimes(object)
}

func (c *claims) readTimes(object map[string]json.RawMessage) error {
	if !numericDate(object["exp"], &c.expires) {
		return errTime
	}
	for name, target := range map[string]*time.Time{"iat": &c.issuedAt, "nbf": &c.notBefore} {
		if raw, ok := object[name]; ok && !numericDate(raw, target) {
			return errTime
		}
	}
	return nil
}

func text(raw json.RawMessage, target *string) bool {
	return len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, target) == nil
}

func control(r rune) bool { return r < 0x20 || r == 0x7f }

// numericDate reads RFC 7519 §2: seconds, possibly with a fraction. Years after
// 9999 are no dates.
func numericDate(raw json.RawMessage, target *time.Time) bool {
	var seconds float64
	if len(raw) == 0 || raw[0] == 'n' || json.Unmarshal(raw, &seconds) != nil {
		return false
	}
	if math.IsNaN(seconds) || seconds < 0 || seconds > 253402300799 {
		return false
	}
	*target = time.UnixMilli(int64(math.Round(seconds * 1000)))
	return true
}

var (
	errAudience = errors.New("aud must be one string: this issuer or this issuer's token endpoint")
	errExpired  = errors.New("exp has passed; compare the clock of the client")
	errFar      = errors.New("exp is more than 5 minutes ahead")
	errFuture   = errors.New("iat or nbf is in the future; compare the clock of the client")
	errOrder    = errors.New("iat or nbf is after exp")
)

// judge applies RFC 7523 §3 points 3 to 6.
func (c *claims) judge(audiences []string, now time.Time) error {
	latest := now.Add(Skew)
	switch {
	// Byte by byte: "https://a" and "https://a/" are two audiences.
	case c.audience == "" || !slices.Contains(audiences, c.audience):
		return errAudience
	case !now.Before(c.expires.Add(Skew)):
		return errExpired
	case c.expires.After(latest.Add(MaxLifetime)):
		return errFar
	case c.issuedAt.After(latest) || c.notBefore.After(latest):
		return errFuture
	case c.issuedAt.After(c.expires) || c.notBefore.After(c.expires):
		return errOrder
	}
	return nil
}
