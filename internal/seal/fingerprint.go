// Names of secrets, for people and for the database.

package seal

import (
	"encoding/base32"
	"slices"
	"strings"
)

// fingerprintSize is enough to tell the secrets of one operator apart, and to type.
const fingerprintSize = 5

// Fingerprints name the secrets of the ring in its order: 8 characters each, derived
// like any key, so that who knows one is no nearer to the secret.
func (r *Ring) Fingerprints() []string {
	names := make([]string, len(r.masters))
	for i, m := range r.masters {
		names[i] = strings.ToLower(base32.StdEncoding.EncodeToString(m.derive("name", PurposeFingerprint)[:fingerprintSize]))
	}
	return names
}

// Without is the ring without the secrets of these fingerprints, nil if none is left.
func (r *Ring) Without(fingerprints []string) *Ring {
	left := &Ring{}
	for i, name := range r.Fingerprints() {
		if !slices.Contains(fingerprints, name) {
			left.masters = append(left.masters, r.masters[i])
		}
	}
	if len(left.masters) == 0 {
		return nil
	}
	return left
}
