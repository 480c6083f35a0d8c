package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Backup writes the database at path into a new file, as it was at one moment. It
// takes no lock: a Store, of this process or another, may have the database open
// and goes on as if nothing happened. The copy is complete and checked, or it is
// not there.
func Backup(ctx context.Context, path, to string) error {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists already; a backup replaces nothing: %w", to, errors.Join(err, fs.ErrExist))
	}
	source, err := resolved(path)
	if err != nil {
		return err
	}
	aside, err := privateFile(to)
	if err != nil {
		return err
	}
	defer os.Remove(aside) // which after the last step is not there
	if err := copyInto(ctx, source, aside); err != nil {
		return fmt.Errorf("copying %s: %w", path, outside(err))
	}
	if err := check(ctx, aside); err != nil {
		return fmt.Errorf("the copy of %s: %w", path, err)
	}
	if err := errors.Join(flush(aside), os.Rename(aside, to)); err != nil {
		return err
	}
	return flushNames(filepath.Dir(to))
}

// privateFile makes an empty file beside path that only its owner may read.
func privateFile(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// copyInto fills an empty file. VACUUM INTO reads one snapshot, and leaves out the
// free pages, in which nothing should be, but that nobody needs.
func copyInto(ctx context.Context, path, to string) error {
	db, err := sql.Open("sqlite", dsn(path, []string{"busy_timeout(5000)", "trusted_schema(OFF)"}, "rw"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return err
}

// check finds out whether a file is a whole database of this program.
func check(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", dsn(path, []string{"trusted_schema(OFF)"}, "rw"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("%w: %w", ErrNoDatabase, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrNoDatabase, verdict)
	}
	var one int
	if err := db.QueryRowContext(ctx, "SELECT one FROM instance").Scan(&one); err != nil {
		return fmt.Errorf("%w: it was not made by this program", ErrNoDatabase)
	}
	return nil
}

// flush makes the content of a file survive a power cut.
func flush(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// flushNames makes the names in a directory survive one. Windows keeps them by itself
// and does not let a directory be flushed.
func flushNames(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
