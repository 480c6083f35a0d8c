package keys_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// memory is the part of the store that keys need, for one process.
type memory struct {
	mu     sync.Mutex
	rows   []store.SigningKey
	audit  []store.AuditEntry
	writes int
	reads  int
}

func (m *memory) SigningKeys(context.Context) ([]store.SigningKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	return slices.Clone(m.rows), nil
}

func (m *memory) EnsureSigningKeys(_ context.Context, candidates []store.SigningKey, _ time.Time) ([]store.SigningKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes++
	var add []store.SigningKey
	for _, c := range candidates {
		if !slices.ContainsFunc(m.rows, func(r store.SigningKey) bool { return r.Alg == c.Alg }) {
			add = append(add, c)
		}
	}
	m.rows = append(m.rows, add...)
	return slices.Clone(m.rows), nil
}

func (m *memory) RotateSigningKey(_ context.Context, r store.RotateSigningKey) ([]store.SigningKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	standby := slices.IndexFunc(m.rows, func(k store.SigningKey) bool { return k.KID == r.Activate && k.State == store.KeyStandby })
	if standby < 0 {
		return nil, store.ErrConflict
	}
	for i, k := range m.rows {
		if k.Alg == r.Alg && k.State == store.KeyActive {
			m.rows[i].State, m.rows[i].RetiredAt = store.KeyRetired, r.Now
		}
	}
	m.rows[standby].State, m.rows[standby].ActiveAt = store.KeyActive, r.Now
	m.rows = slices.DeleteFunc(m.rows, func(k store.SigningKey) bool {
		return k.State == store.KeyRetired && k.RetiredAt.Before(r.DropRetiredBefore)
	})
	m.rows = append(m.rows, r.Standby)
	m.audit = append(m.audit, r.Audit...)
	m.writes++
	return slices.Clone(m.rows), nil
}

func (m *memory) RevokeSigningKey(ctx context.Context, r store.RevokeSigningKey) ([]store.SigningKey, error) {
	m.mu.Lock()
	at := slices.IndexFunc(m.rows, func(k store.SigningKey) bool { return k.KID == r.KID && k.State == r.State })
	if at < 0 {
		m.mu.Unlock()
		return nil, store.ErrConflict
	}
	m.rows = slices.Delete(slices.Clone(m.rows), at, at+1)
	m.mu.Unlock()
	if r.State == store.KeyActive {
		return m.RotateSigningKey(ctx, store.RotateSigningKey{Alg: r.Alg, Activate: r.Activate, Standby: r.Standby, Now: r.Now, Audit: r.Audit})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.State == store.KeyStandby {
		m.rows = append(m.rows, r.Standby)
	}
	m.audit = append(m.audit, r.Audit...)
	return slices.Clone(m.rows), nil
}

// clock is the time of a test; it moves only when told.
type clock struct{ t time.Time }

func newClock() *clock                   { return &clock{time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

const firstSecret = "the first secret of these tests, long enough"

func box(t testing.TB, secrets ...string) *seal.Box {
	t.Helper()
	if len(secrets) == 0 {
		secrets = []string{firstSecret}
	}
	ring, err := seal.NewRing(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return ring.Box(seal.PurposeSigningKey)
}

// pristine is a database after its first start with every algorithm. It is made
// once: finding primes would be most of the time of these tests.
var pristine = sync.OnceValue(func() []store.SigningKey {
	s := &memory{}
	ring, err := seal.NewRing(firstSecret)
	if err != nil {
		panic(err)
	}
	if err := keys.New(s, ring.Box(seal.PurposeSigningKey), newClock().now).Ensure(context.Background(), keys.Algs); err != nil {
		panic(err)
	}
	return s.rows
})

// with is a database that has keys of these algorithms.
func with(algs ...string) *memory {
	return &memory{rows: slices.DeleteFunc(slices.Clone(pristine()), func(r store.SigningKey) bool { return !slices.Contains(algs, r.Alg) })}
}

func ready(t testing.TB, s keys.Store, c *clock, algs ...string) *keys.Manager {
	t.Helper()
	m := keys.New(s, box(t), c.now)
	if err := m.Ensure(context.Background(), algs); err != nil {
		t.Fatal(err)
	}
	return m
}

func sign(t testing.TB, m *keys.Manager, alg string, claims any) string {
	t.Helper()
	token, err := m.Sign(alg, keys.TypeAccessToken, claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// rotate is what an operator does: the standby key of alg signs from now on.
func rotate(t testing.TB, m *keys.Manager, alg string) {
	t.Helper()
	if err := m.Rotate(t.Context(), inState(t, m, alg, store.KeyStandby), "operator"); err != nil {
		t.Fatal(err)
	}
}

func inState(t testing.TB, m *keys.Manager, alg string, state store.KeyState) keys.Info {
	t.Helper()
	list := m.List()
	i := slices.IndexFunc(list, func(i keys.Info) bool { return i.Alg == alg && i.State == state })
	if i < 0 {
		t.Fatalf("no %s %s key in %v", state, alg, list)
	}
	return list[i]
}

type jwk map[string]string

func published(t testing.TB, m *keys.Manager) []jwk {
	t.Helper()
	body, _ := m.JWKS()
	var jwks struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(body, &jwks); err != nil {
		t.Fatal(err)
	}
	return jwks.Keys
}
