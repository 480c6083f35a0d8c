// Encodings with exactly one spelling: text, contexts and times.

package seal

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

// encode is unpadded base64url (RFC 4648 §5).
func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode opens what encode made, and nothing else: Go's decoder skips CR and LF
// and by default ignores non-zero trailing bits, so the result is encoded again
// and compared.
func decode(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || encode(b) != s {
		return nil, ErrNotOurs
	}
	return b, nil
}

// decodePrefixed takes the prefix off and decodes the rest, which must have
// exactly size bytes. The length is compared first: a megabyte of nonsense costs
// no decoding.
func decodePrefixed(s, prefix string, size int) ([]byte, error) {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(rest) != base64.RawURLEncoding.EncodedLen(size) {
		return nil, ErrNotOurs
	}
	return decode(rest)
}

// frame joins parts so that no two lists of parts give the same bytes: each is
// preceded by its length, 8 bytes big endian.
func frame(parts []string) []byte {
	size := 8 * len(parts)
	for _, part := range parts {
		size += len(part)
	}
	framed := make([]byte, 0, size)
	for _, part := range parts {
		framed = binary.BigEndian.AppendUint64(framed, uint64(len(part)))
		framed = append(framed, part...)
	}
	return framed
}

// timeSize is the width of a time: milliseconds since 1970 as a signed 48-bit
// number, good for some 4,400 years either way.
const timeSize = 6

func appendTime(b []byte, at time.Time) []byte {
	var wide [8]byte
	binary.BigEndian.PutUint64(wide[:], uint64(at.UnixMilli()))
	return append(b, wide[8-timeSize:]...)
}

// parseTime reads the timeSize bytes that appendTime wrote.
func parseTime(b []byte) time.Time {
	var wide [8]byte
	copy(wide[:], b[:timeSize])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(wide[:])) >> 16).UTC()
}
