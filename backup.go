package symbolon

// Copies of the database, and the way back.

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

// ErrNotInAFile means that the database is in memory: there is nothing to copy.
var ErrNotInAFile = errors.New("the database is not in a file")

// ErrNoBackup means that a file is damaged, or no backup of a SQLite database;
// ErrNoDump, that it is none of a PostgreSQL one.
var (
	ErrNoBackup = sqlite.ErrNoDatabase
	ErrNoDump   = postgres.ErrNoBackup
)

// Backup writes the database that c names into a new file with mode 0600, as it
// was at one moment, whether a server runs or not. The master secret is not in it.
// The error is fs.ErrExist if the file exists, and exec.ErrNotFound if the database is
// PostgreSQL and its programs are missing here.
func Backup(ctx context.Context, c *Config, file string) error {
	if c.sharesDatabase() {
		return postgres.Dump(ctx, c.Database, file)
	}
	path := c.DatabaseFile()
	if path == "" {
		return ErrNotInAFile
	}
	return sqlite.Backup(ctx, path, file)
}

// RestoreOptions says what Restore may do.
type RestoreOptions struct {
	// Replace allows that a database is there. A file is kept under another name.
	Replace bool
}

// Restore puts a backup into the place of the database that c names. No server may
// run on it. The database gets a new epoch, which no code or refresh token was
// issued under: a backup knows nothing of what was revoked after it was made, so a
// restore signs everyone out. kept is where a database went that was replaced.
//
// A backup that a server with this configuration could not use is refused, and
// nothing is changed. The error is [ErrDatabaseInUse], fs.ErrExist or [ErrNoBackup],
// or tells what does not fit.
func Restore(ctx context.Context, c *Config, file string, o RestoreOptions) (kept string, err error) {
	if c.sharesDatabase() {
		return "", restoreShared(ctx, c, file, o)
	}
	path := c.DatabaseFile()
	if path == "" {
		return "", ErrNotInAFile
	}
	now := time.Now()
	if c.Now != nil {
		now = c.Now()
	}
	return sqlite.Restore(ctx, sqlite.RestoreOptions{
		From: file, Path: path, Replace: o.Replace, Epoch: newEpoch(), Now: now,
		Audit: []store.AuditEntry{{
			At: now, Actor: "operator", Action: "database.restored", Detail: map[string]string{"file": filepath.Base(file)},
		}},
		Check: func(restored string) error { return fits(*c, restored) },
	})
}

// fits opens a database as a server would: base URL and master secret must be its own.
func fits(c Config, database string) error {
	c.Database = sqlitePrefix + database
	server, err := Open(c)
	if err != nil {
		return fmt.Errorf("the backup does not fit this configuration: %w", err)
	}
	return server.Close()
}

// newEpoch is 128 random bits: what is issued under one epoch is worthless under
// every other.
func newEpoch() string {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails (Go 1.24): the program ends instead
	return base64.RawURLEncoding.EncodeToString(random)
}
