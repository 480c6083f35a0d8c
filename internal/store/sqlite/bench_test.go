package sqlite_test

import (
	"crypto/rand"
	"encoding/binary"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

func benchStore(b *testing.B, path string) *sqlite.Store {
	b.Helper()
	s, err := sqlite.Open(b.Context(), sqlite.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// modes: what an intent costs in CPU (memory), with the disk (file).
func modes(b *testing.B, run func(b *testing.B, s *sqlite.Store)) {
	b.Run("memory", func(b *testing.B) { run(b, benchStore(b, sqlite.Memory)) })
	b.Run("file", func(b *testing.B) { run(b, benchStore(b, b.TempDir()+"/bench.db")) })
}

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

// family makes a grant with a refresh token family, by the intents themselves.
func family(b *testing.B, s *sqlite.Store) store.FamilyID {
	b.Helper()
	p := postedLogin()
	g := store.Grant{
		ID: "grt_" + rand.Text(), MCPServer: "res_todo", Scopes: []string{"todo:read", "todo:write"}, Offline: true,
		ClientID: "cli", ClientName: "Inspector", ClientJSON: []byte(`{"token_endpoint_auth_method":"none"}`),
		RedirectURI: "http://localhost/callback", RedirectHost: "localhost", ExpiresAt: now.Add(720 * time.Hour),
	}
	c := store.Code{ID: rand.Text(), ClientID: "cli", Challenge: "c", MCPServer: "res_todo", ExpiresAt: now.Add(time.Minute)}
	d := store.Decide{Login: p.Login.ID, Connection: "conn_acme", Now: now, Decision: store.DecisionAllow, Grant: &g, Code: &c}
	r := store.RedeemCode{ID: c.ID, ClientID: "cli", Challenge: "c", Permits: benchPermits, Now: now}
	_, _ = rand.Read(r.Family[:])
	if _, err := s.PutLogin(b.Context(), p); err != nil {
		b.Fatal(err)
	}
	if got, err := s.Decide(b.Context(), d); err != nil || got != store.Decided {
		b.Fatal(got, err)
	}
	if got, err := s.RedeemCode(b.Context(), r); err != nil || got.Outcome != store.OutcomeOK {
		b.Fatal(got.Outcome, err)
	}
	return r.Family
}

var benchPermits = []store.Permit{{MCPServer: "res_todo", Connection: "conn_acme"}}

func rotation(id store.FamilyID, generation uint32) store.RotateRefresh {
	return store.RotateRefresh{
		Family: id, Generation: generation, ClientID: "cli", Permits: benchPermits, Grace: 30 * time.Second, Now: now,
	}
}

func BenchmarkRotate(b *testing.B) {
	modes(b, func(b *testing.B, s *sqlite.Store) {
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
	})
}

func BenchmarkRotateParallel(b *testing.B) {
	modes(b, func(b *testing.B, s *sqlite.Store) {
		b.SetParallelism(64)
		before := s.Stats()
		b.RunParallel(func(pb *testing.PB) {
			id := family(b, s)
			for generation := uint32(0); pb.Next(); generation++ {
				got, err := s.RotateRefresh(b.Context(), rotation(id, generation))
				if err != nil || got.Outcome != store.OutcomeOK {
					b.Error(got.Outcome, err)
					return
				}
			}
		})
		reportCommits(b, s, before)
	})
}

func BenchmarkPutLogin(b *testing.B) {
	modes(b, func(b *testing.B, s *sqlite.Store) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.PutLogin(b.Context(), postedLogin()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPutLoginParallel(b *testing.B) {
	modes(b, func(b *testing.B, s *sqlite.Store) {
		b.SetParallelism(64)
		before := s.Stats()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.PutLogin(b.Context(), postedLogin()); err != nil {
					b.Error(err)
					return
				}
			}
		})
		reportCommits(b, s, before)
	})
}

func BenchmarkReadGrant(b *testing.B) {
	modes(b, func(b *testing.B, s *sqlite.Store) {
		id := family(b, s)
		got, err := s.RotateRefresh(b.Context(), rotation(id, 0))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Grant(b.Context(), got.Grant.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// reportCommits shows how many intents shared a commit.
func reportCommits(b *testing.B, s *sqlite.Store, before sqlite.Stats) {
	b.Helper()
	after := s.Stats()
	b.ReportMetric(float64(after.Intents-before.Intents)/float64(after.Commits-before.Commits), "intents/commit")
}
