//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// TestWhatIsNotReplicatedIsNotAcknowledged: while the standby is stopped, a COMMIT ends
// only because somebody cancels its wait, and then its changes show though they may be
// lost with the primary (attack S02). Neither the intent is acknowledged then nor its
// repetition, which finds it done. With the standby back, the same intents succeed; and
// after a failover everything is there that was acknowledged.
func TestWhatIsNotReplicatedIsNotAcknowledged(t *testing.T) {
	pair := pgtest.NewPair(t, pgtest.Loopback, pgtest.Loopback)
	s := open(t, postgres.Options{URL: pair.URL("postgres")})
	initialized(t, s)
	intents := repeatable(t, s)

	pair.Standby.Signal(t, syscall.SIGSTOP)
	stop := cancelWaits(t, pair.Primary.URL("postgres"))
	for _, i := range intents {
		for _, time := range []string{"at first", "again"} {
			if err := i.run(t.Context()); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s, %s, while nothing is replicated: %v, want ErrUnavailable", i.name, time, err)
			}
		}
	}
	stop()
	for range 4 {
		if _, err := s.Versions(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("the versions, while nothing is replicated: %v, want ErrUnavailable", err)
		}
	}
	if n := waiters(t, pair.Primary.URL("postgres")); n > 2 {
		t.Errorf("%d sessions wait for the standby, and nobody for them", n)
	}
	pair.Standby.Signal(t, syscall.SIGCONT)
	for _, i := range intents {
		within(t, i.name, func() error { return i.run(t.Context()) })
	}
	pair.Primary.Signal(t, syscall.SIGKILL)
	pair.Promote(t)
	for _, i := range intents {
		within(t, i.name, func() error { return i.lasts(t.Context()) })
	}
}

// intent is one that may be repeated, and how to see that it happened.
type intent struct {
	name       string
	run, lasts func(context.Context) error
}

func repeatable(t *testing.T, s *postgres.Store) []intent {
	t.Helper()
	login, rotated, ended, user := postedLogin(), family(t, s), allow(t, s).Grant.ID, "bob"
	refresh := func(generation uint32, want ...store.Outcome) func(context.Context) error {
		return func(ctx context.Context) error {
			got, err := s.RotateRefresh(ctx, rotation(rotated, generation))
			return oneOf(err, got.Outcome, want...)
		}
	}
	disable := true
	return []intent{
		{"a login", func(ctx context.Context) error {
			got, err := s.PutLogin(ctx, login)
			return oneOf(err, got, store.LoginRecorded, store.LoginKnown)
		}, func(ctx context.Context) error { _, err := s.Login(ctx, login.Login.ID); return err }},
		{"a refresh", refresh(0, store.OutcomeOK, store.OutcomeRepeated), refresh(1, store.OutcomeOK)},
		{"a revocation", func(ctx context.Context) error {
			_, err := s.Revoke(ctx, store.Revoke{GrantID: ended, Reason: "test", Now: now})
			return err
		}, func(ctx context.Context) error {
			g, err := s.Grant(ctx, ended)
			return oneOf(err, g.RevokedAt.IsZero(), false)
		}},
		{"a user's end", func(ctx context.Context) error {
			_, err := s.UpdateUser(ctx, store.UpdateUser{Connection: "conn_acme", Sub: user, Disabled: &disable, Now: now})
			return err
		}, func(ctx context.Context) error {
			is, err := s.UserDisabled(ctx, "conn_acme", user)
			return oneOf(err, is, true)
		}},
	}
}

func oneOf[T comparable](err error, got T, want ...T) error {
	for _, w := range want {
		if err != nil || got == w {
			return err
		}
	}
	return fmt.Errorf("%v, want one of %v", got, want)
}

// cancelWaits ends every wait for the standby, as an operator does who finds them, until
// stop is called.
func cancelWaits(t *testing.T, url string) (stop func()) {
	t.Helper()
	conn := connect(t, url)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { cancelling(ctx, conn) })
	return func() { cancel(); running.Wait() }
}

func cancelling(ctx context.Context, conn *pgx.Conn) {
	for ctx.Err() == nil {
		_, err := conn.Exec(ctx, `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
		if err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// within waits for an intent to succeed, while connections recover.
func within(t *testing.T, name string, run func() error) {
	t.Helper()
	err := run()
	for begun := time.Now(); err != nil; err = run() {
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("%s: %v", name, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// initialized is a store as a server has it.
func initialized(t *testing.T, s *postgres.Store) {
	t.Helper()
	if _, err := s.Init(t.Context(), store.Identity{Epoch: "e", BaseURL: "b", KeyCheck: "k"}, now); err != nil {
		t.Fatal(err)
	}
}

// waiters are the sessions whose COMMIT waits for the standby.
func waiters(t *testing.T, url string) (n int) {
	t.Helper()
	err := connect(t, url).QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
