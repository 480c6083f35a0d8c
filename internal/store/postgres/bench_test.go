package postgres_test

import (
	"crypto/rand"
	"encoding/binary"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

// The usual way to a refresh token, as SQLite's benchmarks go it.

var serial atomic.Uint64

func postedLogin() store.PutLogin {
	l := store.Login{
		Attempt: "req_" + rand.Text(), Connection: "conn_acme",
		User: store.User{
			Sub: "alice", Email: "alice@acme.example", Name: "Alice Example",
			Roles: []string{"admin", "editor"}, CustomAttributes: []byte(`{"plan":"pro","seats":12}`),
		},
		PostedAt: now, DecideBy: now.Add(10 * time.Minute),
	}
	binary.BigEndian.PutUint64(l.ID[:], serial.Add(1))
	return store.PutLogin{
		Login: l, Attempt: store.AttemptSummary{Connection: "conn_acme", Sub: "alice", StartedAt: now},
		Events: []store.Event{{At: now, Step: "authorize", OK: true}, {At: now, Step: "user_details", OK: true}},
	}
}

func allowing(p store.PutLogin) store.Decide {
	g := store.Grant{
		ID: "grt_" + rand.Text(), MCPServer: "res_todo", Scopes: []string{"todo:read", "todo:write"}, Offline: true,
		ClientID: "cli", ClientName: "Inspector", ClientJSON: []byte(`{"token_endpoint_auth_method":"none"}`),
		RedirectURI: "http://localhost/callback", RedirectHost: "localhost", ExpiresAt: now.Add(720 * time.Hour),
	}
	c := store.Code{ID: rand.Text(), ClientID: "cli", Challenge: "c", MCPServer: "res_todo", ExpiresAt: now.Add(time.Minute)}
	return store.Decide{Login: p.Login.ID, Connection: "conn_acme", Now: now, Decision: store.DecisionAllow, Grant: &g, Code: &c}
}

func decided(tb testing.TB, s *postgres.Store, p store.PutLogin, d store.Decide) {
	tb.Helper()
	if _, err := s.PutLogin(tb.Context(), p); err != nil {
		tb.Fatal(err)
	}
	if got, err := s.Decide(tb.Context(), d); err != nil || got != store.Decided {
		tb.Fatal(got, err)
	}
}

func allow(tb testing.TB, s *postgres.Store) store.Decide {
	tb.Helper()
	p := postedLogin()
	d := allowing(p)
	decided(tb, s, p, d)
	return d
}

var permits = []store.Permit{{MCPServer: "res_todo", Connection: "conn_acme"}}

func redeeming(d store.Decide) store.RedeemCode {
	r := store.RedeemCode{ID: d.Code.ID, ClientID: "cli", Challenge: "c", Permits: permits, Now: now}
	_, _ = rand.Read(r.Family[:])
	return r
}

func family(tb testing.TB, s *postgres.Store) store.FamilyID {
	tb.Helper()
	r := redeeming(allow(tb, s))
	if got, err := s.RedeemCode(tb.Context(), r); err != nil || got.Outcome != store.OutcomeOK {
		tb.Fatal(got.Outcome, err)
	}
	return r.Family
}

func rotation(id store.FamilyID, generation uint32) store.RotateRefresh {
	return store.RotateRefresh{
		Family: id, Generation: generation, ClientID: "cli", Permits: permits, Grace: 30 * time.Second, Now: now,
	}
}

// callers is how many are served side by side in a parallel benchmark.
const callers = 64

func benchStore(b *testing.B) *postgres.Store {
	b.Helper()
	return open(b, postgres.Options{URL: pgtest.Shared(b).Database(b)})
}

func BenchmarkRotate(b *testing.B) {
	s := benchStore(b)
	id := family(b, s)
	var generation uint32
	b.ReportAllocs()
	for b.Loop() {
		got, err := s.RotateRefresh(b.Context(), rotation(id, generation))
		if err != nil || got.Outcome != store.OutcomeOK {
			b.Fatal(got.Outcome, err)
		}
		generation = got.Grant.Generation
	}
}

func BenchmarkRotateParallel(b *testing.B) {
	s := benchStore(b)
	ready := make(chan store.FamilyID, callers)
	for range callers {
		ready <- family(b, s)
	}
	b.SetParallelism(callers / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		id := <-ready
		for generation := uint32(0); pb.Next(); generation++ {
			got, err := s.RotateRefresh(b.Context(), rotation(id, generation))
			if err != nil || got.Outcome != store.OutcomeOK {
				b.Error(got.Outcome, err)
				return
			}
		}
	})
}

func BenchmarkPutLogin(b *testing.B) {
	s := benchStore(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.PutLogin(b.Context(), postedLogin()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutLoginParallel(b *testing.B) {
	s := benchStore(b)
	b.SetParallelism(callers / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.PutLogin(b.Context(), postedLogin()); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
