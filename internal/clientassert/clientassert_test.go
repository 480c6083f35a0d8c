package clientassert_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/clientassert"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const (
	clientID = "https://client.example/oauth/client.json"
	issuer   = "https://auth.example/resources/res_todo"
	endpoint = issuer + "/oauth/token"
)

var now = time.Unix(1_900_000_000, 0)

type (
	object = map[string]any
	// omit as a value removes a member.
	omit struct{}
)

// signers are the private keys of the client, made once.
var signers = sync.OnceValue(func() map[jose.SignatureAlgorithm]crypto.Signer {
	modulus, err1 := rsa.GenerateKey(rand.Reader, 2048)
	point, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, edwards, err3 := ed25519.GenerateKey(rand.Reader)
	if err1 != nil || err2 != nil || err3 != nil {
		panic("no randomness")
	}
	return map[jose.SignatureAlgorithm]crypto.Signer{jose.RS256: modulus, jose.PS256: modulus, jose.ES256: point, jose.EdDSA: edwards}
})

// published is the client's key set; the kid of a key is its first algorithm.
func published() jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA} {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: signers()[alg].Public(), KeyID: string(alg)})
	}
	return set
}

func good() object {
	return object{
		"iss": clientID, "sub": clientID, "aud": issuer, "jti": "one",
		"exp": now.Add(time.Minute).Unix(), "iat": now.Unix(),
	}
}

func changed(from, changes object) object {
	changed := maps.Clone(from)
	for name, value := range changes {
		if value == (omit{}) {
			delete(changed, name)
			continue
		}
		changed[name] = value
	}
	return changed
}

func encode(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(body)
}

// sign makes an assertion with exactly these header members and claims.
func sign(t testing.TB, alg jose.SignatureAlgorithm, header, payload object) string {
	t.Helper()
	return signText(t, alg, encode(changed(object{"alg": string(alg)}, header)), encode(payload))
}

func signText(t testing.TB, alg jose.SignatureAlgorithm, header, payload string) string {
	t.Helper()
	input := header + "." + payload
	signature, err := signBytes(alg, []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// signBytes is the signature alone, computed without the library under test.
func signBytes(alg jose.SignatureAlgorithm, input []byte) ([]byte, error) {
	digest := crypto.SHA256.New()
	digest.Write(input)
	sum := digest.Sum(nil)
	switch alg {
	case jose.RS256:
		return rsa.SignPKCS1v15(rand.Reader, signers()[alg].(*rsa.PrivateKey), crypto.SHA256, sum)
	case jose.PS256:
		return rsa.SignPSS(rand.Reader, signers()[alg].(*rsa.PrivateKey), crypto.SHA256, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	case jose.ES256:
		r, s, err := ecdsa.Sign(rand.Reader, signers()[alg].(*ecdsa.PrivateKey), sum)
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), err
	default:
		return signers()[jose.EdDSA].Sign(rand.Reader, input, crypto.Hash(0))
	}
}

// verify runs both steps.
func verify(assertion string, at time.Time) (store.Once, *oauth.Error) {
	a, refusal := clientassert.Parse(oauth.AssertionTypeJWT, assertion)
	if refusal != nil {
		return store.Once{}, refusal
	}
	return a.Verify(clientassert.Expect{ClientID: clientID, Audiences: []string{issuer, endpoint}, Keys: published(), Now: at})
}

func refused(t *testing.T, name, assertion string) {
	t.Helper()
	once, refusal := verify(assertion, now)
	if refusal == nil || once != (store.Once{}) {
		t.Errorf("%s: accepted", name)
		return
	}
	if refusal.Code != oauth.InvalidClient || refusal.Reason != "assertion_invalid" || refusal.HTTPStatus() != 401 {
		t.Errorf("%s: %+v", name, refusal)
	}
}

func TestEveryAlgorithm(t *testing.T) {
	for alg := range signers() {
		for name, header := range map[string]object{
			"its kid": {"kid": string(alg), "typ": "JWT"},
			"no kid":  {},
			"bis typ": {"typ": "client-authentication+jwt"},
		} {
			if alg == jose.PS256 {
				header = changed(header, object{"kid": omit{}}) // the key is named RS256
			}
			once, refusal := verify(sign(t, alg, header, good()), now)
			if refusal != nil {
				t.Errorf("%s, %s: %v", alg, name, refusal)
				continue
			}
			if once.ID != "one" || !strings.HasPrefix(once.Namespace, "assertion:") || !once.Exp.Equal(now.Add(time.Minute+clientassert.Skew)) {
				t.Errorf("%s: %+v", alg, once)
			}
		}
	}
}

func TestClaimsOfTheClient(t *testing.T) {
	a, refusal := clientassert.Parse(oauth.AssertionTypeJWT, sign(t, jose.ES256, object{"kid": "k"}, good()))
	if refusal != nil || a.ClientID() != clientID || a.KeyID() != "k" {
		t.Errorf("Parse = %+v, %v", a, refusal)
	}
	if _, refusal := clientassert.Parse("urn:ietf:params:oauth:client-assertion-type:saml2-bearer", sign(t, jose.ES256, nil, good())); refusal == nil {
		t.Error("another assertion type is accepted")
	}
}

func TestNamespaceKeepsClientsApart(t *testing.T) {
	other := changed(good(), object{"iss": "cli_other", "sub": "cli_other"})
	a, refusal := clientassert.Parse(oauth.AssertionTypeJWT, sign(t, jose.ES256, nil, other))
	if refusal != nil {
		t.Fatal(refusal)
	}
	expect := clientassert.Expect{ClientID: "cli_other", Audiences: []string{issuer}, Keys: published(), Now: now}
	theirs, refusal := a.Verify(expect)
	if refusal != nil {
		t.Fatal(refusal)
	}
	ours, refusal := verify(sign(t, jose.ES256, nil, good()), now)
	if refusal != nil || ours.Namespace == theirs.Namespace {
		t.Errorf("%v, %v, %v", ours, theirs, refusal)
	}
	expect.ClientID = clientID
	if _, refusal := a.Verify(expect); refusal == nil {
		t.Error("another client's assertion is accepted")
	}
}

func TestClaims(t *testing.T) {
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, c := range map[string]struct {
		changes object
		ok      bool
	}{
		"token endpoint as audience":  {object{"aud": endpoint}, true},
		"no iat":                      {object{"iat": omit{}}, true},
		"fraction":                    {object{"exp": float64(at(time.Minute)) + 0.5}, true},
		"exp at the horizon":          {object{"exp": at(clientassert.MaxLifetime + clientassert.Skew)}, true},
		"exp past the horizon":        {object{"exp": at(clientassert.MaxLifetime + clientassert.Skew + time.Second)}, false},
		"exp just past, within skew":  {object{"exp": at(-59 * time.Second), "iat": at(-2 * time.Minute)}, true},
		"exp past skew":               {object{"exp": at(-60 * time.Second), "iat": at(-2 * time.Minute)}, false},
		"no exp":                      {object{"exp": omit{}}, false},
		"exp null":                    {object{"exp": nil}, false},
		"exp as text":                 {object{"exp": "1900000060"}, false},
		"exp beyond every calendar":   {object{"exp": 1e300}, false},
		"exp negative":                {object{"exp": -1}, false},
		"iat within skew":             {object{"iat": at(59 * time.Second)}, true},
		"iat in the future":           {object{"iat": at(61 * time.Second), "exp": at(3 * time.Minute)}, false},
		"iat after exp":               {object{"iat": at(50 * time.Second), "exp": at(40 * time.Second)}, false},
		"iat as text":                 {object{"iat": "x"}, false},
		"nbf in the future":           {object{"nbf": at(2 * time.Minute), "exp": at(3 * time.Minute)}, false},
		"nbf now":                     {object{"nbf": at(0)}, true},
		"no jti":                      {object{"jti": omit{}}, false},
		"empty jti":                   {object{"jti": ""}, false},
		"long jti":                    {object{"jti": strings.Repeat("j", 257)}, false},
		"longest jti":                 {object{"jti": strings.Repeat("j", 256)}, true},
		"number as jti":               {object{"jti": 1}, false},
		"control character in jti":    {object{"jti": "a\x00b"}, false},
		"no iss":                      {object{"iss": omit{}}, false},
		"no sub":                      {object{"sub": omit{}}, false},
		"sub of another":              {object{"sub": "cli_other"}, false},
		"iss of another":              {object{"iss": "cli_other"}, false},
		"both of another":             {object{"sub": "cli_other", "iss": "cli_other"}, false},
		"both empty":                  {object{"sub": "", "iss": ""}, false},
		"members of others are fine":  {object{"azp": "x", "scope": []string{"a"}}, true},
		"nested as deep as one likes": {object{"x": deep(100)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			assertion := sign(t, jose.ES256, object{"kid": "ES256"}, changed(good(), c.changes))
			if !c.ok {
				refused(t, name, assertion)
			} else if _, refusal := verify(assertion, now); refusal != nil {
				t.Error(refusal)
			}
		})
	}
}

func deep(n int) any {
	if n == 0 {
		return 1
	}
	return []any{deep(n - 1)}
}

func TestClaimsMembersTwice(t *testing.T) {
	body := `{"iss":"` + clientID + `","sub":"` + clientID + `","aud":"` + issuer + `","exp":1900000060,"jti":"one",%s}`
	for _, again := range []string{`"aud":"https://other.example"`, `"AUD":"https://other.example"`, `"\u017fub":"x"`} {
		payload := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(body, "%s", again, 1)))
		refused(t, again, signText(t, jose.ES256, encode(object{"alg": "ES256"}), payload))
	}
	refused(t, "an array", signText(t, jose.ES256, encode(object{"alg": "ES256"}), encode([]string{"x"})))
}

// TestWhatTheClientIsTold: before the signature holds, nothing; after it, what to
// change.
func TestWhatTheClientIsTold(t *testing.T) {
	wrong := sign(t, jose.ES256, nil, changed(good(), object{"aud": "https://other.example"}))
	_, proven := verify(wrong, now)
	if proven == nil || !strings.Contains(proven.Description, "aud must be") {
		t.Errorf("the client is told %v", proven)
	}
	forged := wrong[:len(wrong)-8] + "AAAAAAAA"
	_, stranger := verify(forged, now)
	_, garbage := verify("x", now)
	if stranger == nil || garbage == nil || stranger.Description != garbage.Description || strings.Contains(stranger.Description, "aud") {
		t.Errorf("a stranger is told %v, %v", stranger, garbage)
	}
	if stranger.Cause == nil || garbage.Cause == nil {
		t.Error("the operator is told nothing")
	}
}
