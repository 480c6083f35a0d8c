package symbolon_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// attacksS are attacks on what the database keeps.
var attacksS = []attack{
	{"S09_restore_revives", func(x *scene) {
		x = x.on(symbolontest.StartServer(x))
		config := x.server.Config()
		backup := filepath.Join(x.TempDir(), "backup.db")
		_, revoked := x.tokens()
		_, kept := x.tokens()
		a, code := x.code()
		if err := symbolon.Backup(x.Context(), &config, backup); err != nil {
			x.Fatal(err)
		}
		if r := x.client.Revoke(revoked.Refresh); r.Status != 200 {
			x.Fatal(r.Status)
		}
		var before, after int64
		b, spent := x.code()
		later := x.client.MustRedeem(b, spent)
		rotated := x.client.MustRefresh(kept.Refresh)
		x.query("SELECT max(seq) FROM audit", &before)
		x.server.Stop()
		if _, err := symbolon.Restore(x.Context(), &config, backup, symbolon.RestoreOptions{Replace: true}); err != nil {
			x.Fatal(err)
		}
		x.server.Restart()
		for what, token := range map[string]string{
			"revoked after the backup": revoked.Refresh, "issued after it": later.Refresh, "good all the time": kept.Refresh, "rotated after it": rotated.Refresh,
		} {
			x.refusedAs("a refresh token "+what, x.client.Refresh(token), "invalid_grant")
		}
		x.refusedAs("a code from before the backup", x.client.Redeem(a, code), "invalid_grant")
		x.refusedAs("a code spent after it", x.client.Redeem(b, spent), "invalid_grant")
		var restores int
		x.query("SELECT count(*) FROM audit WHERE action = 'database.restored'", &restores)
		if restores != 1 {
			x.Errorf("%d audit entries", restores)
		}
		// Who had read to the end before reads all that came after.
		if x.query("SELECT min(seq) FROM audit WHERE seq >= (SELECT seq FROM audit WHERE action = 'database.restored')", &after); after <= before {
			x.Errorf("the audit goes on at %d, and was at %d before", after, before)
		}
		x.honest()
	}},
}

func TestRestoreRefuses(t *testing.T) {
	server := symbolontest.StartServer(t)
	config := server.Config()
	dir := t.TempDir()
	backup := filepath.Join(dir, "backup.db")
	if err := symbolon.Backup(t.Context(), &config, backup); err != nil {
		t.Fatal(err)
	}
	damaged, text := filepath.Join(dir, "damaged.db"), filepath.Join(dir, "text.db")
	whole := read(t, backup)
	write(t, damaged, whole[:len(whole)/2], 0o600)
	write(t, text, "hello", 0o600)
	restore := func(file string, o symbolon.RestoreOptions, change ...func(*symbolon.Config)) error {
		c := config
		for _, f := range change {
			f(&c)
		}
		_, err := symbolon.Restore(t.Context(), &c, file, o)
		return err
	}
	replace := symbolon.RestoreOptions{Replace: true}
	if err := restore(backup, replace); !errors.Is(err, symbolon.ErrDatabaseInUse) {
		t.Errorf("beside a running server: %v", err)
	}
	server.Stop()
	before := read(t, server.DB)
	for _, tt := range []struct {
		name string
		err  error
		want error  // or
		says string // in the message
	}{
		{"over a database", restore(backup, symbolon.RestoreOptions{}), fs.ErrExist, ""},
		{"half a backup", restore(damaged, replace), symbolon.ErrNoBackup, ""},
		{"no database at all", restore(text, replace), symbolon.ErrNoBackup, ""},
		{"no file", restore(filepath.Join(dir, "none"), replace), fs.ErrNotExist, ""},
		{"another base URL", restore(backup, replace, func(c *symbolon.Config) { c.BaseURL = "http://127.0.0.1:1" }), nil, "this database belongs to"},
		{"another secret", restore(backup, replace, func(c *symbolon.Config) { c.Secret = symbolon.Secret(strings.Repeat("x", 32)) }), nil, "secret"},
	} {
		if tt.err == nil || tt.want != nil && !errors.Is(tt.err, tt.want) || !strings.Contains(tt.err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, tt.err)
		}
	}
	if read(t, server.DB) != before {
		t.Error("a restore that was refused changed the database")
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(server.DB), "*"))
	if err != nil || len(left) > 2 { // the database and its lock
		t.Errorf("left behind: %v %v", left, err)
	}
	if kept, err := symbolon.Restore(t.Context(), &config, backup, replace); err != nil || read(t, kept) != before {
		t.Errorf("the database that was replaced is not kept: %q %v", kept, err)
	}
	for _, file := range []string{backup, server.DB} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", file, info.Mode(), err)
		}
	}
	if err := symbolon.Backup(t.Context(), &config, backup); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a backup over another: %v", err)
	}
}

// A database that a crash left with a log must not meet the log of another.
func TestRestoreLeavesNoLogBehind(t *testing.T) {
	server := symbolontest.StartServer(t)
	config := server.Config()
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := symbolon.Backup(t.Context(), &config, backup); err != nil {
		t.Fatal(err)
	}
	server.Register(nil)
	server.Stop()
	write(t, server.DB+"-wal", "the log of another database", 0o600)
	kept, err := symbolon.Restore(t.Context(), &config, backup, symbolon.RestoreOptions{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	if read(t, kept+"-wal") != "the log of another database" {
		t.Error("the log did not go with its database")
	}
	server.Restart()
	x := &scene{t, server, server.Register(nil)}
	x.honest()
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
