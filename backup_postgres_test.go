package symbolon_test

// Backups of a database that servers share.

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/symbolon-auth/symbolon"
)

// restoreRevivesOnPostgreSQL: a backup is made beside three servers that run, and what was
// revoked after it stays so. What does not fit changes nothing.
func restoreRevivesOnPostgreSQL(x *scene) {
	c := x.cluster()
	backup, replace := filepath.Join(x.TempDir(), "backup.dump"), symbolon.RestoreOptions{Replace: true}
	_, revoked := c.tokens()
	_, kept := c.tokens()
	a, code := c.code()
	if err := symbolon.Backup(x.Context(), &c.config, backup); err != nil {
		x.Fatal(err)
	}
	if err := symbolon.Backup(x.Context(), &c.config, backup); !errors.Is(err, fs.ErrExist) {
		x.Errorf("a backup over another: %v", err)
	}
	if r := c.client.Revoke(revoked.Refresh); r.Status != 200 {
		x.Fatal(r.Status)
	}
	if _, err := symbolon.Restore(x.Context(), &c.config, backup, replace); err == nil || !strings.Contains(err.Error(), "these servers run on the database") {
		x.Errorf("beside running servers: %v", err)
	}
	for _, s := range c.servers {
		if err := s.Close(); err != nil {
			x.Fatal(err)
		}
	}
	damaged := filepath.Join(x.TempDir(), "damaged.dump")
	write(x.T, damaged, read(x.T, backup)[:9000], 0o600)
	other, stranger := c.config, c.config
	other.BaseURL, stranger.Secret = "http://127.0.0.1:1", symbolon.Secret(strings.Repeat("x", 32))
	for _, test := range []struct {
		what   string
		config symbolon.Config
		file   string
		how    symbolon.RestoreOptions
		is     error
		says   string
	}{
		{"over a database", c.config, backup, symbolon.RestoreOptions{}, fs.ErrExist, ""},
		{"half a backup", c.config, damaged, replace, symbolon.ErrNoDump, ""},
		{"no backup", c.config, "backup_postgres_test.go", replace, symbolon.ErrNoDump, ""},
		{"another base URL", other, backup, replace, nil, "symbolon rebase"},
		{"another secret", stranger, backup, replace, nil, "secret"},
	} {
		_, err := symbolon.Restore(x.Context(), &test.config, test.file, test.how)
		if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
			x.Errorf("%s: %v", test.what, err)
		}
	}
	c.add(x) // on the database as it was
	x.refusedAs("a refresh token revoked before what was refused", c.on(3).client.Refresh(revoked.Refresh), "invalid_grant")
	kept = c.client.MustRefresh(kept.Refresh)
	if err := c.servers[3].Close(); err != nil {
		x.Fatal(err)
	}

	if _, err := symbolon.Restore(x.Context(), &c.config, backup, replace); err != nil {
		x.Fatal(err)
	}
	c.add(x)
	c.on(4)
	for what, token := range map[string]string{"revoked after the backup": revoked.Refresh, "rotated after it": kept.Refresh} {
		x.refusedAs("a refresh token "+what, c.client.Refresh(token), "invalid_grant")
	}
	x.refusedAs("a code from before the backup", c.client.Redeem(a, code), "invalid_grant")
	c.honest()
}
