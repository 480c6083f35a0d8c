package keys_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func TestSignAndVerify(t *testing.T) {
	m := ready(t, with(keys.Algs...), newClock())
	for _, alg := range keys.Algs {
		token := sign(t, m, alg, map[string]any{"sub": "u<1>", "aud": []string{"res_todo"}})
		payload, err := m.Verify(token, keys.TypeAccessToken)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if want := `{"aud":["res_todo"],"sub":"u\u003c1\u003e"}`; string(payload) != want {
			t.Errorf("%s: payload %s, want %s", alg, payload, want)
		}
	}
}

func TestSignRefusesWhatItHasNoKeyFor(t *testing.T) {
	m := ready(t, with(keys.RS256), newClock())
	for _, c := range []struct{ alg, typ string }{
		{keys.ES256, keys.TypeAccessToken},
		{"none", keys.TypeAccessToken},
		{"HS256", keys.TypeAccessToken},
		{"", keys.TypeAccessToken},
		{keys.RS256, "JWT"},
		{keys.RS256, ""},
	} {
		if token, err := m.Sign(c.alg, c.typ, map[string]string{}); err == nil {
			t.Errorf("Sign(%q, %q) = %s", c.alg, c.typ, token)
		}
	}
}

// The SDKs read use, kty, kid and alg; nobody may read the rest.
func TestKeySetHoldsPublicHalvesOnly(t *testing.T) {
	s := with(keys.Algs...)
	m := ready(t, s, newClock())
	allowed := map[string][]string{"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}}
	jwks := published(t, m)
	if len(jwks) != 6 {
		t.Fatalf("%d keys, want an active and a standby key of each of 3 algorithms", len(jwks))
	}
	for _, k := range jwks {
		members := append([]string{"use", "kty", "kid", "alg"}, allowed[k["kty"]]...)
		for name := range k {
			if !slices.Contains(members, name) {
				t.Errorf("%s key has the member %s", k["alg"], name)
			}
		}
		for _, name := range members {
			if k[name] == "" {
				t.Errorf("%s key lacks %s", k["alg"], name)
			}
		}
		if k["use"] != "sig" {
			t.Errorf("use = %q", k["use"])
		}
	}
	if jwks[0]["alg"] != keys.RS256 || m.List()[0].State != store.KeyActive {
		t.Error("the active RS256 key does not come first")
	}
	for _, row := range s.rows {
		if bytes.Contains(row.Public, []byte(`"d"`)) {
			t.Error("a private member is in the public column")
		}
	}
}

func TestKeySetIsTheSameOnEveryNode(t *testing.T) {
	s, c := with(keys.Algs...), newClock()
	body, etag := ready(t, s, c).JWKS()
	slices.Reverse(s.rows)
	again, etagAgain := ready(t, s, c).JWKS()
	if !bytes.Equal(body, again) || etag != etagAgain {
		t.Errorf("two nodes publish different bytes:\n%s\n%s", body, again)
	}
	if len(etag) < 10 || etag[0] != '"' || etag[len(etag)-1] != '"' {
		t.Errorf("ETag %s is no quoted entity tag", etag)
	}
}

func TestEnsureWritesOnlyWhatIsMissing(t *testing.T) {
	s, c := &memory{}, newClock()
	ready(t, s, c)
	if got := len(s.rows); got != 2 {
		t.Fatalf("%d rows for RS256, want 2", got)
	}
	m := ready(t, s, c, keys.RS256)
	if s.writes != 1 {
		t.Errorf("a second start wrote")
	}
	if err := m.Ensure(t.Context(), []string{keys.ES256, keys.ES256}); err != nil || len(s.rows) != 4 {
		t.Errorf("%d rows with ES256 (%v), want 4", len(s.rows), err)
	}
	if err := m.Ensure(t.Context(), []string{"HS256"}); err == nil {
		t.Error("HS256 got a key")
	}
}

// Attack K02: nodes that start at once on an empty database agree.
func TestFirstStartOfManyNodes(t *testing.T) {
	s, c := &memory{}, newClock()
	nodes := make([]*keys.Manager, 3)
	var group sync.WaitGroup
	for i := range nodes {
		group.Go(func() { nodes[i] = ready(t, s, c) })
	}
	group.Wait()
	want, _ := nodes[0].JWKS()
	for _, n := range nodes[1:] {
		if got, _ := n.JWKS(); !bytes.Equal(got, want) {
			t.Errorf("two key sets:\n%s\n%s", got, want)
		}
	}
	if len(s.rows) != 2 {
		t.Errorf("%d keys, want 2", len(s.rows))
	}
}

// Attack K01, for the part that keys decide: no node ever signs with a key that
// another one does not publish, and no living token loses its key.
func TestRotation(t *testing.T) {
	s, c := with(keys.RS256), newClock()
	a, b := ready(t, s, c), ready(t, s, c)
	old := sign(t, a, keys.RS256, "old")
	before := published(t, b)

	rotate(t, a, keys.RS256)
	fresh := sign(t, a, keys.RS256, "new")
	if kid := a.List()[0].KID; kid != before[1]["kid"] {
		t.Errorf("%s signs, want the standby key %s", kid, before[1]["kid"])
	}
	if _, err := b.Verify(fresh, keys.TypeAccessToken); err != nil {
		t.Errorf("a node that has not looked yet refuses the new key: %v", err)
	}
	if err := b.Observe(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"old": old, "new": fresh} {
		for _, m := range []*keys.Manager{a, b} {
			if _, err := m.Verify(token, keys.TypeAccessToken); err != nil {
				t.Errorf("%s token: %v", name, err)
			}
		}
	}
	if len(s.audit) != 1 || s.audit[0].Actor != "operator" || s.audit[0].Action != "keys.rotated" {
		t.Errorf("audit = %+v", s.audit)
	}

	_, etag := a.JWKS()
	c.advance(keys.Published - time.Second)
	if _, err := a.Verify(old, keys.TypeAccessToken); err != nil {
		t.Errorf("within the longest token life: %v", err)
	}
	c.advance(time.Second)
	if _, err := a.Verify(old, keys.TypeAccessToken); !errors.Is(err, keys.ErrToken) {
		t.Errorf("after it: %v", err)
	}
	if _, now := a.JWKS(); now == etag || len(published(t, a)) != 2 {
		t.Error("the retired key is still published")
	}
	c.advance(time.Second)
	if rotate(t, a, keys.RS256); len(s.rows) != 3 {
		t.Errorf("%d rows after the next rotation, want active, standby, retired", len(s.rows))
	}
}

func TestObserveReadsOncePerVersion(t *testing.T) {
	s := with(keys.RS256)
	m := ready(t, s, newClock())
	reads := s.reads
	for _, version := range []int64{7, 7, 7, 8, 8} {
		if err := m.Observe(t.Context(), version); err != nil {
			t.Fatal(err)
		}
	}
	if s.reads-reads != 2 {
		t.Errorf("%d reads for two versions", s.reads-reads)
	}
}

// Attack K03: a wrong master secret stops the start and says so.
func TestWrongMasterSecret(t *testing.T) {
	s, c := with(keys.RS256), newClock()
	const other = "another secret of more than thirty-two characters"
	err := keys.New(s, box(t, other), c.now).Ensure(t.Context(), nil)
	if !errors.Is(err, keys.ErrSecret) {
		t.Fatalf("err = %v, want ErrSecret", err)
	}
	if s.writes != 0 {
		t.Error("the refused start wrote keys")
	}
	rotated := box(t, other, firstSecret)
	if err := keys.New(s, rotated, c.now).Ensure(t.Context(), nil); err != nil {
		t.Errorf("with the old secret second in the ring: %v", err)
	}
}

// Who can write to the database cannot publish a key of his own.
func TestRowsThatWereTamperedWith(t *testing.T) {
	c := newClock()
	body, _ := ready(t, with(keys.RS256, keys.ES256), c).JWKS()
	es := with(keys.ES256).rows[0]
	tests := map[string]func(rows []store.SigningKey){
		"kid":          func(rows []store.SigningKey) { rows[0].KID = "evil" },
		"alg":          func(rows []store.SigningKey) { rows[0].Alg = keys.ES256 },
		"other sealed": func(rows []store.SigningKey) { rows[0].Sealed = es.Sealed },
		"not sealed":   func(rows []store.SigningKey) { rows[0].Sealed = `{"kty":"oct","k":"AAAA"}` },
	}
	for name, tamper := range tests {
		s := with(keys.RS256)
		tamper(s.rows)
		if err := keys.New(s, box(t), c.now).Refresh(t.Context()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}

	s := with(keys.RS256, keys.ES256)
	s.rows[0].Public = []byte(`{"kty":"RSA","n":"evil","e":"AQAB"}`)
	if got, _ := ready(t, s, c).JWKS(); !bytes.Equal(got, body) {
		t.Error("the key set shows the public column")
	}
}
