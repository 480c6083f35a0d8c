package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// What "symbolon restore" prints for psql, in one command as psql -c runs it.
func TestRestoredSQL(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	s := open(t, postgres.Options{URL: url})
	before, err := s.Init(t.Context(), store.Identity{Epoch: "first", BaseURL: "https://auth.example", KeyCheck: "x"}, now)
	if err != nil {
		t.Fatal(err)
	}
	rotated := []store.AuditEntry{{At: now, Actor: "operator", Action: "keys.rotated", Object: "signing_key:a"}}
	if err := s.RecordAudit(t.Context(), rotated); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.PgConn().Exec(t.Context(), postgres.RestoredSQL()).ReadAll(); err != nil {
		t.Fatal(err)
	}
	after, err := s.Init(t.Context(), store.Identity{}, now)
	if err != nil || after.Epoch == before.Epoch || len(after.Epoch) < 32 {
		t.Errorf("epoch %q, %v; it was %q", after.Epoch, err, before.Epoch)
	}
	if err := s.RecordAudit(t.Context(), rotated); err != nil {
		t.Fatal(err)
	}
	found, err := s.ListAudit(t.Context(), store.AuditFilter{Forward: true, After: 1000})
	if err != nil || len(found) != 2 || found[0].Action != "database.restored" || found[0].Position < store.RestoredPositions ||
		found[0].At.Before(now.AddDate(-30, 0, 0)) || found[1].Action != "keys.rotated" || found[1].Position <= found[0].Position {
		t.Errorf("%+v, %v", found, err)
	}
}
