// Refresh tokens.

package seal

import "encoding/binary"

const refreshPrefix = "syr_"

// A refresh token is family ‖ generation ‖ tag, 36 bytes or 48 characters.
const refreshBodySize = 16 + 4

// Refresh makes and opens refresh tokens (RFC 6749 §1.5).
//
// A token is syr_ and 48 characters: the family, the generation and a 128-bit
// tag. It is computed, not drawn: repeating a rotation whose answer was lost
// gives the same successor, and the database keeps no secret and no digest.
type Refresh struct{ mac *MAC }

// NewRefresh derives the keys of the ring's secrets.
func NewRefresh(r *Ring) *Refresh { return &Refresh{r.MAC(PurposeRefresh)} }

// NewFamily is the id of a new family: 128 random bits. It belongs in its row
// and its tokens and nowhere else.
func NewFamily() [16]byte { return random128() }

// Token is the family's token of this generation for this client in this epoch,
// under the ring's first secret.
func (t *Refresh) Token(family [16]byte, generation uint32, epoch, clientID string) string {
	body := binary.BigEndian.AppendUint32(family[:], generation)
	tag := t.mac.Sum(body, epoch, clientID)
	return refreshPrefix + encode(append(body, tag[:MinMACSize]...))
}

// Open gives the family and generation of a token under any secret of the ring.
// Any failure, another client or epoch included, is [ErrNotOurs].
func (t *Refresh) Open(token, epoch, clientID string) (family [16]byte, generation uint32, err error) {
	raw, err := decodePrefixed(token, refreshPrefix, refreshBodySize+MinMACSize)
	if err != nil {
		return family, 0, err
	}
	body := raw[:refreshBodySize]
	if !t.mac.Verify(raw[refreshBodySize:], body, epoch, clientID) {
		return family, 0, ErrNotOurs
	}
	return [16]byte(body), binary.BigEndian.Uint32(body[16:]), nil
}
