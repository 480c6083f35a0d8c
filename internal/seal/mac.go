// MAC: values that may be seen but must be ours.

package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
)

// MACSize is the length of a full tag in bytes, MinMACSize that of the shortest
// that [MAC.Verify] accepts.
const (
	MACSize    = sha256.Size
	MinMACSize = 16
)

// MAC proves values of one purpose with HMAC-SHA-256 (RFC 2104).
type MAC struct{ keys []*macKey } // as in the ring: the first seals

// MAC gives the MAC of a purpose. Deriving costs more than summing: keep it.
func (r *Ring) MAC(p Purpose) *MAC {
	m := &MAC{keys: make([]*macKey, 0, len(r.masters))}
	for _, master := range r.masters {
		m.keys = append(m.keys, master.macKey(p))
	}
	return m
}

// Sum is the tag of msg in this context under the ring's first secret,
// [MACSize] bytes. Where space matters it may be cut to [MinMACSize] bytes.
func (m *MAC) Sum(msg []byte, context ...string) []byte {
	return m.keys[0].sum(msg, context...)
}

// Verify reports whether tag is the tag of msg in this context under any secret
// of the ring. A tag cut to [MinMACSize] bytes or more counts, so the caller's
// format must fix the length: otherwise one value has several spellings. The time
// it takes depends on lengths alone, not on which secret or byte differs.
func (m *MAC) Verify(tag, msg []byte, context ...string) bool {
	return m.verify(tag, msg, context...) >= 0
}

// verify gives the position in the ring of the secret that made tag, or -1. It
// always tries every secret.
func (m *MAC) verify(tag, msg []byte, context ...string) int {
	if len(tag) < MinMACSize || len(tag) > MACSize {
		return -1
	}
	by := -1
	for i, key := range m.keys {
		equal := subtle.ConstantTimeCompare(tag, key.sum(msg, context...)[:len(tag)])
		by = subtle.ConstantTimeSelect(equal, i, by)
	}
	return by
}

// macKey is the key of one purpose under one secret.
type macKey struct{ key []byte }

func (m *master) macKey(p Purpose) *macKey { return &macKey{m.derive("mac", p)} }

// sum frames the message like one more part of the context, the last: its length
// is in front of it, so no byte can move between context and message.
func (k *macKey) sum(msg []byte, context ...string) []byte {
	mac := hmac.New(sha256.New, k.key)
	mac.Write(frame(append(slices.Clip(context), string(msg))))
	return mac.Sum(nil)
}
