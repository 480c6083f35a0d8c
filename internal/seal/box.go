// Box: values whose content must stay hidden.

package seal

import (
	"crypto/cipher"
	"crypto/rand"

	"golang.org/x/crypto/chacha20poly1305"
)

// Box hides and proves values of one purpose with XChaCha20-Poly1305. Its
// 192-bit random nonce needs no counter shared between nodes.
type Box struct{ aeads []cipher.AEAD } // as in the ring: the first seals

// Box gives the box of a purpose. Deriving costs more than sealing: keep it.
func (r *Ring) Box(p Purpose) *Box {
	b := &Box{aeads: make([]cipher.AEAD, 0, len(r.masters))}
	for _, m := range r.masters {
		aead, err := chacha20poly1305.NewX(m.derive("box", p))
		if err != nil {
			panic("seal: " + err.Error()) // only for a key that is not 32 bytes
		}
		b.aeads = append(b.aeads, aead)
	}
	return b
}

// Seal hides plain and binds it to the context, in base64url. Sealing twice gives
// two values. The length of plain shows in the length of the result.
func (b *Box) Seal(plain []byte, context ...string) string {
	aead := b.aeads[0]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (Go 1.24): the program ends instead
	return encode(aead.Seal(nonce, nonce, plain, frame(context)))
}

// Open gives back what Seal hid under any secret of the ring. The context must be
// the same, part for part. Any failure is [ErrNotOurs].
func (b *Box) Open(sealed string, context ...string) ([]byte, error) {
	plain, _, err := b.open(sealed, context)
	return plain, err
}

// Reseal brings a stored value under the ring's first secret and says whether it
// had to: once nothing changes any more, the older secrets can be removed. What
// is sealed under the first already comes back as it is.
func (b *Box) Reseal(sealed string, context ...string) (current string, changed bool, err error) {
	plain, by, err := b.open(sealed, context)
	if err != nil {
		return "", false, err
	}
	if by == 0 {
		return sealed, false, nil
	}
	return b.Seal(plain, context...), true, nil
}

// Under says which secret of the ring sealed a stored value: its position. Any
// failure is [ErrNotOurs].
func (b *Box) Under(sealed string, context ...string) (position int, err error) {
	_, position, err = b.open(sealed, context)
	return position, err
}

// open also says which secret of the ring opened.
func (b *Box) open(sealed string, context []string) (plain []byte, by int, err error) {
	raw, err := decode(sealed)
	if err != nil || len(raw) < chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead {
		return nil, 0, ErrNotOurs
	}
	nonce, hidden := raw[:chacha20poly1305.NonceSizeX], raw[chacha20poly1305.NonceSizeX:]
	bound := frame(context)
	for i, aead := range b.aeads {
		if plain, err := aead.Open(nil, nonce, hidden, bound); err == nil {
			return plain, i, nil
		}
	}
	return nil, 0, ErrNotOurs
}
