package durability

// A PostgreSQL that answers late, not at all, or others (S05).

import (
	"context"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

func TestFaultPostgreSQL(t *testing.T) {
	cluster := pgtest.New(t)
	cluster.Exec(t, cluster.URL("postgres"), "ALTER SYSTEM SET max_connections = 40") // so that they are soon taken
	cluster.Stop(t, "fast")
	cluster.Start(t)
	for _, fault := range []struct {
		name, what string
		trouble    func(t *testing.T, database string) (end func())
	}{
		{"S05_tables_locked", "a PostgreSQL whose tables somebody locks", lock},
		{"S05_pool_exhausted", "a PostgreSQL without a connection left", crowd},
		{"S05_database_stopped", "a PostgreSQL that is stopped (SIGSTOP)", func(t *testing.T, _ string) func() {
			cluster.Signal(t, syscall.SIGSTOP)
			return func() { cluster.Signal(t, syscall.SIGCONT) }
		}},
		{"S05_database_gone", "a PostgreSQL that is shut down", func(t *testing.T, _ string) func() {
			cluster.Stop(t, "immediate")
			return func() { cluster.Start(t) }
		}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			database := cluster.Database(t)
			x := newTrial(t, campaign.Settings{Database: database}, func(n *campaign.Node) { n.Apply(t) })
			x.survives(t, fault.what, mustRefuse, func(t *testing.T) func() { return fault.trouble(t, database) })
		})
	}
}

// lock holds the tables that every step of a login needs.
func lock(t *testing.T, database string) (end func()) {
	t.Helper()
	conn := session(t, database)
	if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE logins, codes, grants"); err != nil {
		t.Fatal(err)
	}
	return func() { _ = conn.Close(context.WithoutCancel(t.Context())) }
}

// crowd takes every connection that the server gives, also those that others had.
func crowd(t *testing.T, database string) (end func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	var held []*pgx.Conn
	first := session(t, database)
	held = append(held, first)
	for range 2 { // the server's nodes come back for those they lost
		for {
			conn, err := pgx.Connect(ctx, database)
			if err != nil {
				break // too many connections
			}
			held = append(held, conn)
		}
		if _, err := first.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'symbolon'`); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for _, conn := range held {
			_ = conn.Close(ctx)
		}
	}
}

func session(t *testing.T, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
