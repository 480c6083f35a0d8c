package jwks_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/jwks"
)

// member is the JSON of one public key.
func member(t testing.TB, key jose.JSONWebKey) string {
	t.Helper()
	body, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func set(keys ...string) []byte { return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`) }

// with adds members to the JSON of a key.
func with(key, members string) string { return strings.TrimSuffix(key, "}") + "," + members + "}" }

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestParse(t *testing.T) {
	private := rsaKey(t, 2048)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modulus := member(t, jose.JSONWebKey{Key: private.Public(), KeyID: "r"})
	point := member(t, jose.JSONWebKey{Key: ecKey(t, elliptic.P256()).Public(), KeyID: "e"})
	edwards := member(t, jose.JSONWebKey{Key: public, KeyID: "o"})
	p384 := member(t, jose.JSONWebKey{Key: ecKey(t, elliptic.P384()).Public(), KeyID: "p"})

	for name, c := range map[string]struct {
		keys []string
		want string // the kids that are left
	}{
		"every usable type":              {[]string{modulus, point, edwards}, "r e o"},
		"its own algorithm":              {[]string{with(modulus, `"alg":"PS256"`), with(point, `"alg":"ES256"`), with(edwards, `"alg":"EdDSA"`)}, "r e o"},
		"another algorithm":              {[]string{with(modulus, `"alg":"RS512"`), with(point, `"alg":"ES384"`), with(modulus, `"alg":"HS256"`), with(modulus, `"alg":"none"`)}, ""},
		"for encryption":                 {[]string{with(modulus, `"use":"enc"`), point}, "e"},
		"operations":                     {[]string{with(modulus, `"key_ops":["verify"]`), with(point, `"key_ops":["deriveKey"]`)}, "r"},
		"another curve":                  {[]string{p384, edwards}, "o"},
		"a type of the future":           {[]string{`{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}`, `{"kty":"XYZ"}`, `{}`, point}, "e"},
		"certificates are not looked at": {[]string{with(modulus, `"x5c":["bm8gY2VydGlmaWNhdGU"],"x5u":"http://127.0.0.1/"`)}, "r"},
		"no keys":                        {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := jwks.Parse(set(c.keys...))
			if err != nil {
				t.Fatal(err)
			}
			var kids []string
			for _, key := range got.Keys {
				if len(key.Certificates) > 0 || key.CertificatesURL != nil || !key.IsPublic() {
					t.Errorf("key %s is more than a public key", key.KeyID)
				}
				kids = append(kids, key.KeyID)
			}
			if strings.Join(kids, " ") != c.want {
				t.Errorf("kids = %q, want %q", kids, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	modulus := member(t, jose.JSONWebKey{Key: rsaKey(t, 2048).Public(), KeyID: "r"})
	private := member(t, jose.JSONWebKey{Key: ecKey(t, elliptic.P256())})
	many := make([]string, jwks.MaxKeys+1)
	for i := range many {
		many[i] = `{"kty":"XYZ"}`
	}
	for name, c := range map[string]struct {
		body   []byte
		secret bool
	}{
		"a private key":            {set(modulus, private), true},
		"a symmetric key":          {set(modulus, `{"kty":"oct","k":"AAAA"}`), true},
		"an empty symmetric key":   {set(`{"kty":"oct"}`), true},
		"a prime beside a modulus": {set(with(modulus, `"p":"AQAB"`)), true},
		"a seed":                   {set(`{"kty":"AKP","priv":"AA"}`), true},
		"a short RSA key":          {set(`{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("z", 171) + `"}`), false},
		"a long RSA key":           {set(`{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("z", 1500) + `"}`), false},
		"a huge RSA key":           {set(`{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("z", 20000) + `"}`), false},
		"a point off the curve":    {set(`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`), false},
		"a long kid":               {set(with(modulus, `"kid2":1`), strings.Replace(modulus, `"r"`, `"`+strings.Repeat("r", 257)+`"`, 1)), false},
		"a member twice":           {set(with(modulus, `"kid":"x"`)), false},
		"a member in two cases":    {set(with(modulus, `"KTY":"oct"`)), false},
		"too many keys":            {set(many...), false},
		"no array":                 {[]byte(`{"keys":{}}`), false},
		"null":                     {[]byte(`{"keys":null}`), false},
		"nothing":                  {[]byte(`{}`), false},
		"text":                     {[]byte(`<html>`), false},
		"too large":                {[]byte(`{"keys":[],"x":"` + strings.Repeat("x", jwks.MaxSize) + `"}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := jwks.Parse(c.body)
			if err == nil || len(got.Keys) > 0 {
				t.Fatalf("accepted: %d keys, %v", len(got.Keys), err)
			}
			if errors.Is(err, jwks.ErrPrivate) != c.secret {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(set(member(f, jose.JSONWebKey{Key: ecKey(f, elliptic.P256()).Public(), KeyID: "e"})))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"},{"kty":"oct","k":""}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := jwks.Parse(body)
		if err != nil {
			return
		}
		for _, key := range got.Keys {
			if !key.Valid() || !key.IsPublic() {
				t.Fatalf("accepted %s", fmt.Sprint(key.Key))
			}
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Keys) > 0 {
			if back, err := jwks.Parse(again); err != nil || len(back.Keys) != len(got.Keys) {
				t.Fatalf("its own output is refused: %v", err)
			}
		}
	})
}
