// Authorization codes.

package seal

const codePrefix = "syc_"

// Codes makes and opens authorization codes (RFC 6749 §4.1.2).
//
// A code is syc_ and 43 characters: a random 128-bit id and a 128-bit tag. The
// database knows the id alone, so reading it redeems nothing, and a code with a
// wrong tag is refused before the database is asked.
type Codes struct{ mac *MAC }

// NewCodes derives the keys of the ring's secrets.
func NewCodes(r *Ring) *Codes { return &Codes{r.MAC(PurposeCode)} }

// New is a fresh code for this client in this epoch, and the id of its row: 22
// characters, from which the code cannot be computed.
func (c *Codes) New(epoch, clientID string) (code, id string) {
	raw := random128()
	tag := c.mac.Sum(raw[:], epoch, clientID)
	return codePrefix + encode(append(raw[:], tag[:MinMACSize]...)), encode(raw[:])
}

// Open gives the id of the row that says what the code is good for. Any failure,
// another client or epoch included, is [ErrNotOurs].
func (c *Codes) Open(code, epoch, clientID string) (id string, err error) {
	raw, err := decodePrefixed(code, codePrefix, 16+MinMACSize)
	if err != nil {
		return "", err
	}
	if !c.mac.Verify(raw[16:], raw[:16], epoch, clientID) {
		return "", ErrNotOurs
	}
	return encode(raw[:16]), nil
}
