//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// TestAStandbyIsNeverRead (attack S01): not if the URL names it first, nor if it asks for
// one. It lags behind as far as it can. And nobody waits for it.
func TestAStandbyIsNeverRead(t *testing.T) {
	pair := pgtest.NewPair(t, pgtest.Loopback, pgtest.Loopback)
	url := pair.URL("postgres")
	writer := open(t, postgres.Options{URL: url})
	if _, err := connect(t, pair.Standby.URL("postgres")).Exec(t.Context(), `SELECT pg_wal_replay_pause()`); err != nil {
		t.Fatal(err)
	}
	rounds := 125
	if os.Getenv("SYMBOLON_SOAK") != "" {
		rounds = 25_000
	}
	for _, attrs := range []string{"any", "standby", "prefer-standby", "read-only"} {
		t.Run(attrs, func(t *testing.T) {
			other := open(t, postgres.Options{URL: url + "&target_session_attrs=" + attrs})
			var callers sync.WaitGroup
			for range 5 {
				callers.Go(func() {
					for range rounds / 5 {
						if err := revoked(t.Context(), writer, other); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			callers.Wait()
		})
	}
	delaysNobody(t, pair, writer)
	if _, err := postgres.Open(t.Context(), postgres.Options{URL: pair.Standby.URL("postgres")}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a standby alone: %v, want ErrUnavailable", err)
	}
}

// revoked revokes on one node, and at once uses on another what was revoked.
func revoked(ctx context.Context, one, other *postgres.Store) error {
	login := postedLogin()
	decision := allowing(login)
	code := redeeming(decision)
	_, err := one.PutLogin(ctx, login)
	if err == nil {
		_, err = one.Decide(ctx, decision)
	}
	if err == nil {
		_, err = other.RedeemCode(ctx, code)
	}
	if err == nil {
		_, err = one.Revoke(ctx, store.Revoke{GrantID: decision.Grant.ID, Reason: "test", Now: now})
	}
	if err != nil {
		return err
	}
	used, err := other.RotateRefresh(ctx, rotation(code.Family, 0))
	if err := oneOf(err, used.Outcome, store.OutcomeEnded); err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	g, err := other.Grant(ctx, decision.Grant.ID)
	if err == nil && g.RevokedAt.IsZero() {
		err = errors.New("the grant is live")
	}
	return err
}

// TestAFormerPrimaryIsNotTrusted: it stood still, its standby was promoted, and now it
// goes on as if nothing had been. Who has met the new one never goes back; who comes anew
// may meet the old one first, trusts it with nothing, and finds the other.
func TestAFormerPrimaryIsNotTrusted(t *testing.T) {
	pair := pgtest.NewPair(t, pgtest.Loopback, pgtest.Loopback)
	url := pair.URL("postgres")
	one, other := open(t, postgres.Options{URL: url}), open(t, postgres.Options{URL: url})
	initialized(t, one)
	if err := revoked(t.Context(), one, other); err != nil {
		t.Fatal(err)
	}

	old := pair.Primary
	old.Signal(t, syscall.SIGSTOP)
	time.Sleep(time.Second)
	pair.Promote(t)
	within(t, "an intent", func() error {
		_, err := one.ConsumeOnce(t.Context(), assertion(fmt.Sprint(time.Now().UnixNano())), now)
		return err
	})
	within(t, "the versions", func() error { _, err := other.Versions(t.Context()); return err })
	old.Signal(t, syscall.SIGCONT)
	for range 20 {
		if err := revoked(t.Context(), one, other); err != nil {
			t.Error(err)
		}
	}
	for _, url := range []string{url, old.URL("postgres")} {
		stranger := open(t, postgres.Options{URL: url})
		found := false
		for begun := time.Now(); !found && time.Since(begun) < 3*time.Second; time.Sleep(50 * time.Millisecond) {
			_, err := stranger.Versions(t.Context())
			found = err == nil
		}
		if alone := url == old.URL("postgres"); found == alone {
			t.Errorf("%s: trusted: %t", url, found)
		} else if found {
			if err := revoked(t.Context(), one, stranger); err != nil {
				t.Error(err)
			}
		}
	}
}

// delaysNobody: a connection is made at once where another host takes writes, though the
// first one is silent.
func delaysNobody(t *testing.T, pair *pgtest.Pair, s *postgres.Store) {
	t.Helper()
	pair.Standby.Signal(t, syscall.SIGSTOP)
	defer pair.Standby.Signal(t, syscall.SIGCONT)
	quick := 0
	for range 5 {
		pair.Primary.Exec(t, pair.Primary.URL("postgres"), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'symbolon'`)
		begun := time.Now()
		within(t, "a read", func() error { _, err := s.UserDisabled(t.Context(), "conn", "nobody"); return err })
		if time.Since(begun) < time.Second { // less than it takes to give up on a host
			quick++
		}
	}
	if quick < 3 {
		t.Errorf("%d of 5 connections were made at once", quick)
	}
}
