// Package jwks reads the key sets that OAuth clients publish to authenticate
// with private_key_jwt (RFC 7517, RFC 7523).
//
// Whoever publishes a set chooses how much work its keys make for the verifier,
// and may publish what should have stayed private. So a set is reduced to
// bounded public signature keys before anything else sees it.
package jwks

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Algorithms are those of client assertions: asymmetric only, so that a public
// key can never be taken for a shared secret (RFC 8725 §2.1, §3.1).
var Algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

// Bounds of a set.
const (
	MaxSize = 64 << 10 // bytes of the document
	// MaxKeys bounds the signatures that one assertion without kid can cost.
	MaxKeys    = 20
	MaxKeyID   = 256  // bytes of a kid
	minRSABits = 2048 // RFC 7518 §3.3; go-jose refuses more than 8192
	maxDepth   = 16
)

// The errors are sentences without subject and full stop: a stranger may read
// them, and nothing in them comes from the set.
var (
	ErrPrivate   = errors.New("contains a private or symmetric key: replace that key, it is no secret any more")
	errSize      = errors.New("is larger than 64 KB")
	errSyntax    = errors.New("is not a JSON object with an array of keys")
	errMany      = errors.New("has more than 20 keys")
	errMalformed = errors.New("has a malformed key")
	errRSABits   = errors.New("has an RSA key that is shorter than 2048 bits")
)

// Parse returns the keys of a set that can verify client assertions; there may
// be none. Keys for other uses, of other types and for other algorithms are left
// out (RFC 7517 §5). A key that gives away its private part refuses the whole
// set: its owner must hear of it.
func Parse(body []byte) (jose.JSONWebKeySet, error) {
	if len(body) > MaxSize {
		return jose.JSONWebKeySet{}, errSize
	}
	object, err := oauth.StrictObject(body, maxDepth)
	if err != nil {
		return jose.JSONWebKeySet{}, errSyntax
	}
	var entries []map[string]json.RawMessage
	if err := json.Unmarshal(object["keys"], &entries); err != nil || entries == nil {
		return jose.JSONWebKeySet{}, errSyntax
	}
	if len(entries) > MaxKeys {
		return jose.JSONWebKeySet{}, errMany
	}
	var set jose.JSONWebKeySet
	for _, entry := range entries {
		key, usable, err := parseKey(entry)
		if err != nil {
			return jose.JSONWebKeySet{}, err
		}
		if usable {
			set.Keys = append(set.Keys, key)
		}
	}
	return set, nil
}

// secretMembers are the members of RFC 7518 §6 and RFC 9964 that a public key
// does not have.
var secretMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// publicMembers are all that is read. Certificates in particular are not: they
// would be parsed at length and prove nothing here.
var publicMembers = []string{"kty", "crv", "n", "e", "x", "y", "kid", "use", "alg"}

func parseKey(entry map[string]json.RawMessage) (key jose.JSONWebKey, usable bool, err error) {
	for _, name := range secretMembers {
		if _, ok := entry[name]; ok {
			return key, false, ErrPrivate
		}
	}
	if text(entry["kty"]) == "oct" {
		return key, false, ErrPrivate
	}
	if !verifies(entry) {
		return key, false, nil
	}
	maps.DeleteFunc(entry, func(name string, _ json.RawMessage) bool { return !slices.Contains(publicMembers, name) })
	body, err := json.Marshal(entry)
	if err != nil || json.Unmarshal(body, &key) != nil || !key.Valid() || len(key.KeyID) > MaxKeyID {
		return key, false, errMalformed
	}
	if public, ok := key.Key.(*rsa.PublicKey); ok && public.N.BitLen() < minRSABits {
		return key, false, errRSABits
	}
	return key, true, nil
}

// verifies reports whether a key is meant for signatures of Algorithms.
func verifies(entry map[string]json.RawMessage) bool {
	if use := text(entry["use"]); use != "" && use != "sig" {
		return false
	}
	var operations []string
	if raw, ok := entry["key_ops"]; ok && (json.Unmarshal(raw, &operations) != nil || !slices.Contains(operations, "verify")) {
		return false
	}
	alg := jose.SignatureAlgorithm(text(entry["alg"]))
	switch text(entry["kty"]) + " " + text(entry["crv"]) {
	case "RSA ":
		return alg == "" || alg == jose.RS256 || alg == jose.PS256
	case "EC P-256":
		return alg == "" || alg == jose.ES256
	case "OKP Ed25519":
		return alg == "" || alg == jose.EdDSA
	}
	return false
}

// text is a JSON string, or "" if raw is anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
