// Random ids of things that are looked up and not opened.

package seal

import "crypto/rand"

// RandomID is prefix and 22 characters of base64url: 128 random bits.
func RandomID(prefix string) string {
	id := random128()
	return prefix + encode(id[:])
}

// random128 reads the system's random source, which never fails (Go 1.24): the
// program ends instead.
func random128() (b [16]byte) {
	_, _ = rand.Read(b[:])
	return b
}
