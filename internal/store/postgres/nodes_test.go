package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// contest lets n callers at once, on nodes in turn, and counts their answers.
func contest[T comparable](t *testing.T, nodes []*postgres.Store, n int, call func(s *postgres.Store) (T, error)) map[T]int {
	t.Helper()
	var mu sync.Mutex
	var done sync.WaitGroup
	count := map[T]int{}
	start := make(chan struct{})
	for i := range n {
		done.Go(func() {
			<-start
			answer, err := call(nodes[i%len(nodes)])
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("unexpected error: %v", err)
			}
			count[answer]++
		})
	}
	close(start)
	done.Wait()
	return count
}

func nodesOn(t *testing.T, n int, o postgres.Options) []*postgres.Store {
	t.Helper()
	nodes := make([]*postgres.Store, n)
	var opened sync.WaitGroup
	for i := range nodes {
		opened.Go(func() {
			s, err := postgres.Open(t.Context(), o)
			if err != nil {
				t.Errorf("node %d: %v", i, err)
				return
			}
			t.Cleanup(func() { _ = s.Close() })
			nodes[i] = s
		})
	}
	opened.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return nodes
}

// TestTenNodesOnAnEmptyDatabase start at once, and make one of everything.
func TestTenNodesOnAnEmptyDatabase(t *testing.T) {
	for _, name := range []string{"postgresql", "portable", "pgbouncer"} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.Shared(t).Database(t)
			if name == "pgbouncer" {
				url = pgtest.Shared(t).Pooled(t, url)
			}
			nodes := nodesOn(t, 10, postgres.Options{URL: url, Portable: name != "postgresql", MaxConns: 2})
			var mu sync.Mutex
			made := 0
			count := contest(t, nodes, 10, func(s *postgres.Store) (string, error) {
				mu.Lock()
				made++
				name := fmt.Sprint("node", made)
				mu.Unlock()
				id, err := s.Init(t.Context(), store.Identity{Epoch: name, BaseURL: "b", KeyCheck: "k"}, now)
				if err != nil {
					return "", err
				}
				keys, err := s.EnsureSigningKeys(t.Context(), []store.SigningKey{
					{KID: name + "-1", Alg: "RS256", State: store.KeyActive, CreatedAt: now, Public: []byte("{}")},
					{KID: name + "-2", Alg: "RS256", State: store.KeyStandby, CreatedAt: now, Public: []byte("{}")},
				}, now)
				if err != nil || len(keys) != 2 {
					return fmt.Sprint(keys), err
				}
				registration, err := s.EnsureRegistrationKey(t.Context(), store.RegistrationKey{Number: 1, Sealed: name, CreatedAt: now}, now)
				if err != nil || len(registration) != 1 {
					return fmt.Sprint(registration), err
				}
				return id.Epoch + keys[0].KID + keys[1].KID + registration[0].Sealed, nil
			})
			if len(count) != 1 {
				t.Errorf("the nodes disagree: %v", count)
			}
		})
	}
}

func TestThreeNodesContest(t *testing.T) {
	nodes := nodesOn(t, 3, postgres.Options{URL: pgtest.Shared(t).Database(t)})
	const callers = 60
	for range 5 {
		p := postedLogin()
		if _, err := nodes[0].PutLogin(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		decisions := contest(t, nodes, callers, func(s *postgres.Store) (store.DecideOutcome, error) {
			return s.Decide(t.Context(), allowing(p))
		})
		want(t, decisions, map[store.DecideOutcome]int{store.Decided: 1, store.AlreadyDecided: callers - 1})

		d := allow(t, nodes[1])
		codes := contest(t, nodes, callers, func(s *postgres.Store) (store.Outcome, error) {
			got, err := s.RedeemCode(t.Context(), redeeming(d))
			return got.Outcome, err
		})
		want(t, codes, map[store.Outcome]int{
			store.OutcomeOK: 1, store.OutcomeReplayed: 1, store.OutcomeEnded: callers - 2,
		})

		id := family(t, nodes[2])
		refreshes := contest(t, nodes, callers, func(s *postgres.Store) (string, error) {
			got, err := s.RotateRefresh(t.Context(), rotation(id, 0))
			return fmt.Sprint(got.Outcome, "→", got.Grant.Generation), err
		})
		want(t, refreshes, map[string]int{
			fmt.Sprint(store.OutcomeOK, "→1"): 1, fmt.Sprint(store.OutcomeRepeated, "→1"): callers - 1,
		})
	}
}

func want[T comparable](t *testing.T, got, want map[T]int) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("answers %v, want %v", got, want)
	}
}

// TestBurningMeetsADecision: a grant that grows while its login burns ends too.
func TestBurningMeetsADecision(t *testing.T) {
	nodes := nodesOn(t, 2, postgres.Options{URL: pgtest.Shared(t).Database(t)})
	for range 40 {
		p := postedLogin()
		if _, err := nodes[0].PutLogin(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		d := allowing(p)
		contest(t, nodes, 2, func(s *postgres.Store) (bool, error) {
			if s == nodes[0] {
				return s.Burn(t.Context(), store.Burn{Login: p.Login.ID, Now: now})
			}
			got, err := s.Decide(t.Context(), d)
			return got == store.Decided, err
		})
		g, err := nodes[0].Grant(t.Context(), d.Grant.ID)
		if err == nil && g.RevokedAt.IsZero() {
			t.Fatal("the grant of a burned login is live")
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
	}
}

func TestNotify(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	nodes := nodesOn(t, 2, postgres.Options{URL: url})
	changed := nodes[0].Notify(t.Context())
	conn := connect(t, url)
	version := int64(0)
	apply := func() {
		t.Helper()
		var err error
		version, err = nodes[1].ApplyCatalog(t.Context(), store.ApplyCatalog{Base: version, Now: now, Put: []catalog.Object{
			{Kind: catalog.KindClient, ID: "cli_1", Owner: catalog.OwnerFile, Spec: []byte(`{}`)},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	// Listening begins some time after Notify, and again after a connection is lost.
	for round := range 2 {
		for heard := false; !heard; {
			apply()
			select {
			case _, heard = <-changed:
			case <-time.After(50 * time.Millisecond):
			}
		}
		if round == 0 {
			_, err := conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	cluster := pgtest.Shared(t)
	url := cluster.Database(t)
	open(t, postgres.Options{URL: url})
	cluster.Exec(t, url, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	_, err := postgres.Open(t.Context(), postgres.Options{URL: url})
	if !errors.Is(err, postgres.ErrNewerSchema) || !strings.Contains(err.Error(), "9999") {
		t.Errorf("error %v, want ErrNewerSchema", err)
	}
}

// TestANodeNeedsNoRightToChangeTheSchema once another role has made it.
func TestANodeNeedsNoRightToChangeTheSchema(t *testing.T) {
	cluster := pgtest.Shared(t)
	url := cluster.Database(t)
	open(t, postgres.Options{URL: url})
	cluster.Exec(t, url, `CREATE ROLE node LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO node`)
	t.Cleanup(func() { cluster.Exec(t, url, `DROP OWNED BY node; DROP ROLE node`) })
	s := open(t, postgres.Options{URL: strings.Replace(url, "postgres@", "node@", 1)})
	family(t, s)
}
