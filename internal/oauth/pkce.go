package oauth

// Proof Key for Code Exchange, RFC 7636: S256 and nothing else.

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// ChallengeMethodS256 is the only code_challenge_method (OAuth 2.1 §4.1.1).
const ChallengeMethodS256 = "S256"

// A Challenge is a valid S256 code challenge. The zero value verifies nothing.
type Challenge string

// ParseChallenge takes the parameters code_challenge and code_challenge_method.
// Both are required: RFC 7636 §4.3 reads an omitted method as "plain", which
// is refused.
func ParseChallenge(challenge, method string) (Challenge, *Error) {
	switch {
	case challenge == "":
		return "", E(InvalidRequest, "code_challenge_missing", "The parameter code_challenge is required (RFC 7636).")
	case method != ChallengeMethodS256:
		return "", E(InvalidRequest, "code_challenge_method_not_s256", "The parameter code_challenge_method must be S256.")
	case !isSHA256Base64(challenge):
		return "", E(InvalidRequest, "code_challenge_invalid",
			"The parameter code_challenge must be the SHA-256 of the verifier in unpadded base64url, 43 characters.")
	}
	return Challenge(challenge), nil
}

// ChallengeOf is the S256 challenge of a verifier.
func ChallengeOf(verifier string) Challenge {
	sum := sha256.Sum256([]byte(verifier))
	return Challenge(base64.RawURLEncoding.EncodeToString(sum[:]))
}

// Verify reports whether verifier is well-formed and belongs to c. It takes
// the same time for every well-formed verifier.
func (c Challenge) Verify(verifier string) bool {
	if c == "" || !isVerifier(verifier) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(ChallengeOf(verifier)), []byte(c)) == 1
}

// isVerifier is the grammar of RFC 7636 §4.1.
func isVerifier(s string) bool {
	if len(s) < 43 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case isAlphanumeric(c), c == '-', c == '.', c == '_', c == '~':
		default:
			return false
		}
	}
	return true
}

// isSHA256Base64 asks for the one canonical encoding of 32 bytes. The decoder
// skips line breaks, but then 43 characters no longer yield 32 bytes.
func isSHA256Base64(s string) bool {
	if len(s) != 43 {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == sha256.Size
}
