// Keys that are not derived from the ring but drawn, and kept in the database.

package seal

import (
	"crypto/rand"
	"errors"
	"log/slog"
)

// Key is a random 256-bit key with a life of its own, such as the registration
// key: dynamic clients outlive every rotation of the ring, since their ids are
// proven by a Key. It is stored in a [Box] and retired by command alone.
type Key struct{ ring *Ring }

// keySize is the length of a key in bytes.
const keySize = 32

// NewKey draws a key. The second result is what to put into the Box, and what
// [ParseKey] reads.
func NewKey() (Key, []byte) {
	raw := make([]byte, keySize)
	_, _ = rand.Read(raw) // never fails (Go 1.24): the program ends instead
	key, err := ParseKey(raw)
	if err != nil {
		panic("seal: " + err.Error()) // only if HKDF refuses its input
	}
	return key, raw
}

// ParseKey reads the bytes that [NewKey] gave. It fails if there are not 32.
func ParseKey(raw []byte) (Key, error) {
	if len(raw) != keySize {
		return Key{}, errors.New("seal: a key has 32 bytes")
	}
	m, err := newMaster(raw)
	if err != nil {
		return Key{}, err
	}
	return Key{&Ring{masters: []*master{m}}}, nil
}

// MAC is like [Ring.MAC] under this key alone.
func (k Key) MAC(p Purpose) *MAC { return k.ring.MAC(p) }

// String hides the key from fmt.
func (k Key) String() string { return "[sealed]" }

// GoString hides the key from fmt's %#v.
func (k Key) GoString() string { return "[sealed]" }

// LogValue hides the key from slog.
func (k Key) LogValue() slog.Value { return slog.StringValue("[sealed]") }
