package postgres_test

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// TestIntentsReadTheirOwnRows: what a login costs does not grow with the number of those
// that are there, even while PostgreSQL has no statistics and plans as for empty tables.
func TestIntentsReadTheirOwnRows(t *testing.T) {
	cluster := pgtest.Shared(t)
	url := cluster.Database(t)
	s := open(t, postgres.Options{URL: url, MaxConns: 1})
	for _, table := range []string{"logins", "codes", "grants", "attempts", "attempt_events"} {
		cluster.Exec(t, url, `ALTER TABLE `+table+` SET (autovacuum_enabled = false)`) // it would look at them
	}
	const logins = 40
	for range logins {
		if _, err := s.PutLogin(t.Context(), postedLogin()); err != nil { // one who goes no further
			t.Fatal(err)
		}
		id := family(t, s)
		if got, err := s.RotateRefresh(t.Context(), rotation(id, 0)); err != nil || got.Outcome != store.OutcomeOK {
			t.Fatal(got.Outcome, err)
		}
	}
	if err := s.Close(); err != nil { // a connection tells at its end what it read
		t.Fatal(err)
	}
	conn := connect(t, url)
	for told := false; !told; {
		if _, err := conn.Exec(t.Context(), `SELECT pg_stat_clear_snapshot()`); err != nil {
			t.Fatal(err)
		}
		err := conn.QueryRow(t.Context(), `SELECT n_tup_ins = $1 FROM pg_stat_user_tables WHERE relname = 'logins'`, 2*logins).Scan(&told)
		if err != nil {
			t.Fatal(err)
		}
	}
	rows, err := conn.Query(t.Context(), `SELECT relname, seq_tup_read FROM pg_stat_user_tables
			WHERE relname IN ('logins', 'codes', 'grants', 'attempts', 'attempt_events')
		UNION ALL SELECT indexrelname, idx_tup_read FROM pg_stat_user_indexes
			WHERE relname IN ('logins', 'codes', 'grants') AND indexrelname NOT IN ('logins_pkey', 'codes_pkey', 'grants_pkey', 'grants_family_key')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	looked := 0
	for ; rows.Next(); looked++ {
		var name string
		var read int
		if err := rows.Scan(&name, &read); err != nil {
			t.Fatal(err)
		}
		if read > 0 {
			t.Errorf("%s: %d rows were read that nobody asked for", name, read)
		}
	}
	if rows.Err() != nil || looked < 10 {
		t.Errorf("%d tables and indexes, %v", looked, rows.Err())
	}
}
