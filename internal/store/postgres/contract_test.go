package postgres_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
	"github.com/symbolon-auth/symbolon/internal/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var now = time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)

// TestContract runs the contract as PostgreSQL allows, and as an engine allows
// that lacks advisory locks and NOTIFY.
func TestContract(t *testing.T) {
	for name, portable := range map[string]bool{"postgresql": false, "portable": true} {
		t.Run(name, func(t *testing.T) {
			cluster := pgtest.Shared(t)
			url := cluster.Database(t)
			s := open(t, postgres.Options{URL: url, Portable: portable})
			storetest.Run(t, func(t *testing.T) store.Store {
				cluster.Exec(t, url, empty)
				return s
			})
		})
	}
}

// empty makes a database as a new one is, in less time.
const empty = `DELETE FROM instance; UPDATE versions SET catalog = 0, keys = 0; DELETE FROM logins;
	DELETE FROM grants; DELETE FROM once; DELETE FROM objects; DELETE FROM signing_keys;
	DELETE FROM registration_keys; DELETE FROM attempts; DELETE FROM audit;
	DELETE FROM disabled_users; DELETE FROM revocations; UPDATE positions SET last = 0`

func open(tb testing.TB, o postgres.Options) *postgres.Store {
	tb.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := postgres.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}
