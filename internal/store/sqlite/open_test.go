package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

func TestPragmas(t *testing.T) {
	s := open(t, file(t))
	for name, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1",
		"busy_timeout": "5000", "secure_delete": "1", "trusted_schema": "0",
	} {
		if got, err := s.Pragma(t.Context(), name); got != want || err != nil {
			t.Errorf("%s = %s, %v; want %s", name, got, err, want)
		}
	}
}

func TestEveryTableIsStrict(t *testing.T) {
	s := open(t, sqlite.Memory)
	n, err := s.Exec(t.Context(), `INSERT INTO once SELECT 'loose', name, 1 FROM pragma_table_list
		WHERE type = 'table' AND strict = 0 AND schema = 'main'
		AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`)
	if err != nil || n != 0 {
		t.Errorf("%d tables are not strict, %v", n, err)
	}
}

func TestReopeningKeepsEverything(t *testing.T) {
	path := file(t)
	s := open(t, path)
	want, err := s.Init(t.Context(), store.Identity{Epoch: "e", BaseURL: "b", KeyCheck: "k"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, path).Init(t.Context(), store.Identity{Epoch: "other"}, now)
	if err != nil || got != want {
		t.Errorf("identity %v, %v; want %v", got, err, want)
	}
}

func TestOneOpener(t *testing.T) {
	path := file(t)
	first := open(t, path)
	link := filepath.Join(t.TempDir(), "other-name.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		_, err := sqlite.Open(t.Context(), sqlite.Options{Path: name})
		if !errors.Is(err, sqlite.ErrLocked) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want ErrLocked naming the file", name, err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, link)
}

func TestANewerSchemaIsRefused(t *testing.T) {
	path := file(t)
	s := open(t, path)
	if _, err := s.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time the lock must have been given up
		_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
		if !errors.Is(err, sqlite.ErrNewerSchema) || !strings.Contains(err.Error(), "9999") {
			t.Fatalf("error = %v, want ErrNewerSchema", err)
		}
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	path := file(t)
	s := open(t, path)
	if err := use(t.Context(), s, "a"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

func TestErasedDetailsAreGoneFromTheFile(t *testing.T) {
	path := file(t)
	s := open(t, path)
	l := store.Login{
		ID: store.LoginID{1}, Attempt: "req_1", Connection: "conn_acme", DecideBy: now.Add(time.Minute),
		User: store.User{Sub: "alice", Email: strings.Repeat("findme", 2000)}, // longer than a page
	}
	if _, err := s.PutLogin(t.Context(), store.PutLogin{Login: l}); err != nil {
		t.Fatal(err)
	}
	d := store.Decide{Login: l.ID, Connection: l.Connection, Now: now, Decision: store.DecisionDeny}
	if got, err := s.Decide(t.Context(), d); got != store.Decided || err != nil {
		t.Fatal(got, err)
	}
	if err := s.Close(); err != nil { // moves the log into the file
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(content), "findme") {
		t.Error("the file still holds the user's details")
	}
}

func TestAnotherWritersLockIsUnavailable(t *testing.T) {
	path := file(t)
	s := open(t, path)
	if _, err := s.Pragma(t.Context(), "busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := use(t.Context(), s, "a"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("error = %v, want ErrUnavailable", err)
	}
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := use(t.Context(), s, "a"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestOpenNamesTheFileItCannotOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "symbolon.db")
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error = %v", err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Options{}); err == nil {
		t.Error("no path is no error")
	}
}
