package keys_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const day = 24 * time.Hour

var quarterly = keys.Schedule{Every: 90 * day, PublishBefore: day}

// rotations is how often keys have been rotated.
func (m *memory) rotations() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.audit)
}

func rotateDue(t *testing.T, m *keys.Manager) []keys.Info {
	t.Helper()
	signing, err := m.RotateDue(t.Context(), quarterly)
	if err != nil {
		t.Fatal(err)
	}
	return signing
}

func TestScheduledRotation(t *testing.T) {
	s, c := with(keys.RS256, keys.ES256), newClock()
	m := ready(t, s, c)
	next := inState(t, m, keys.RS256, store.KeyStandby).KID
	c.advance(quarterly.Every - time.Second)
	if reads := s.reads; len(rotateDue(t, m)) != 0 || s.reads != reads {
		t.Fatal("a rotation before its time, or a question to the store")
	}
	c.advance(time.Second)
	if signing := rotateDue(t, m); len(signing) != 2 || signing[0].KID != next {
		t.Fatalf("rotated %v, want both algorithms, RS256 to %s", signing, next)
	}
	if s.audit[0].Actor != "schedule" || s.audit[0].Action != "keys.rotated" {
		t.Errorf("audit %+v", s.audit[0])
	}
	if len(rotateDue(t, m)) != 0 {
		t.Error("rotated twice")
	}
	if _, err := m.RotateDue(t.Context(), keys.Schedule{PublishBefore: day}); err != nil || s.rotations() != 2 {
		t.Error("rotated without a schedule")
	}
}

// However many nodes find a rotation due, and however old their view is, one happens.
func TestScheduledRotationOfManyNodes(t *testing.T) {
	s, c := with(keys.RS256, keys.ES256), newClock()
	nodes := make([]*keys.Manager, 5)
	for i := range nodes {
		nodes[i] = ready(t, s, c)
	}
	for due := 1; due <= 2; due++ {
		c.advance(quarterly.Every)
		var group sync.WaitGroup
		for _, m := range nodes {
			group.Go(func() { rotateDue(t, m) })
		}
		group.Wait()
		for _, m := range nodes {
			rotateDue(t, m) // those that lost
		}
		if got := s.rotations(); got != 2*due { // of two algorithms
			t.Fatalf("%d rotations, want %d", got, 2*due)
		}
	}
}

// A node whose clock is wrong by minutes moves the rotation by minutes, and nothing else.
func TestScheduledRotationByAWrongClock(t *testing.T) {
	s, c := with(keys.RS256), newClock()
	early, late := newClock(), newClock()
	early.advance(5 * time.Minute)
	late.advance(-5 * time.Minute)
	right, fast, slow := ready(t, s, c), ready(t, s, early), ready(t, s, late)
	old := sign(t, right, keys.RS256, "old")
	tick := func(d time.Duration) {
		for _, clock := range []*clock{c, early, late} {
			clock.advance(d)
		}
		for i, m := range []*keys.Manager{slow, right, fast} {
			rotateDue(t, m)
			if err := m.Observe(t.Context(), int64(1000+s.rotations())); err != nil {
				t.Fatal(i, err)
			}
		}
	}
	tick(quarterly.Every - 6*time.Minute)
	if s.rotations() != 0 {
		t.Fatal("rotated more than five minutes early")
	}
	for range 20 {
		tick(time.Minute)
	}
	if s.rotations() != 1 {
		t.Fatalf("%d rotations, want 1", s.rotations())
	}
	fresh := sign(t, slow, keys.RS256, "new")
	for name, m := range map[string]*keys.Manager{"slow": slow, "right": right, "fast": fast} {
		for what, token := range map[string]string{"old": old, "new": fresh} {
			if _, err := m.Verify(token, keys.TypeAccessToken); err != nil {
				t.Errorf("%s node, %s token: %v", name, what, err)
			}
		}
	}
}

// What signs was published for long enough, whatever else happened to the keys.
func TestScheduledRotationWaitsForVerifiers(t *testing.T) {
	s, c := with(keys.RS256), newClock()
	m := ready(t, s, c)
	c.advance(quarterly.Every - time.Hour)
	if err := m.Revoke(t.Context(), inState(t, m, keys.RS256, store.KeyStandby), "operator"); err != nil {
		t.Fatal(err)
	}
	c.advance(23 * time.Hour)
	if len(rotateDue(t, m)) != 0 {
		t.Error("a key signs that was published an hour short of a day ago")
	}
	if at := quarterly.Mark(m.List())[0].RotatesAt; !at.Equal(c.now().Add(time.Hour)) {
		t.Errorf("due at %s, want in an hour from %s", at, c.now())
	}
	c.advance(time.Hour)
	if len(rotateDue(t, m)) != 1 {
		t.Error("not rotated when it was due")
	}
}

// failing is a store that is down.
type failing struct {
	*memory
	err error
}

func (f *failing) RotateSigningKey(ctx context.Context, r store.RotateSigningKey) ([]store.SigningKey, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.memory.RotateSigningKey(ctx, r)
}

func TestScheduledRotationThatFailed(t *testing.T) {
	s, c := &failing{with(keys.RS256), store.ErrUnavailable}, newClock()
	m := ready(t, s, c)
	c.advance(quarterly.Every)
	before := sign(t, m, keys.RS256, "x")
	if _, err := m.RotateDue(t.Context(), quarterly); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("err = %v", err)
	}
	if _, err := m.Verify(before, keys.TypeAccessToken); err != nil {
		t.Error(err)
	}
	s.err = nil
	if len(rotateDue(t, m)) != 1 {
		t.Error("not tried again")
	}
}

// The caller judged a standby key; another one never signs in its stead.
func TestRotateToAKeyThatIsNoLongerNext(t *testing.T) {
	s, c := with(keys.RS256), newClock()
	m := ready(t, s, c)
	judged := inState(t, m, keys.RS256, store.KeyStandby)
	rotate(t, m, keys.RS256)
	if err := m.Rotate(t.Context(), judged, "operator"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("err = %v, want ErrConflict", err)
	}
}

func TestRevoke(t *testing.T) {
	s, c := with(keys.RS256), newClock()
	m, other := ready(t, s, c), ready(t, s, c)
	version := int64(1)
	revoke := func(state store.KeyState) keys.Info {
		t.Helper()
		key := inState(t, m, keys.RS256, state)
		if err := m.Revoke(t.Context(), key, "operator"); err != nil {
			t.Fatal(err)
		}
		version++
		if err := other.Observe(t.Context(), version); err != nil {
			t.Fatal(err)
		}
		for _, node := range []*keys.Manager{m, other} {
			for _, k := range published(t, node) {
				if k["kid"] == key.KID {
					t.Errorf("the %s key is still published", state)
				}
			}
		}
		return key
	}
	refused := func(token string, want bool) {
		t.Helper()
		for _, node := range []*keys.Manager{m, other} {
			if _, err := node.Verify(token, keys.TypeAccessToken); errors.Is(err, keys.ErrToken) != want {
				t.Errorf("refused: %v, want %t", err, want)
			}
		}
	}

	first, next := sign(t, m, keys.RS256, "first"), inState(t, m, keys.RS256, store.KeyStandby)
	revoke(store.KeyActive)
	refused(first, true)
	second := sign(t, other, keys.RS256, "second")
	refused(second, false)
	if got := inState(t, other, keys.RS256, store.KeyActive); got.KID != next.KID {
		t.Errorf("%s signs, want the standby key %s", got.KID, next.KID)
	}

	gone := revoke(store.KeyStandby)
	if inState(t, m, keys.RS256, store.KeyStandby).KID == gone.KID {
		t.Error("nothing took the standby key's place")
	}
	refused(second, false)

	rotate(t, m, keys.RS256)
	revoke(store.KeyRetired)
	refused(second, true)
	if err := m.Revoke(t.Context(), gone, "operator"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("again: %v, want ErrConflict", err)
	}
	for i, action := range []string{"keys.revoked", "keys.revoked", "keys.rotated", "keys.revoked"} {
		if s.audit[i].Action != action || s.audit[i].Actor != "operator" {
			t.Errorf("audit %d: %+v, want %s", i, s.audit[i], action)
		}
	}
}

// A kid is an argument of commands.
func TestKeyIDsAreNoOptions(t *testing.T) {
	s := &memory{}
	m := ready(t, s, newClock(), keys.EdDSA)
	for range 300 {
		rotate(t, m, keys.EdDSA)
		if kid := m.List()[len(m.List())-1].KID; kid[0] == '-' {
			t.Fatalf("kid %s", kid)
		}
	}
	for _, row := range s.rows {
		if row.KID[0] == '-' {
			t.Fatalf("kid %s", row.KID)
		}
	}
}
