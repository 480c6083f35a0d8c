package clientassert

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Expect is what an assertion has to agree with.
type Expect struct {
	ClientID string // of the client that the keys belong to
	// Audiences are the issuer whose endpoint was called and that issuer's
	// token endpoint, as the metadata spells them. RFC 7523 §3 suggests the
	// endpoint and its successor the issuer; clients in the wild do either.
	Audiences []string
	Keys      jose.JSONWebKeySet // of the client, from package jwks
	Now       time.Time
}

var (
	errOtherClient = errors.New("the assertion is another client's")
	errSignature   = errors.New("no key of the client with this kid and alg made the signature")
)

// Verify proves the assertion. The client is authenticated once the returned
// Once has been consumed; the store remembers it for as long as the assertion
// would otherwise be accepted.
//
// Until the signature holds, the refusal says nothing. After that its sender is
// the client, who may know what is wrong.
func (a *Assertion) Verify(e Expect) (store.Once, *oauth.Error) {
	if a.claims.subject != e.ClientID {
		return store.Once{}, unproven(errOtherClient)
	}
	if !a.signedBy(e.Keys) {
		return store.Once{}, unproven(errSignature)
	}
	if err := a.claims.judge(e.Audiences, e.Now); err != nil {
		return store.Once{}, oauth.E(oauth.InvalidClient, "assertion_invalid", "The client assertion is refused: "+err.Error()+".")
	}
	return store.Once{
		Namespace: namespace(e.ClientID),
		ID:        a.claims.id,
		Exp:       a.claims.expires.Add(Skew),
	}, nil
}

// signedBy tries the keys that the header allows: the one it names, or, if it
// names none, each of the client's few.
func (a *Assertion) signedBy(keys jose.JSONWebKeySet) bool {
	signed, err := jose.ParseSignedCompact(a.raw, []jose.SignatureAlgorithm{a.alg})
	if err != nil {
		return false
	}
	for _, key := range keys.Keys {
		if a.kid != "" && key.KeyID != a.kid || key.Algorithm != "" && key.Algorithm != string(a.alg) || !key.IsPublic() {
			continue
		}
		if _, err := signed.Verify(key.Key); err == nil {
			return true
		}
	}
	return false
}

// namespace keeps the jti of different clients apart at a fixed length.
func namespace(clientID string) string {
	sum := sha256.Sum256([]byte(clientID))
	return "assertion:" + base64.RawURLEncoding.EncodeToString(sum[:])
}
