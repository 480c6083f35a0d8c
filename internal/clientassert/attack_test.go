package clientassert_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/clientassert"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// TestAttack runs the rows of the attack catalogue that concern client
// assertions, by their ids.
func TestAttack(t *testing.T) {
	t.Run("C01_alg_none", func(t *testing.T) {
		for _, alg := range []string{"none", "None", "nOnE", "NONE", "", "HS256", "rs256", "ES256K", "RS384", "ES384"} {
			header := encode(object{"alg": alg})
			refused(t, alg+" without signature", header+"."+encode(good())+".")
			refused(t, alg+" with a signature", signText(t, jose.ES256, header, encode(good())))
		}
		for name, header := range map[string]object{"no alg": {"alg": omit{}}, "alg null": {"alg": nil}, "alg list": {"alg": []string{"ES256"}}} {
			refused(t, name, sign(t, jose.ES256, header, good()))
		}
		signed := sign(t, jose.ES256, nil, good())
		refused(t, "signature removed", signed[:strings.LastIndexByte(signed, '.')+1])
	})

	t.Run("C02_hmac_keyed_with_public_key", func(t *testing.T) {
		for _, key := range published().Keys {
			der, err := x509.MarshalPKIXPublicKey(key.Key)
			if err != nil {
				t.Fatal(err)
			}
			jwk, err := json.Marshal(key)
			if err != nil {
				t.Fatal(err)
			}
			for name, secret := range map[string][]byte{
				"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "JWK": jwk,
			} {
				for _, alg := range []string{"HS256", "RS256"} {
					input := encode(object{"alg": alg, "kid": key.KeyID}) + "." + encode(good())
					mac := hmac.New(sha256.New, secret)
					mac.Write([]byte(input))
					refused(t, key.KeyID+" "+name+" "+alg, input+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
				}
			}
		}
	})

	t.Run("C04_audience", func(t *testing.T) {
		for name, aud := range map[string]any{
			"another server": "https://other.example", "an array of it": []string{issuer}, "an array with another": []string{issuer, "https://other.example"},
			"a slash more": issuer + "/", "another issuer of this server": "https://auth.example", "its endpoint": "https://auth.example/oauth/token",
			"another endpoint": issuer + "/oauth/revoke", "upper case": strings.ToUpper(issuer), "port": "https://auth.example:443/resources/res_todo",
			"none": omit{}, "null": nil, "empty": "", "an object": object{}, "a number": 1,
		} {
			refused(t, name, sign(t, jose.ES256, nil, changed(good(), object{"aud": aud})))
		}
	})

	// What makes the second use fail is the store; here: the same assertion asks
	// for the same Once, and the store must remember it for as long as the
	// assertion would be accepted.
	t.Run("C05_replay", func(t *testing.T) {
		assertion := sign(t, jose.ES256, nil, good())
		first, refusal := verify(assertion, now)
		if refusal != nil {
			t.Fatal(refusal)
		}
		last := first.Exp.Add(-time.Millisecond)
		if again, refusal := verify(assertion, last); refusal != nil || again != first {
			t.Errorf("again: %+v, %v; first: %+v", again, refusal, first)
		}
		if _, refusal := verify(assertion, first.Exp); refusal == nil {
			t.Error("accepted after the store forgot it")
		}
		if first.Exp.Sub(now) > clientassert.MaxLifetime+2*clientassert.Skew {
			t.Errorf("to be remembered for %v", first.Exp.Sub(now))
		}
	})

	t.Run("C05_second_spelling", func(t *testing.T) {
		assertion := sign(t, jose.RS256, nil, good())
		parts := strings.Split(assertion, ".")
		for name, other := range map[string]string{
			"padding": assertion + "=", "line break": assertion[:20] + "\n" + assertion[20:], "space": assertion + " ", "empty header": "." + parts[1] + "." + parts[2],
			"stray bits": parts[0] + "." + parts[1] + "." + strayBits(parts[2]),
		} {
			refused(t, name, other)
		}
	})

	t.Run("C11_oversized", func(t *testing.T) {
		for name, assertion := range map[string]string{
			"1 MB": strings.Repeat("a", 1<<20), "dots": strings.Repeat(".", 500_000), "dots within size": strings.Repeat(".", clientassert.MaxSize),
			"long kid":    sign(t, jose.ES256, object{"kid": strings.Repeat("k", 64<<10)}, good()),
			"kid of 257":  sign(t, jose.ES256, object{"kid": strings.Repeat("k", 257)}, good()),
			"deep header": sign(t, jose.ES256, object{"x": deep(2000)}, good()), "empty": "", "one dot": "a.b",
		} {
			refused(t, name, assertion)
		}
		dots := strings.Repeat(".", 500_000)
		if n := testing.AllocsPerRun(10, func() { _, _ = clientassert.Parse(oauth.AssertionTypeJWT, dots) }); n > 20 {
			t.Errorf("%v allocations to refuse 500,000 dots", n)
		}
	})

	t.Run("C12_jwe", func(t *testing.T) {
		for name, header := range map[string]object{
			"p2c": {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 1 << 31, "p2s": "AAAA"},
			"zip": {"alg": "dir", "enc": "A128GCM", "zip": "DEF"},
		} {
			refused(t, name, encode(header)+".AAAA.AAAA.AAAA.AAAA")
			refused(t, name+" in three parts", encode(header)+".AAAA.AAAA")
		}
	})

	t.Run("T14_other_kinds_of_token", func(t *testing.T) {
		for _, typ := range []string{"at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"} {
			refused(t, typ, sign(t, jose.ES256, object{"typ": typ}, good()))
		}
		refused(t, "typ is no text", sign(t, jose.ES256, object{"typ": 1}, good()))
	})

	t.Run("keys_of_its_own", func(t *testing.T) {
		stranger := jose.JSONWebKey{Key: signers()[jose.ES256].Public(), KeyID: "ES256"}
		set := published()
		set.Keys = set.Keys[:1] // the RSA key alone
		for name, header := range map[string]object{
			"jwk": {"jwk": stranger}, "jku": {"jku": "https://evil.example/jwks"}, "x5u": {"x5u": "https://evil.example/"},
		} {
			a, refusal := clientassert.Parse(oauth.AssertionTypeJWT, sign(t, jose.ES256, header, good()))
			if refusal != nil {
				t.Fatalf("%s: %v", name, refusal)
			}
			once, refusal := a.Verify(clientassert.Expect{ClientID: clientID, Audiences: []string{issuer}, Keys: set, Now: now})
			if refusal == nil || once != (store.Once{}) {
				t.Errorf("%s: accepted", name)
			}
		}
	})

	t.Run("headers_with_a_meaning", func(t *testing.T) {
		for name, header := range map[string]object{
			"crit": {"crit": []string{"x"}, "x": 1}, "empty crit": {"crit": []string{}}, "b64": {"b64": true}, "b64 in crit": {"crit": []string{"b64"}, "b64": true},
			"kid of another key": {"kid": "RS256"}, "unknown kid": {"kid": "../../dev/null"}, "kid null": {"kid": nil}, "kid number": {"kid": 1},
		} {
			refused(t, name, sign(t, jose.ES256, header, good()))
		}
		if _, refusal := clientassert.Parse(oauth.AssertionTypeJWT, sign(t, jose.ES256, object{"kid": strings.Repeat("k", 257)}, good())); refusal == nil {
			t.Error("a kid of 257 bytes gets as far as looking for keys")
		}
	})

	t.Run("key_for_another_algorithm", func(t *testing.T) {
		set := published()
		set.Keys[0].Algorithm = "PS256"
		a, refusal := clientassert.Parse(oauth.AssertionTypeJWT, sign(t, jose.RS256, object{"kid": "RS256"}, good()))
		if refusal != nil {
			t.Fatal(refusal)
		}
		if _, refusal := a.Verify(clientassert.Expect{ClientID: clientID, Audiences: []string{issuer}, Keys: set, Now: now}); refusal == nil {
			t.Error("a key published for PS256 verified RS256")
		}
	})

	t.Run("no_keys", func(t *testing.T) {
		a, refusal := clientassert.Parse(oauth.AssertionTypeJWT, sign(t, jose.RS256, nil, good()))
		if refusal != nil {
			t.Fatal(refusal)
		}
		if _, refusal := a.Verify(clientassert.Expect{ClientID: clientID, Audiences: []string{issuer}, Now: now}); refusal == nil {
			t.Error("accepted without keys")
		}
	})
}

// strayBits changes bits of the last character that no byte comes from: 256
// bytes leave four of them.
func strayBits(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + string(alphabet[last|1])
}

func TestBitFlips(t *testing.T) {
	assertion := sign(t, jose.EdDSA, object{"kid": "EdDSA"}, good())
	for i := range len(assertion) {
		flipped := []byte(assertion)
		flipped[i] ^= 1
		if _, refusal := verify(string(flipped), now); refusal == nil {
			t.Fatalf("accepted with a bit of byte %d changed", i)
		}
	}
}

func FuzzParse(f *testing.F) {
	signed := sign(f, jose.ES256, object{"kid": "ES256", "typ": "JWT"}, good())
	f.Add(signed)
	f.Add(sign(f, jose.EdDSA, nil, changed(good(), object{"aud": []string{issuer}})))
	f.Add("a.b.c")
	f.Add(encode(object{"alg": "none"}) + "." + encode(good()) + ".")
	f.Fuzz(func(t *testing.T, assertion string) {
		a, refusal := clientassert.Parse(oauth.AssertionTypeJWT, assertion)
		if refusal != nil {
			if a != nil || refusal.Code != oauth.InvalidClient {
				t.Fatalf("%+v, %+v", a, refusal)
			}
			return
		}
		if a.ClientID() == "" || len(assertion) > clientassert.MaxSize || strings.Count(assertion, ".") != 2 {
			t.Fatalf("accepted %q", assertion)
		}
		once, refusal := a.Verify(clientassert.Expect{ClientID: a.ClientID(), Audiences: []string{issuer}, Keys: published(), Now: now})
		if refusal == nil && (once.ID == "" || !once.Exp.After(now)) {
			t.Fatalf("proven, with %+v", once)
		}
	})
}
