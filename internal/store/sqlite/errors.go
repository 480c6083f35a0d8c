package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Errors of Open that a command tells apart.
var (
	// ErrLocked: another process (or another Store of this one) has the database open.
	ErrLocked = errors.New("database is in use")
	// ErrNewerSchema: a newer release of Symbolon has migrated the database.
	ErrNewerSchema = errors.New("database was made by a newer release")
	// ErrNoDatabase: a backup is damaged, or no database of Symbolon.
	ErrNoDatabase = errors.New("this is no intact database of Symbolon")
)

var (
	errClosed = fmt.Errorf("%w: the store is closed", store.ErrUnavailable)
	// errGone: SQLite ended the transaction that an intent was part of.
	errGone = fmt.Errorf("%w: SQLite rolled the transaction back", store.ErrUnavailable)
)

// outside marks the errors that come from around the database (no space, no
// permission, someone else's lock) as store.ErrUnavailable. What is left, such as
// a violated constraint, is a defect of ours and stays what it is.
func outside(err error) error {
	var failure *sqlite.Error
	if !errors.As(err, &failure) || errors.Is(err, store.ErrUnavailable) {
		return err
	}
	// The low byte is the primary result code (sqlite.org/rescode.html).
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}
