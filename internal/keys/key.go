package keys

// One key pair: making, sealing and opening it.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// ErrSecret means that the master secret is not the one that sealed the signing
// keys of this database.
var ErrSecret = errors.New("the master secret does not open this database's signing keys: start with the secret file that belongs to this database, or add the missing secret to it as another line")

// TypeAccessToken is the typ of access tokens (RFC 9068 §2.1).
const TypeAccessToken = "at+jwt"

// TypeRefreshCheck is the typ of the question that a company's backend is asked before
// a refresh. It keeps one from being taken for an access token.
const TypeRefreshCheck = "refresh-check+jwt"

// types lists every typ that is signed here. A token of one typ is never taken
// for another, so a new use of the keys needs an entry of its own.
var types = []string{TypeAccessToken, TypeRefreshCheck}

// rsaBits is what RFC 7518 §3.3 asks for at least; more would double the cost
// of every token.
const rsaBits = 2048

// key is a parsed key pair, ready to sign and to verify.
type key struct {
	kid, alg string
	sealed   string          // what it was opened from
	public   jose.JSONWebKey // as published
	signers  map[string]jose.Signer
}

// generate makes a key pair for alg, as the row of a standby key.
func generate(alg string, box *seal.Box, now time.Time) (store.SigningKey, error) {
	private, public, err := generatePair(alg)
	if err != nil {
		return store.SigningKey{}, err
	}
	publicJSON, err := json.Marshal(public)
	if err != nil {
		return store.SigningKey{}, err
	}
	privateJSON, err := json.Marshal(jose.JSONWebKey{Key: private, KeyID: public.KeyID, Algorithm: alg, Use: "sig"})
	if err != nil {
		return store.SigningKey{}, err
	}
	return store.SigningKey{
		KID:       public.KeyID,
		Alg:       alg,
		State:     store.KeyStandby,
		Public:    publicJSON,
		Sealed:    box.Seal(privateJSON, public.KeyID, alg),
		CreatedAt: now,
	}, nil
}

// generatePair makes another pair where the kid would begin with a hyphen: commands
// take it for an option.
func generatePair(alg string) (private crypto.Signer, public jose.JSONWebKey, err error) {
	for {
		if private, err = generatePrivate(alg); err != nil {
			return nil, public, err
		}
		if public, err = publish(private, alg); err != nil || public.KeyID[0] != '-' {
			return private, public, err
		}
	}
}

func generatePrivate(alg string) (crypto.Signer, error) {
	switch alg {
	case RS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("keys: no algorithm %q; there are %v", alg, Algs)
}

// publish is the public half as it stands in the key set.
func publish(private crypto.Signer, alg string) (jose.JSONWebKey, error) {
	public := jose.JSONWebKey{Key: private.Public(), Algorithm: alg, Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return public, err
}

// open reads a row. Only the sealed half counts: the public one in the row is
// for people who look at the table.
func open(row store.SigningKey, box *seal.Box) (*key, error) {
	plain, err := box.Open(row.Sealed, row.KID, row.Alg)
	if err != nil {
		return nil, fmt.Errorf("keys: signing key %s: %w", row.KID, ErrSecret)
	}
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(plain, &jwk); err != nil {
		return nil, fmt.Errorf("keys: signing key %s is damaged: %w", row.KID, err)
	}
	private, ok := jwk.Key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("keys: signing key %s has no private half", row.KID)
	}
	if k, ok := private.(*rsa.PrivateKey); ok {
		k.Precompute() // go-jose leaves a part of it to every signature
	}
	public, err := publish(private, row.Alg)
	if err != nil {
		return nil, fmt.Errorf("keys: signing key %s: %w", row.KID, err)
	}
	if public.KeyID != row.KID {
		return nil, fmt.Errorf("keys: signing key %s holds another key", row.KID)
	}
	k := &key{kid: row.KID, alg: row.Alg, sealed: row.Sealed, public: public}
	return k, k.prepare(private)
}

// prepare makes the signers once, so that signing does nothing but sign.
func (k *key) prepare(private crypto.Signer) error {
	k.signers = make(map[string]jose.Signer, len(types))
	for _, typ := range types {
		signer, err := jose.NewSigner(
			jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.alg), Key: jose.JSONWebKey{Key: private, KeyID: k.kid}},
			(&jose.SignerOptions{}).WithType(jose.ContentType(typ)),
		)
		if err != nil {
			return fmt.Errorf("keys: signing key %s: %w", k.kid, err)
		}
		k.signers[typ] = signer
	}
	return nil
}

// header is the first part of every token of this key and typ.
func (k *key) header(typ string) string {
	raw, err := json.Marshal(map[string]string{"alg": k.alg, "kid": k.kid, "typ": typ}) // sorted, as go-jose does
	if err != nil {
		panic("keys: strings do not marshal: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}
