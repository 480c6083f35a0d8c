// The ring of master secrets, and the one place where keys are derived.

package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"
)

// MinSecretLength is the least number of characters of a master secret.
const MinSecretLength = 32

// ErrNotOurs is the answer to whatever does not open. It says no more: why a
// value is refused would help only its forger.
var ErrNotOurs = errors.New("seal: not a value of this server for this purpose")

// Ring is the master secrets: the first seals, all open. Make one with [NewRing].
type Ring struct {
	masters []*master // pointers, so that fmt prints addresses and not secrets
}

// master is the pseudorandom key that HKDF extracted from one secret.
type master struct{ prk []byte }

// extractSalt separates these keys from those of any other program that is given
// the same secret.
const extractSalt = "symbolon seal v1"

// NewRing makes the ring of these secrets, in this order. White space around a
// secret does not count. It fails if there is none, if one has fewer than
// [MinSecretLength] characters or if one appears twice; the error names the
// position, never the secret.
func NewRing(secrets ...string) (*Ring, error) {
	if len(secrets) == 0 {
		return nil, fmt.Errorf("no master secret: %s", secretAdvice)
	}
	ring, seen := &Ring{}, make([]string, 0, len(secrets))
	for i, secret := range secrets {
		secret = strings.TrimSpace(secret)
		if n := utf8.RuneCountInString(secret); n < MinSecretLength {
			return nil, fmt.Errorf("master secret %d of %d has %d characters, at least %d are needed: %s",
				i+1, len(secrets), n, MinSecretLength, secretAdvice)
		}
		if first := slices.Index(seen, secret); first >= 0 {
			return nil, fmt.Errorf("master secrets %d and %d are the same: remove one of them", first+1, i+1)
		}
		m, err := newMaster([]byte(secret))
		if err != nil {
			return nil, fmt.Errorf("master secret %d of %d: %w", i+1, len(secrets), err)
		}
		seen, ring.masters = append(seen, secret), append(ring.masters, m)
	}
	return ring, nil
}

const secretAdvice = "make one with `openssl rand -base64 48`, one secret a line, the newest first"

func newMaster(secret []byte) (*master, error) {
	prk, err := hkdf.Extract(sha256.New, secret, []byte(extractSalt))
	if err != nil {
		return nil, err
	}
	return &master{prk}, nil
}

// derive gives the 32-byte key of one purpose for one use ("box" or "mac"). The
// use is part of the key because the same bytes must never serve two algorithms.
func (m *master) derive(use string, p Purpose) []byte {
	if p.name == "" {
		panic("seal: the zero Purpose seals nothing; use one of the Purpose variables")
	}
	key, err := hkdf.Expand(sha256.New, m.prk, use+"/"+p.name, 32)
	if err != nil {
		panic("seal: derive a key: " + err.Error()) // only for lengths over 255 hashes
	}
	return key
}

// String hides the secrets from fmt.
func (r *Ring) String() string { return "[sealed]" }

// GoString hides the secrets from fmt's %#v.
func (r *Ring) GoString() string { return "[sealed]" }

// LogValue hides the secrets from slog.
func (r *Ring) LogValue() slog.Value { return slog.StringValue("[sealed]") }
