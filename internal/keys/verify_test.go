package keys_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// private opens the key of an algorithm that signs, as only a test may.
func private(t testing.TB, s *memory, alg string) jose.JSONWebKey {
	t.Helper()
	for _, row := range s.rows {
		if row.Alg != alg || row.State != store.KeyActive {
			continue
		}
		plain, err := box(t).Open(row.Sealed, row.KID, row.Alg)
		if err != nil {
			t.Fatal(err)
		}
		var k jose.JSONWebKey
		if err := json.Unmarshal(plain, &k); err != nil {
			t.Fatal(err)
		}
		return k
	}
	t.Fatalf("no %s key", alg)
	return jose.JSONWebKey{}
}

// forge signs with a genuine key under a header of the attacker's choice.
func forge(t testing.TB, k jose.JSONWebKey, alg jose.SignatureAlgorithm, extra map[jose.HeaderKey]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: k}, &jose.SignerOptions{ExtraHeaders: extra})
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(`{"sub":"u1"}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func refuse(t *testing.T, m *keys.Manager, name, token string) {
	t.Helper()
	payload, err := m.Verify(token, keys.TypeAccessToken)
	if !errors.Is(err, keys.ErrToken) || payload != nil {
		t.Errorf("%s: Verify = %q, %v; want ErrToken alone", name, payload, err)
	}
}

// Attack C01: algorithm none, however it is spelled.
func TestAlgorithmNone(t *testing.T) {
	m := ready(t, with(keys.RS256), newClock())
	genuine := sign(t, m, keys.RS256, map[string]string{"sub": "u1"})
	header, rest, _ := strings.Cut(genuine, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	kid := m.List()[0].KID
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "", " none"} {
		forged := b64(`{"alg":"` + alg + `","kid":"` + kid + `","typ":"at+jwt"}`)
		for _, sig := range []string{"", signature, b64("x")} {
			refuse(t, m, "alg "+alg, forged+"."+claims+"."+sig)
		}
	}
	refuse(t, m, "empty signature", header+"."+claims+".")
	refuse(t, m, "no signature", header+"."+claims)
}

// Attack C02: the public key as the secret of an HMAC.
func TestSignatureUnderThePublicKey(t *testing.T) {
	s := with(keys.RS256)
	m := ready(t, s, newClock())
	kid := m.List()[0].KID
	body, _ := m.JWKS()
	for _, secret := range [][]byte{s.rows[0].Public, body, {}, []byte(kid)} {
		for _, alg := range []string{"HS256", keys.RS256} {
			signed := b64(`{"alg":"`+alg+`","kid":"`+kid+`","typ":"at+jwt"}`) + "." + b64(`{"sub":"u1"}`)
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(signed))
			refuse(t, m, alg, signed+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
		}
	}
}

// Attack C11: what is large is refused for its size, before its content.
func TestOversizedTokens(t *testing.T) {
	m := ready(t, with(keys.RS256), newClock())
	genuine := sign(t, m, keys.RS256, map[string]string{"sub": "u1"})
	tests := map[string]string{
		"1 MB":           strings.Repeat("A", 1<<20),
		"many dots":      strings.Repeat(".", 500_000),
		"long kid":       b64(`{"alg":"RS256","kid":"`+strings.Repeat("k", 64<<10)+`","typ":"at+jwt"}`) + ".e30.AAAA",
		"dots in size":   strings.Repeat(".", keys.MaxToken),
		"long payload":   genuine[:strings.Index(genuine, ".")+1] + strings.Repeat("A", keys.MaxToken) + ".AAAA",
		"empty":          "",
		"two dots alone": "..",
	}
	for name, token := range tests {
		refuse(t, m, name, token)
		if allocs := testing.AllocsPerRun(10, func() { _, _ = m.Verify(token, keys.TypeAccessToken) }); allocs > 0 {
			t.Errorf("%s: %v allocations for a token that is refused by its form", name, allocs)
		}
	}
}

// Attack C12: encrypted tokens are never decrypted.
func TestEncryptedTokens(t *testing.T) {
	m := ready(t, with(keys.RS256), newClock())
	for _, header := range []string{
		`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483648,"p2s":"AAAA"}`,
		`{"alg":"RSA-OAEP","enc":"A128GCM","zip":"DEF"}`,
		`{"alg":"dir","enc":"A128GCM"}`,
	} {
		refuse(t, m, header, b64(header)+".AAAA.AAAA.AAAA.AAAA")
		refuse(t, m, header, b64(header)+".AAAA.AAAA")
	}
	genuine := sign(t, m, keys.RS256, map[string]string{"sub": "u1"})
	refuse(t, m, "genuine and two parts", genuine+".AAAA.AAAA")
}

// Attack T14 and headers that libraries act on: even a genuine signature does
// not carry a header that this server does not write.
func TestGenuineSignatureUnderAnotherHeader(t *testing.T) {
	s := with(keys.RS256, keys.ES256)
	m := ready(t, s, newClock())
	rs := private(t, s, keys.RS256)
	const typ = jose.HeaderType
	tests := map[string]map[jose.HeaderKey]any{
		"no typ":               {},
		"typ JWT":              {typ: "JWT"},
		"typ of an assertion":  {typ: "client-authentication+jwt"},
		"typ in upper case":    {typ: "AT+JWT"},
		"typ with media type":  {typ: "application/at+jwt"},
		"critical extension":   {typ: "at+jwt", "crit": []string{"exp"}, "exp": 1},
		"payload not encoded":  {typ: "at+jwt", "b64": false, "crit": []string{"b64"}},
		"key set by reference": {typ: "at+jwt", "jku": "https://evil.example/jwks"},
		"content type":         {typ: "at+jwt", "cty": "JWT"},
	}
	for name, extra := range tests {
		refuse(t, m, name, forge(t, rs, jose.RS256, extra))
	}

	if _, err := m.Verify(forge(t, rs, jose.RS256, map[jose.HeaderKey]any{typ: "at+jwt"}), keys.TypeAccessToken); err != nil {
		t.Errorf("the same with the right header: %v", err)
	}
	refuse(t, m, "alg of the same key type", forge(t, rs, jose.PS256, map[jose.HeaderKey]any{typ: "at+jwt"}))

	nameless, misnamed := rs, rs
	nameless.KeyID = ""
	refuse(t, m, "no kid", forge(t, nameless, jose.RS256, map[jose.HeaderKey]any{typ: "at+jwt"}))
	misnamed.KeyID = private(t, s, keys.ES256).KeyID
	refuse(t, m, "kid of another key", forge(t, misnamed, jose.RS256, map[jose.HeaderKey]any{typ: "at+jwt"}))

	stranger := ready(t, &memory{}, newClock())
	refuse(t, m, "other server", sign(t, stranger, keys.RS256, map[string]string{"sub": "u1"}))
	theirs := private(t, s, keys.ES256)
	other := &memory{}
	ready(t, other, newClock(), keys.ES256)
	forged := private(t, other, keys.ES256)
	forged.KeyID = theirs.KeyID
	refuse(t, m, "other key under our kid", forge(t, forged, jose.ES256, map[jose.HeaderKey]any{typ: "at+jwt"}))
	refuse(t, m, "embedded key", embedded(t, forged))

	genuine := sign(t, m, keys.RS256, map[string]string{"sub": "u1"})
	if _, err := m.Verify(genuine, "JWT"); !errors.Is(err, keys.ErrToken) {
		t.Errorf("an access token passes as typ JWT: %v", err)
	}
}

func embedded(t testing.TB, k jose.JSONWebKey) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: k}, (&jose.SignerOptions{EmbedJWK: true}).WithType(keys.TypeAccessToken))
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(`{"sub":"u1"}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// One token has one spelling, and no bit of it may change.
func TestChangedTokens(t *testing.T) {
	m := ready(t, with(keys.Algs...), newClock())
	for _, alg := range keys.Algs {
		token := sign(t, m, alg, map[string]string{"sub": "u1"})
		for i := range len(token) {
			for _, c := range []byte{token[i] ^ 1, '=', '\n', '.', 0} {
				if c != token[i] {
					refuse(t, m, alg+" changed", token[:i]+string(c)+token[i+1:])
				}
			}
			refuse(t, m, alg+" line break", token[:i]+"\n"+token[i:])
		}
		for _, affix := range []string{"=", "\n", "\r\n", " ", "A", "."} {
			refuse(t, m, alg+" suffix", token+affix)
			refuse(t, m, alg+" prefix", affix+token)
		}
	}
}

func FuzzVerify(f *testing.F) {
	m := ready(f, with(keys.Algs...), newClock())
	genuine := map[string]bool{}
	for _, alg := range keys.Algs {
		token := sign(f, m, alg, map[string]string{"sub": "u1"})
		genuine[token] = true
		f.Add(token)
		f.Add(token + "\n")
		f.Add(token[:len(token)-1])
	}
	f.Add("..")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add(`{"payload":"e30","signatures":[]}`)
	f.Fuzz(func(t *testing.T, token string) {
		payload, err := m.Verify(token, keys.TypeAccessToken)
		if genuine[token] != (err == nil) {
			t.Fatalf("Verify(%q) = %q, %v", token, payload, err)
		}
	})
}
