package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// atCommit makes a database in which the COMMIT of an assertion runs body first.
func atCommit(t *testing.T, body string) (*postgres.Store, string) {
	t.Helper()
	cluster := pgtest.Shared(t)
	url := cluster.Database(t)
	s := open(t, postgres.Options{URL: url})
	cluster.Exec(t, url, `CREATE SEQUENCE tries;
		CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN `+body+` RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON once DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION at_commit()`)
	return s, url
}

func assertion(id string) store.Once {
	return store.Once{Namespace: "test", ID: id, Exp: now.Add(time.Hour)}
}

func TestACommitThatFailsIsNoSuccess(t *testing.T) {
	for name, tt := range map[string]struct {
		body        string
		unavailable bool
	}{
		"refused":                {`RAISE EXCEPTION 'no';`, false},
		"connection lost":        {`PERFORM pg_terminate_backend(pg_backend_pid());`, true},
		"standby not waited for": {`RAISE WARNING 'canceling wait for synchronous replication';`, true},
		"too slow":               {`PERFORM pg_sleep(60);`, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := atCommit(t, tt.body)
			first, err := s.ConsumeOnce(t.Context(), assertion("a"), now)
			if err == nil || first {
				t.Fatalf("%v, %v: a success that is none", first, err)
			}
			if got := errors.Is(err, store.ErrUnavailable); got != tt.unavailable {
				t.Errorf("error %v: unavailable %v, want %v", err, got, tt.unavailable)
			}
		})
	}
}

func TestADepartingCallerCancelsNoCommit(t *testing.T) {
	s, url := atCommit(t, `PERFORM pg_sleep(0.5);`)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := s.ConsumeOnce(ctx, assertion("a"), now)
		left <- err
	}()
	conn := connect(t, url)
	for committing := false; !committing; {
		err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = 'PgSleep')`).Scan(&committing)
		if err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the context's", err)
	}
	for committed := false; !committed; {
		if err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM once)`).Scan(&committed); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoLeftBeforeBeginningDoesNotBegin(t *testing.T) {
	s := open(t, postgres.Options{URL: pgtest.Shared(t).Database(t)})
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.ConsumeOnce(ctx, assertion("a"), now); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if first, err := s.ConsumeOnce(t.Context(), assertion("a"), now); err != nil || !first {
		t.Errorf("first %v, %v", first, err)
	}
}

// TestLosersTryAgain: for the server's word that a transaction was rolled back.
func TestLosersTryAgain(t *testing.T) {
	for _, code := range []string{"40001", "40P01"} {
		t.Run(code, func(t *testing.T) {
			s, _ := atCommit(t, `IF nextval('tries') <= 2 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '`+code+`'; END IF;`)
			retries := 0
			s.BeforeRetry(func(error) { retries++ })
			first, err := s.ConsumeOnce(t.Context(), assertion("a"), now)
			if err != nil || !first || retries != 2 {
				t.Errorf("first %v, %v after %d retries", first, err, retries)
			}
		})
	}
}

func TestLosersGiveUp(t *testing.T) {
	s, _ := atCommit(t, `RAISE EXCEPTION 'lost' USING ERRCODE = '40001';`)
	retries := 0
	s.BeforeRetry(func(error) { retries++ })
	_, err := s.ConsumeOnce(t.Context(), assertion("a"), now)
	if !errors.Is(err, store.ErrUnavailable) || retries > postgres.MaxTries {
		t.Errorf("error %v after %d retries", err, retries)
	}
}
