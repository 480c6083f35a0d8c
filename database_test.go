package symbolon_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// node is one of several servers on a database.
func node(t *testing.T, cfg symbolon.Config) (s *symbolon.Server, logged *bytes.Buffer) {
	t.Helper()
	logged = &bytes.Buffer{}
	cfg.Logger = slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, err := symbolon.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, logged
}

// shared is a configuration on a database that servers share. Their clocks run, as its own
// does, or they would trust nothing.
func shared(cfg symbolon.Config, database string) symbolon.Config {
	cfg.Database, cfg.Now = database, time.Now
	return cfg
}

// knows asks a server for the metadata of the MCP server of these tests.
func knows(s *symbolon.Server, cfg symbolon.Config) bool {
	r := httptest.NewRequest(http.MethodGet, cfg.BaseURL+"/resources/res_todo/.well-known/oauth-authorization-server", nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code == http.StatusOK
}

// TestServersOfOneDatabase: no server applies its file by itself, each says that it
// differs, and what a command applies reaches all of them.
func TestServersOfOneDatabase(t *testing.T) {
	standalone := symbolontest.StartServer(t)
	standalone.Stop()
	cfg := shared(standalone.Config(), pgtest.New(t).Database(t))
	a, logged := node(t, cfg)
	b, _ := node(t, cfg)
	if knows(a, cfg) || !strings.Contains(logged.String(), "symbolon apply") {
		t.Fatalf("the first server applied its file, or did not say that it does not; it said: %s", logged)
	}
	if _, err := admin.InProcess(a.Operator()).Apply(t.Context(), wanted(t, cfg)); err != nil {
		t.Fatal(err)
	}
	for !knows(a, cfg) || !knows(b, cfg) {
		time.Sleep(time.Millisecond)
	}
	if _, logged := node(t, cfg); logged.Len() > 0 {
		t.Errorf("a server whose file is applied warns: %s", logged)
	}
}

// TestSharedDatabaseNeedsItsSecret: none of several servers makes a secret that the
// others do not have.
func TestSharedDatabaseNeedsItsSecret(t *testing.T) {
	standalone := symbolontest.StartServer(t)
	standalone.Stop()
	cfg := standalone.Config()
	cfg.Secret, cfg.SecretFile = "", t.TempDir()+"/symbolon.secret"
	cfg.Database = "postgres://nobody@127.0.0.1:1/none"
	if _, err := symbolon.New(cfg); err == nil || !strings.Contains(err.Error(), "secret_file") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(cfg.SecretFile); err == nil {
		t.Error("a secret was made")
	}
}
