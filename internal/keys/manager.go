package keys

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Store is what keys need of the store; its methods are those of store.Keys.
type Store interface {
	SigningKeys(ctx context.Context) ([]store.SigningKey, error)
	EnsureSigningKeys(ctx context.Context, candidates []store.SigningKey, now time.Time) ([]store.SigningKey, error)
	RotateSigningKey(ctx context.Context, r store.RotateSigningKey) ([]store.SigningKey, error)
	RevokeSigningKey(ctx context.Context, r store.RevokeSigningKey) ([]store.SigningKey, error)
}

// A Manager holds the signing keys of this process. It is safe for concurrent
// use; signing, verifying and publishing never wait for the store.
type Manager struct {
	store Store
	box   atomic.Pointer[seal.Box]
	now   func() time.Time

	current atomic.Pointer[set]
	// mu is held from asking the store until its answer is installed, so that
	// an older answer cannot replace a newer one. No key is generated under it.
	mu       sync.Mutex
	observed int64 // the version of the last refresh by Observe; guarded by mu
}

// New makes a Manager without keys; [Manager.Ensure] gets them. box must be of
// seal.PurposeSigningKey.
func New(s Store, box *seal.Box, now func() time.Time) *Manager {
	m := &Manager{store: s, now: now}
	m.box.Store(box)
	m.current.Store(&set{jwks: []byte(`{"keys":[]}`), etag: `"none"`})
	return m
}

// Ensure makes sure that RS256, which machine tokens and the official SDKs
// need, and algs have an active and a standby key. Call it at start-up and when
// the catalog asks for another algorithm; where nothing is missing, nothing is
// written. Several nodes on an empty database end up with the same keys. The
// error is [ErrSecret] if the database was made with another master secret.
func (m *Manager) Ensure(ctx context.Context, algs []string) error {
	if err := m.Refresh(ctx); err != nil {
		return err
	}
	candidates, err := m.generate(m.missing(append([]string{RS256}, algs...)))
	if err != nil || len(candidates) == 0 {
		return err
	}
	return m.install(func() ([]store.SigningKey, error) {
		return m.store.EnsureSigningKeys(ctx, candidates, m.now())
	})
}

func (m *Manager) missing(algs []string) []string {
	infos := m.current.Load().infos
	return slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(algs))), func(alg string) bool {
		return slices.ContainsFunc(infos, func(i Info) bool { return i.Alg == alg })
	})
}

// generate makes two keys for each algorithm, all at once: finding primes is
// most of a first start.
func (m *Manager) generate(algs []string) ([]store.SigningKey, error) {
	now := m.now()
	rows := make([]store.SigningKey, 2*len(algs))
	var group errgroup.Group
	for i := range rows {
		group.Go(func() (err error) {
			rows[i], err = generate(algs[i/2], m.box.Load(), now)
			if i%2 == 0 {
				rows[i].State, rows[i].ActiveAt = store.KeyActive, now
			}
			return err
		})
	}
	return rows, group.Wait()
}

// Use opens and seals with another box from now on, if it opens every key that is
// stored. Otherwise nothing changes, and the error is [ErrSecret].
func (m *Manager) Use(ctx context.Context, box *seal.Box) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows, err := m.store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	next, err := load(rows, nil, box, m.now()) // none of those known: this box must open them
	if err != nil {
		return err
	}
	m.box.Store(box)
	m.current.Store(next)
	return nil
}

// Refresh reads the keys from the store.
func (m *Manager) Refresh(ctx context.Context) error {
	return m.install(func() ([]store.SigningKey, error) { return m.store.SigningKeys(ctx) })
}

// Observe refreshes if version, the store's counter for keys, is not the one
// last observed. Whatever polls the counters calls it at each tick; after an
// error the next call tries again.
func (m *Manager) Observe(ctx context.Context, version int64) error {
	m.mu.Lock()
	known := m.observed == version
	m.mu.Unlock()
	if known {
		return nil
	}
	if err := m.Refresh(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	m.observed = version
	m.mu.Unlock()
	return nil
}

func (m *Manager) install(read func() ([]store.SigningKey, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows, err := read()
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	next, err := load(rows, m.current.Load(), m.box.Load(), m.now())
	if err != nil {
		return err
	}
	m.current.Store(next)
	return nil
}

// keys is the current set, without retired keys whose time is over.
func (m *Manager) keys() *set {
	s := m.current.Load()
	next, err := s.at(m.now())
	if err != nil || next == s {
		return s
	}
	m.current.CompareAndSwap(s, next)
	return next
}

// List describes the published keys, in the order of the key set.
func (m *Manager) List() []Info { return slices.Clone(m.keys().infos) }

// JWKS is the key set (RFC 7517 §5) and its entity tag. It is the same on every
// node. The bytes are shared: do not change them.
func (m *Manager) JWKS() (body []byte, etag string) {
	s := m.keys()
	return s.jwks, s.etag
}
