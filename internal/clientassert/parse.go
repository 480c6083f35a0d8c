package clientassert

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/jwks"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// MaxSize bounds an assertion, in bytes. The largest in the wild have 1 KB.
const MaxSize = 16 << 10

const maxDepth = 8

// An Assertion is well-formed and unproven.
type Assertion struct {
	raw    string
	alg    jose.SignatureAlgorithm
	kid    string
	claims claims
}

// ClientID is the client that the assertion claims to be from.
func (a *Assertion) ClientID() string { return a.claims.subject }

// KeyID names the key that signed, "" if the assertion does not say.
func (a *Assertion) KeyID() string { return a.kid }

var (
	errType     = errors.New("client_assertion_type is not " + oauth.AssertionTypeJWT)
	errSize     = errors.New("the assertion is larger than 16 KB")
	errParts    = errors.New("the assertion has not three parts: it is no signed JWT (a JWE has five)")
	errEncoding = errors.New("a part of the assertion is not canonical base64url")
	errHeader   = errors.New("the header is not a JSON object with the strings alg, and typ and kid if any")
	errAlg      = errors.New("alg is none of RS256, PS256, ES256 and EdDSA")
	errTyp      = errors.New("typ is that of an access token")
	errCrit     = errors.New("the header has crit or b64, which are not understood here")
	errKeyID    = errors.New("kid is longer than 256 bytes")
)

// Parse reads the parameters client_assertion_type and client_assertion. Its
// work is linear in at most [MaxSize] bytes and involves no key.
func Parse(assertionType, assertion string) (*Assertion, *oauth.Error) {
	a := &Assertion{raw: assertion}
	if assertionType != oauth.AssertionTypeJWT {
		return nil, unproven(errType)
	}
	header, payload, err := split(assertion)
	if err == nil {
		err = a.readHeader(header)
	}
	if err == nil {
		a.claims, err = readClaims(payload)
	}
	if err != nil {
		return nil, unproven(err)
	}
	return a, nil
}

// split decodes header and payload. Every part must be spelled in the one
// canonical way, so that an assertion has no second form.
func split(assertion string) (header, payload []byte, err error) {
	if len(assertion) > MaxSize {
		return nil, nil, errSize
	}
	if strings.Count(assertion, ".") != 2 {
		return nil, nil, errParts
	}
	parts := strings.Split(assertion, ".")
	var decoded [3][]byte
	for i, part := range parts {
		decoded[i], err = base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(decoded[i]) == 0 || base64.RawURLEncoding.EncodeToString(decoded[i]) != part {
			return nil, nil, errEncoding
		}
	}
	return decoded[0], decoded[1], nil
}

// readHeader takes alg, typ and kid. Keys and addresses of keys in the header
// (jwk, jku, x5c, x5u) are never looked at: they would let an assertion bring
// its own proof (RFC 8725 §3.10).
func (a *Assertion) readHeader(header []byte) error {
	object, err := oauth.StrictObject(header, maxDepth)
	if err != nil {
		return errHeader
	}
	var alg, typ string
	for name, target := range map[string]*string{"alg": &alg, "typ": &typ, "kid": &a.kid} {
		if raw, ok := object[name]; ok && (string(raw) == "null" || json.Unmarshal(raw, target) != nil) {
			return errHeader
		}
	}
	a.alg = jose.SignatureAlgorithm(alg)
	_, crit := object["crit"]
	_, b64 := object["b64"]
	switch {
	case !slices.Contains(jwks.Algorithms, a.alg): // exact: "None" is no algorithm either
		return errAlg
	case accessToken(typ):
		return errTyp
	case crit || b64:
		return errCrit
	case len(a.kid) > jwks.MaxKeyID:
		return errKeyID
	}
	return nil
}

// accessToken recognizes RFC 9068 §2.1. Clients put JWT, client-authentication+jwt
// or nothing into typ; an access token that some server issued to a client must
// not pass for that client's own word.
func accessToken(typ string) bool {
	typ = strings.ToLower(typ)
	return strings.TrimPrefix(typ, "application/") == "at+jwt"
}

// unproven refuses before the signature was verified: the answer is the same
// for everything, and only the operator learns why.
func unproven(cause error) *oauth.Error {
	return oauth.E(oauth.InvalidClient, "assertion_invalid", "The client is unknown or its authentication failed.").With(cause)
}
