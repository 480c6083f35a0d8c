package oauth

// Scopes, RFC 6749 §3.3.

import (
	"slices"
	"strings"
)

// Limits of one scope parameter. Beyond them the request is not a mistake.
const (
	maxScopeBytes = 64 << 10
	maxScopes     = 1000
)

// ScopeOfflineAccess is accepted from every client and never granted: the
// grant types decide about refresh tokens.
const ScopeOfflineAccess = "offline_access"

// Scopes is a list of scope tokens without repetition, in the order asked for.
type Scopes []string

// ParseScope splits a scope parameter. Repeated tokens count once, additional
// spaces are ignored, an empty value is no scope at all. The error is an
// [*Error] with [InvalidScope].
func ParseScope(s string) (Scopes, error) {
	if len(s) > maxScopeBytes {
		return nil, errScopeLong()
	}
	var list Scopes
	seen := map[string]struct{}{}
	for token := range strings.SplitSeq(s, " ") {
		if token == "" {
			continue
		}
		if !IsScopeToken(token) {
			return nil, E(InvalidScope, "scope_malformed",
				"The scope contains a character that RFC 6749 section 3.3 does not allow.")
		}
		if _, again := seen[token]; again {
			continue
		}
		if len(list) == maxScopes {
			return nil, errScopeLong()
		}
		seen[token] = struct{}{}
		list = append(list, token)
	}
	return list, nil
}

func errScopeLong() *Error {
	return E(InvalidScope, "scope_too_long", "The scope is longer than 64 KB or has more than 1000 parts.")
}

// IsScopeToken is scope-token of RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E.
func IsScopeToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// String joins the tokens with single spaces, the form of the wire.
func (s Scopes) String() string { return strings.Join(s, " ") }

// Contains reports whether token is in s.
func (s Scopes) Contains(token string) bool { return slices.Contains(s, token) }

// Intersect returns the tokens of s that are also in other, in the order of s.
func (s Scopes) Intersect(other Scopes) Scopes {
	in := make(map[string]struct{}, len(other))
	for _, token := range other {
		in[token] = struct{}{}
	}
	var both Scopes
	for _, token := range s {
		if _, ok := in[token]; ok {
			both = append(both, token)
		}
	}
	return both
}

// Equal reports whether s and other are the same set; order does not matter,
// since clients build the list from maps.
func (s Scopes) Equal(other Scopes) bool {
	return len(s) == len(other) && len(s.Intersect(other)) == len(s)
}
