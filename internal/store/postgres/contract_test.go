package postgres_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
	"github.com/symbolon-auth/symbolon/internal/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var now = time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)

// TestContract runs the contract as PostgreSQL allows, as an engine allows that lacks
// advisory locks and NOTIFY, and behind a pooler that shares sessions out by
// transaction.
func TestContract(t *testing.T) {
	for _, tt := range []struct {
		name     string
		portable bool
		pooled   bool
	}{{name: "postgresql"}, {name: "portable", portable: true}, {name: "pgbouncer", portable: true, pooled: true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // mostly waiting for the disk
			cluster := pgtest.Shared(t)
			direct := cluster.Database(t)
			url := direct
			if tt.pooled {
				url = cluster.Pooled(t, direct)
			}
			s := open(t, postgres.Options{URL: url, Portable: tt.portable})
			conn := connect(t, direct)
			storetest.Run(t, func(t *testing.T) store.Store {
				if _, err := conn.Exec(t.Context(), empty); err != nil {
					t.Fatal(err)
				}
				return s
			})
		})
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// empty makes a database as a new one is, in less time.
const empty = `DELETE FROM instance; UPDATE versions SET catalog = 0, keys = 0; DELETE FROM logins;
	DELETE FROM grants; DELETE FROM once; DELETE FROM objects; DELETE FROM signing_keys;
	DELETE FROM registration_keys; DELETE FROM attempts; DELETE FROM audit;
	DELETE FROM disabled_users; DELETE FROM revocations; UPDATE positions SET last = 0;
	DELETE FROM secrets; DELETE FROM servers`

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
