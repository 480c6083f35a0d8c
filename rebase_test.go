package symbolon_test

// A database that moves to another base URL, and its schema as a step of its own.

import (
	"net/url"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

func agreed(symbolon.Rebasing) error { return nil }

func TestRebaseEndsWhatWasIssued(t *testing.T) {
	server := symbolontest.StartServer(t)
	x := &scene{t, server, server.Register(nil)}
	_, tokens := x.tokens()
	auth, code := x.code()
	before, cfg := server.URL, server.Config()
	server.Stop()
	to := strings.Replace(before, "127.0.0.1", "localhost", 1)
	plan, err := symbolon.Rebase(t.Context(), &cfg, to, agreed)
	if err != nil || plan.From != before || plan.To != to || plan.Grants != 2 || plan.Dynamic != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	if s, err := symbolon.New(cfg); err == nil || !strings.Contains(err.Error(), "symbolon rebase --to "+before) {
		t.Errorf("started under the old base URL: %v", err)
		if err == nil {
			_ = s.Close()
		}
	}
	var ended, entries int
	x.query("SELECT count(*) FROM grants WHERE revoked = 'base_url_changed'", &ended)
	x.query("SELECT count(*) FROM audit WHERE action = 'database.rebased'", &entries)
	if ended != 2 || entries != 1 {
		t.Errorf("%d grants ended, %d audit entries", ended, entries)
	}
	// Back where it was, nothing from before is worth anything: there are tokens that
	// somebody may have kept who got the old name meanwhile.
	if _, err := symbolon.Rebase(t.Context(), &cfg, before, agreed); err != nil {
		t.Fatal(err)
	}
	server.Restart()
	x.refusedAs("a refresh token", x.client.Refresh(tokens.Refresh), "invalid_grant")
	x.refusedAs("a code", x.client.Redeem(auth, code), "invalid_grant")
	if server.Active(tokens.Access) {
		t.Error("an access token is active")
	}
	x.honest()
}

func TestRebaseRefusesWhileServersRun(t *testing.T) {
	k := keepers(t, 1)[0]
	if _, err := symbolon.Rebase(t.Context(), &k.cfg, "https://login.example.com", agreed); err == nil || !strings.Contains(err.Error(), "these servers run on the database") {
		t.Errorf("beside a running server: %v", err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := symbolon.Rebase(t.Context(), &k.cfg, "https://login.example.com", agreed); err != nil {
		t.Errorf("once it has ended: %v", err)
	}
}

// TestMigrateAsAnotherRole: servers need no right to change tables.
func TestMigrateAsAnotherRole(t *testing.T) {
	standalone := symbolontest.StartServer(t)
	standalone.Stop()
	owner := standalone.Config()
	cluster := pgtest.New(t)
	owner.Database = cluster.Database(t)
	cluster.Exec(t, owner.Database, "CREATE ROLE rows LOGIN")
	server := owner
	u, err := url.Parse(owner.Database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("rows")
	server.Database = u.String()

	if s, err := symbolon.ReadSchema(t.Context(), &server); err != nil || s.Current != 0 || s.Known == 0 {
		t.Errorf("an empty database: %+v, %v", s, err)
	}
	if s, err := symbolon.New(server); err == nil || !strings.Contains(err.Error(), `run "symbolon migrate"`) {
		t.Errorf("started as a role that may make no tables: %v", err)
		if err == nil {
			_ = s.Close()
		}
	}
	if err := symbolon.Migrate(t.Context(), &owner); err != nil {
		t.Fatal(err)
	}
	cluster.Exec(t, owner.Database, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO rows; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO rows")
	if s, err := symbolon.ReadSchema(t.Context(), &server); err != nil || s.Current != s.Known {
		t.Errorf("after migrating: %+v, %v", s, err)
	}
	s, _ := node(t, server)
	if err := s.SelfCheck(t.Context()); err != nil {
		t.Error(err)
	}
}
