package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// RestoreOptions says what takes whose place.
type RestoreOptions struct {
	From string // the backup, which stays as it is
	Path string // of the database
	// Replace allows that there is a database at Path. It is kept under another
	// name, see Restore.
	Replace bool
	// Epoch is a new one: nothing that was issued under another one can be used.
	Epoch string
	Audit []store.AuditEntry
	// Check is asked about the restored database, while it has still another name.
	// Its error is that of Restore, and nothing is replaced.
	Check func(path string) error
	Now   time.Time
}

// Restore puts a backup in the place of the database, under a new epoch. kept is
// where the database went that was there, "" if there was none. The error is
// ErrLocked if a server has the database open, fs.ErrExist if it may not be
// replaced, ErrNoDatabase if the backup is damaged or none.
func Restore(ctx context.Context, o RestoreOptions) (kept string, err error) {
	if o.Path, err = resolved(o.Path); err != nil {
		return "", err
	}
	lock, err := lockFile(o.Path + ".lock")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	info, err := os.Stat(o.Path)
	exists := err == nil && info.Size() > 0
	if exists && !o.Replace {
		return "", fmt.Errorf("%s: %w", o.Path, fs.ErrExist)
	}
	aside, err := privateFile(o.Path)
	if err != nil {
		return "", err
	}
	defer removeDatabase(aside)
	if err := prepare(ctx, o, aside); err != nil {
		return "", err
	}
	if exists {
		kept = o.Path + ".before-restore-" + o.Now.UTC().Format("20060102T150405Z")
	}
	return kept, replace(o.Path, aside, kept)
}

// prepare makes a database of the backup.
func prepare(ctx context.Context, o RestoreOptions, aside string) error {
	if err := copyFile(o.From, aside); err != nil {
		return err
	}
	if err := check(ctx, aside); err != nil {
		return fmt.Errorf("%s: %w", o.From, err)
	}
	if err := beginEpoch(ctx, aside, o.Epoch, o.Audit); err != nil {
		return outside(err)
	}
	if o.Check != nil {
		if err := o.Check(aside); err != nil {
			return err
		}
	}
	return flush(aside)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// beginEpoch ends, in one transaction, what every code and refresh token of the
// backup was worth, and records that.
func beginEpoch(ctx context.Context, path, epoch string, audit []store.AuditEntry) (err error) {
	db, err := sql.Open("sqlite", dsn(path, []string{"synchronous(FULL)", "trusted_schema(OFF)"}, "rw"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	q := &session{ctx: ctx, cache: newStatements(conn)}
	defer q.cache.close()
	for _, run := range []func() error{
		func() error { _, err := q.exec("BEGIN IMMEDIATE"); return err },
		func() error { _, err := q.exec("UPDATE instance SET epoch = ?", epoch); return err },
		func() error { return record(q, audit) },
		func() error {
			_, err := q.exec("UPDATE audit SET seq = seq + ? WHERE seq = (SELECT max(seq) FROM audit)", store.RestoredPositions)
			return err
		},
		func() error { _, err := q.exec("COMMIT"); return err },
	} {
		if err := run(); err != nil {
			return err // closing the connection rolls back
		}
	}
	return nil
}

// replace gives the new database its name. The old one's log moves first, and the
// new one comes last: at no moment does a database stand beside a log that is not
// its own, which would destroy it.
func replace(path, with, kept string) error {
	if kept == "" {
		kept = path + ".log-without-database"
	}
	for _, suffix := range []string{"-wal", ""} {
		if err := os.Rename(path+suffix, kept+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_ = os.Remove(path + "-shm") // an index of the log, made anew when needed
	if err := os.Rename(with, path); err != nil {
		return err
	}
	return flushNames(filepath.Dir(path))
}

// resolved is the name under which a Store would lock the path.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if target, err := filepath.EvalSymlinks(path); !errors.Is(err, fs.ErrNotExist) {
		return target, err
	}
	return path, nil
}

// removeDatabase removes what is left of an attempt, if anything is.
func removeDatabase(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		_ = os.Remove(path + suffix)
	}
}
