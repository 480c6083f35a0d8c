package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// retries counts what stores were told before they tried again, by SQLSTATE.
type retries struct {
	mu    sync.Mutex
	count map[string]int
}

func countRetries(stores ...*postgres.Store) *retries {
	r := &retries{count: map[string]int{}}
	for _, s := range stores {
		s.BeforeRetry(func(err error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			code := "none"
			if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
				code = failure.Code
			}
			r.count[code]++
		})
	}
	return r
}

func (r *retries) of(code string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count[code]
}

// TestStricterIsolation: under SERIALIZABLE, which some engines always have, three
// nodes that contend lose to each other for real (40001), try again, and still exactly
// one wins.
func TestStricterIsolation(t *testing.T) {
	url := pgtest.Shared(t).Database(t) + "&default_transaction_isolation=serializable"
	nodes := nodesOn(t, 3, postgres.Options{URL: url, MaxConns: 4})
	lost := countRetries(nodes...)
	const callers = 12
	for round := 0; round < 20 && lost.of("40001") == 0 || round < 3; round++ {
		p := postedLogin()
		if _, err := nodes[0].PutLogin(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		decisions := contest(t, nodes, callers, func(s *postgres.Store) (store.DecideOutcome, error) {
			return s.Decide(t.Context(), allowing(p))
		})
		want(t, decisions, map[store.DecideOutcome]int{store.Decided: 1, store.AlreadyDecided: callers - 1})

		id := family(t, nodes[1])
		refreshes := contest(t, nodes, callers, func(s *postgres.Store) (string, error) {
			got, err := s.RotateRefresh(t.Context(), rotation(id, 0))
			return fmt.Sprint(got.Outcome, "→", got.Grant.Generation), err
		})
		want(t, refreshes, map[string]int{
			fmt.Sprint(store.OutcomeOK, "→1"): 1, fmt.Sprint(store.OutcomeRepeated, "→1"): callers - 1,
		})
	}
	t.Logf("%d serialization failures were retried", lost.of("40001"))
	if lost.of("40001") == 0 {
		t.Error("nobody lost: nothing was tested")
	}
}

// TestTheVictimOfADeadlockTriesAgain: two transactions wait for each other for real,
// and PostgreSQL ends ours (40P01), since the other one is told to be patient.
func TestTheVictimOfADeadlockTriesAgain(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	s := open(t, postgres.Options{URL: url + "&deadlock_timeout=100ms"})
	lost := countRetries(s)
	a, b := allow(t, s), allow(t, s)
	other, err := connect(t, url+"&deadlock_timeout=1min").Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lock := func(id string) error {
		_, err := other.Exec(t.Context(), `SELECT 1 FROM grants WHERE id = $1 FOR UPDATE`, id)
		return err
	}
	// The statement locks the grants in the order in which they were made.
	first, second := a.Grant.ID, b.Grant.ID
	if err := lock(second); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.Revoke(t.Context(), store.Revoke{Connection: "conn_acme", Sub: "alice", Reason: "test", Now: now})
		done <- err
	}()
	awaitWaiter(t, url)
	if err := errors.Join(lock(first), other.Commit(t.Context())); err != nil {
		t.Fatalf("the other one lost: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("revoke: %v", err)
	}
	if lost.of("40P01") == 0 {
		t.Errorf("there was no deadlock: %v", lost.count)
	}
	for _, d := range []store.Decide{a, b} {
		if g, err := s.Grant(t.Context(), d.Grant.ID); err != nil || g.RevokedAt.IsZero() {
			t.Errorf("grant %s is live, %v", d.Grant.ID, err)
		}
	}
}

// awaitWaiter returns when somebody waits for a lock in the database.
func awaitWaiter(t *testing.T, url string) {
	t.Helper()
	conn := connect(t, url)
	for waits := false; !waits; {
		err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAPoolerHidesNoForgetfulServer: a database that acknowledges what it has not
// written is refused where a pooler keeps us from telling it otherwise.
func TestAPoolerHidesNoForgetfulServer(t *testing.T) {
	cluster := pgtest.Shared(t)
	url := cluster.Database(t)
	pooled := cluster.Pooled(t, url)
	name := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	cluster.Exec(t, url, `ALTER DATABASE `+name+` SET synchronous_commit = off`)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: pooled, Portable: true})
	if err == nil {
		_ = s.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("error %v", err)
	}
	open(t, postgres.Options{URL: url}) // without a pooler it is switched on
	cluster.Exec(t, url, `ALTER ROLE postgres IN DATABASE `+name+` SET synchronous_commit = on`)
	open(t, postgres.Options{URL: cluster.Pooled(t, url), Portable: true})
}
