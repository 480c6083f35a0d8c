package keys

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// MaxToken bounds a token, in bytes: more than any header field that carries
// one passes.
const MaxToken = 16 << 10

// ErrToken means that a string is not a token that this server signed with a
// key that is still published, for this use. Whoever sent it learns no more;
// what wraps it is for the operator.
var ErrToken = errors.New("keys: not a token of this server")

var (
	errTokenLong      = fmt.Errorf("%w: longer than 16 KB", ErrToken)
	errTokenParts     = fmt.Errorf("%w: not three parts", ErrToken)
	errTokenHeader    = fmt.Errorf("%w: the header is of no published key", ErrToken)
	errTokenType      = fmt.Errorf("%w: a token for another use (typ)", ErrToken)
	errTokenEncoding  = fmt.Errorf("%w: not canonical base64url", ErrToken)
	errTokenSignature = fmt.Errorf("%w: the signature does not hold", ErrToken)
)

// Verify returns the claims of a token of this typ that one of the published
// keys signed. It says nothing about iss, aud and exp: the caller knows which it
// wants. Any failure is [ErrToken], found without work that grows with what was
// sent.
func (m *Manager) Verify(token, typ string) (payload []byte, err error) {
	if len(token) > MaxToken {
		return nil, errTokenLong
	}
	if strings.Count(token, ".") != 2 { // five parts are a JWE, RFC 7516 §9
		return nil, errTokenParts
	}
	header, rest, _ := strings.Cut(token, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	found, ok := m.keys().headers[header]
	switch {
	case !ok:
		return nil, errTokenHeader
	case found.typ != typ:
		return nil, errTokenType
	case !canonical(claims) || !canonical(signature):
		return nil, errTokenEncoding
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(found.key.alg)})
	if err != nil {
		return nil, errTokenEncoding
	}
	if payload, err = jws.Verify(found.key.public.Key); err != nil {
		return nil, errTokenSignature
	}
	return payload, nil
}

// canonical refuses a second spelling of the same bytes: line breaks, which
// Go's decoder skips, and stray bits at the end.
func canonical(part string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && base64.RawURLEncoding.EncodeToString(raw) == part
}
