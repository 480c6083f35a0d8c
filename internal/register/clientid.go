package register

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
)

const (
	// Prefix begins every dynamically issued client_id. A sub never does.
	Prefix = "dyn_"
	// MaxClientID is the length of the longest client_id that is issued: it has
	// to travel in URLs and cookies.
	MaxClientID = 900

	formatVersion = 1
	nonceSize     = 8
)

// IDs issues and opens client ids under the registration keys.
type IDs struct {
	keys    map[byte]idKey
	numbers []byte // in order
	baseURL string // context of every tag: an id is good for one installation
	now     func() time.Time
}

// Key is a registration key, and when it was made.
type Key struct {
	Key seal.Key
	At  time.Time
}

type idKey struct {
	id, secret *seal.MAC
	at         time.Time
}

// settled is how old a key is that issues: by then every server knows it, so that a
// client which registers at one is known to all. A server that did not learn of it
// within a second has stopped answering (see catalog.Lease).
const settled = 5 * time.Second

// NewIDs takes the registration keys by their numbers; the highest issues.
func NewIDs(keys map[byte]Key, baseURL string, now func() time.Time) (*IDs, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("register: there is no registration key")
	}
	ids := &IDs{keys: map[byte]idKey{}, numbers: slices.Sorted(maps.Keys(keys)), baseURL: baseURL, now: now}
	for number, k := range keys {
		ids.keys[number] = idKey{k.Key.MAC(seal.PurposeClientID), k.Key.MAC(seal.PurposeClientSecret), k.At}
	}
	return ids, nil
}

// issuing is the number of the key that issues: the highest that is settled, or the
// only one.
func (ids *IDs) issuing() byte {
	for _, number := range slices.Backward(ids.numbers) {
		if ids.now().Sub(ids.keys[number].at) >= settled {
			return number
		}
	}
	return ids.numbers[0]
}

// Prefixes begin the ids of all clients that were registered under a key, and of none
// else: version and number of the key stand first in them.
func Prefixes(number byte) []string {
	var prefixes []string
	for flags := range 4 { // the highest two bits of the third byte share a character with the number
		text := base64.RawURLEncoding.EncodeToString([]byte{formatVersion, number, byte(flags << 6)})
		prefixes = append(prefixes, Prefix+text[:3])
	}
	return prefixes
}

// registration is what a client_id carries.
type registration struct {
	client oauth.Client
	server string // the MCP server at whose issuer it was registered, "" for the base
	nonce  []byte // makes confidential registrations differ
}

// Issue gives a registration its client_id, and a secret if it asked for an
// authentication method that needs one. The same public registration gets the
// same id.
func (ids *IDs) Issue(r oauth.RegistrationRequest, server string) (clientID, secret string, err error) {
	reg := registration{client: r.Client(""), server: server}
	if r.AuthMethod.Secret() {
		reg.nonce = make([]byte, nonceSize)
		_, _ = rand.Read(reg.nonce) // never fails (Go 1.24): the program ends instead
	}
	number := ids.issuing()
	body, err := reg.encode(number)
	if err != nil {
		return "", "", err
	}
	key := ids.keys[number]
	tag := key.id.Sum(body, ids.baseURL)[:seal.MinMACSize]
	clientID = Prefix + base64.RawURLEncoding.EncodeToString(append(body, tag...))
	if len(clientID) > MaxClientID {
		return "", "", errTooLong
	}
	if reg.nonce != nil {
		secret = key.secretOf(clientID)
	}
	return clientID, secret, nil
}

// secretOf is the client_secret of a confidential registration: computed, not stored.
func (k idKey) secretOf(clientID string) string {
	return base64.RawURLEncoding.EncodeToString(k.secret.Sum([]byte(clientID)))
}

// Open gives back the client that was registered under clientID, or reports false.
func (ids *IDs) Open(clientID string) (oauth.Client, bool) {
	text, ok := strings.CutPrefix(clientID, Prefix)
	if !ok || len(clientID) > MaxClientID {
		return oauth.Client{}, false
	}
	// Only the spelling that Issue made: strict padding bits, no line breaks.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || len(raw) < 3+seal.MinMACSize {
		return oauth.Client{}, false
	}
	body, tag := raw[:len(raw)-seal.MinMACSize], raw[len(raw)-seal.MinMACSize:]
	key, ok := ids.keys[body[1]]
	if !ok || !key.id.Verify(tag, body, ids.baseURL) {
		return oauth.Client{}, false
	}
	reg, err := decode(body)
	if err != nil {
		return oauth.Client{}, false
	}
	c := reg.client
	c.ID = clientID
	if reg.server != "" {
		c.MCPServers = []string{reg.server}
	}
	if reg.nonce != nil {
		sum := sha256.Sum256([]byte(key.secretOf(clientID)))
		c.SecretHashes = [][]byte{sum[:]}
	}
	return c, true
}

// Flags of the third byte.
const (
	flagSecret  = 1 << iota // confidential: a nonce follows
	flagPost                // client_secret_post, otherwise client_secret_basic
	flagRefresh             // grant type refresh_token
	flagNative
	flagWeb
	flagKeys // private_key_jwt: the text before the redirect URIs is the jwks_uri
)

// encode is version, key number, flags, the nonce if any, and the compacted texts.
func (r registration) encode(keyNumber byte) ([]byte, error) {
	c := r.client
	texts := []string{oauth.DisplayName(c.Name), r.server, c.URI, c.PolicyURI, c.TosURI}
	if c.AuthMethod == oauth.AuthPrivateKeyJWT {
		texts = append(texts, c.JWKSURI)
	}
	compacted, err := compact(append(texts, c.RedirectURIs...))
	if err != nil {
		return nil, err
	}
	body := append([]byte{formatVersion, keyNumber, r.flags()}, r.nonce...)
	return append(body, compacted...), nil
}

func (r registration) flags() byte {
	var f byte
	for _, set := range []struct {
		is  bool
		bit byte
	}{
		{r.nonce != nil, flagSecret},
		{r.client.AuthMethod == oauth.AuthClientSecretPost, flagPost},
		{slices.Contains(r.client.GrantTypes, oauth.GrantRefreshToken), flagRefresh},
		{r.client.ApplicationType == "native", flagNative},
		{r.client.ApplicationType == "web", flagWeb},
		{r.client.AuthMethod == oauth.AuthPrivateKeyJWT, flagKeys},
	} {
		if set.is {
			f |= set.bit
		}
	}
	return f
}

// decode reads a body whose tag was verified; it still checks what it reads.
func decode(body []byte) (registration, error) {
	if body[0] != formatVersion {
		return registration{}, fmt.Errorf("unknown format %d", body[0])
	}
	flags, rest := body[2], body[3:]
	var reg registration
	if flags&flagSecret != 0 {
		if len(rest) < nonceSize {
			return registration{}, fmt.Errorf("the nonce is cut off")
		}
		reg.nonce, rest = rest[:nonceSize], rest[nonceSize:]
	}
	reg.setFlags(flags)
	texts, err := expand(rest)
	if err != nil || !reg.setTexts(texts) {
		return registration{}, fmt.Errorf("the texts are damaged")
	}
	return reg, nil
}

// setTexts reports whether the texts are all there, with a redirect URI at least.
func (r *registration) setTexts(texts []string) bool {
	fixed := 5
	if r.client.AuthMethod == oauth.AuthPrivateKeyJWT {
		fixed++
	}
	if len(texts) <= fixed {
		return false
	}
	c := &r.client
	c.Kind = oauth.Dynamic
	c.Name, r.server, c.URI, c.PolicyURI, c.TosURI = texts[0], texts[1], texts[2], texts[3], texts[4]
	if fixed > 5 {
		c.JWKSURI = texts[5]
	}
	c.RedirectURIs = texts[fixed:]
	return true
}

func (r *registration) setFlags(flags byte) {
	r.client.AuthMethod = authMethod(flags)
	r.client.GrantTypes = []string{oauth.GrantAuthorizationCode}
	if flags&flagRefresh != 0 {
		r.client.GrantTypes = append(r.client.GrantTypes, oauth.GrantRefreshToken)
	}
	switch {
	case flags&flagNative != 0:
		r.client.ApplicationType = "native"
	case flags&flagWeb != 0:
		r.client.ApplicationType = "web"
	}
}

func authMethod(flags byte) oauth.AuthMethod {
	switch {
	case flags&flagKeys != 0:
		return oauth.AuthPrivateKeyJWT
	case flags&flagSecret == 0:
		return oauth.AuthNone
	case flags&flagPost != 0:
		return oauth.AuthClientSecretPost
	}
	return oauth.AuthClientSecretBasic
}
