package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// TestTheServerCrashesUnderLoad: whatever was acknowledged is there, whatever was
// refused says so, and the store needs no help to go on.
func TestTheServerCrashesUnderLoad(t *testing.T) {
	cluster := pgtest.New(t)
	s := open(t, postgres.Options{URL: cluster.URL("postgres")})
	for round, mode := range []string{"fast", "immediate"} {
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		var acknowledged []string
		var load sync.WaitGroup
		for worker := range 12 {
			load.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					id := fmt.Sprint(round, "-", worker, "-", n)
					first, err := s.ConsumeOnce(context.Background(), assertion(id), now)
					switch {
					case err == nil && first:
						mu.Lock()
						acknowledged = append(acknowledged, id)
						mu.Unlock()
					case !errors.Is(err, store.ErrUnavailable):
						t.Errorf("%s: %v, %v", id, first, err)
					}
				}
			})
		}
		time.Sleep(200 * time.Millisecond)
		cluster.Stop(t, mode)
		time.Sleep(100 * time.Millisecond)
		cluster.Start(t)
		for {
			first, err := s.ConsumeOnce(t.Context(), assertion(fmt.Sprint(round, "-again-", time.Now().UnixNano())), now)
			if err == nil && first {
				break
			}
		}
		stop()
		load.Wait()
		if len(acknowledged) == 0 {
			t.Error("there was no load")
		}
		for _, id := range acknowledged {
			if first, err := s.ConsumeOnce(t.Context(), assertion(id), now); err != nil || first {
				t.Fatalf("%s: first %v, %v: an acknowledged intent is lost", id, first, err)
			}
		}
	}
}

func TestNothingAnswers(t *testing.T) {
	cluster := pgtest.New(t)
	s := open(t, postgres.Options{URL: cluster.URL("postgres")})
	cluster.Stop(t, "fast")
	for range 2 {
		if _, err := s.ConsumeOnce(t.Context(), assertion("a"), now); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("an intent: %v", err)
		}
		if _, err := s.Versions(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("the versions: %v", err)
		}
	}
	secret := strings.Replace(cluster.URL("postgres"), "postgres@", "postgres:hunter2@", 1)
	_, err := postgres.Open(t.Context(), postgres.Options{URL: secret})
	if !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("opening: %v", err)
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	s, err := postgres.Open(t.Context(), postgres.Options{URL: pgtest.Shared(t).Database(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ConsumeOnce(t.Context(), assertion("a"), now); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}

// TestABusyPoolRefuses: who finds no connection in time is told so, and the
// versions are asked for all the same.
func TestABusyPoolRefuses(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	s := open(t, postgres.Options{URL: url, MaxConns: 1})
	other, err := connect(t, url).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(t.Context(), `LOCK TABLE once`); err != nil {
		t.Fatal(err)
	}
	var callers sync.WaitGroup
	for i := range 3 {
		callers.Go(func() {
			if _, err := s.ConsumeOnce(t.Context(), assertion(fmt.Sprint(i)), now); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("error %v, want ErrUnavailable", err)
			}
		})
	}
	if _, err := s.Versions(t.Context()); err != nil {
		t.Errorf("the versions: %v", err)
	}
	callers.Wait()
}

// TestLongAndOddTexts: PostgreSQL bounds index entries and takes no NUL in a text.
func TestLongAndOddTexts(t *testing.T) {
	s := open(t, postgres.Options{URL: pgtest.Shared(t).Database(t)})
	p := postedLogin()
	attributes := `{"odd":"\u0000\ud83d\ude00",  "spaces":"stay"}`
	p.Login.User.CustomAttributes = []byte(attributes)
	d := allowing(p)
	d.Grant.ClientID = strings.Repeat("x", 100) + strings.Join(strings.Split(fmt.Sprint(make([]int, 4000)), " "), "")
	d.Audit = []store.AuditEntry{{At: now, Action: "grant.created", Object: "client:" + d.Grant.ClientID}}
	decided(t, s, p, d)
	for _, query := range []store.GrantFilter{{ClientID: d.Grant.ClientID}, {}} {
		found, err := s.ListGrants(t.Context(), query)
		if err != nil || len(found) != 1 || found[0].ClientID != d.Grant.ClientID {
			t.Fatalf("%d grants, %v", len(found), err)
		}
		if got := string(found[0].Claims.CustomAttributes); got != `{"odd":"\u0000\ud83d\ude00","spaces":"stay"}` {
			t.Errorf("attributes %s", got)
		}
	}
	if found, err := s.ListAudit(t.Context(), store.AuditFilter{Object: "client:" + d.Grant.ClientID}); err != nil || len(found) != 1 {
		t.Errorf("%d audit entries, %v", len(found), err)
	}
	if found, err := s.ListGrants(t.Context(), store.GrantFilter{ClientID: d.Grant.ClientID[:2000]}); err != nil || len(found) != 0 {
		t.Errorf("%d grants of a client with the same beginning, %v", len(found), err)
	}
	ended, err := s.Revoke(t.Context(), store.Revoke{ClientID: d.Grant.ClientID, Reason: "test", Now: now})
	if err != nil || len(ended) != 1 {
		t.Errorf("%d ended, %v", len(ended), err)
	}
}

// counter counts statements.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return ctx
}

func (*counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TestStatementsOfAnIntent: each is a round trip, once the server knows it.
func TestStatementsOfAnIntent(t *testing.T) {
	var statements counter
	s := open(t, postgres.Traced(postgres.Options{URL: pgtest.Shared(t).Database(t)}, &statements))
	cost := func(name string, want int, intent func() error) {
		t.Helper()
		before := statements.n
		if err := intent(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := statements.n - before; got != want {
			t.Errorf("%s: %d statements, want %d", name, got, want)
		}
	}
	p := postedLogin()
	d := allowing(p)
	r := redeeming(d)
	put := func() error { _, err := s.PutLogin(t.Context(), p); return err }
	decide := func() error { _, err := s.Decide(t.Context(), d); return err }
	redeem := func() error { _, err := s.RedeemCode(t.Context(), r); return err }
	rotate := func(generation uint32, once *store.Once) func() error {
		return func() error {
			req := rotation(r.Family, generation)
			req.Once = once
			_, err := s.RotateRefresh(t.Context(), req)
			return err
		}
	}
	jti := assertion("jti")
	cost("PutLogin", 1, put)
	cost("PutLogin again", 2, put)
	cost("Decide", 1, decide)
	cost("Decide again", 2, decide)
	cost("RedeemCode", 1, redeem)
	cost("RotateRefresh", 1, rotate(0, nil))
	cost("RotateRefresh again", 2, rotate(0, nil))
	cost("RotateRefresh with an assertion", 1, rotate(1, &jti))
	cost("RotateRefresh of an old token", 3, rotate(0, nil))
	cost("ConsumeOnce", 1, func() error { _, err := s.ConsumeOnce(t.Context(), assertion("a"), now); return err })
	cost("Revoke", 1, func() error {
		_, err := s.Revoke(t.Context(), store.Revoke{GrantID: d.Grant.ID, Reason: "test", Now: now})
		return err
	})
	cost("Grant", 1, func() error { _, err := s.Grant(t.Context(), d.Grant.ID); return err })
	cost("Versions", 1, func() error { _, err := s.Versions(t.Context()); return err })
}
