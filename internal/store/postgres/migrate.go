package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// migrationLock is the number of the advisory lock: "symbolon" in ASCII.
	migrationLock = 0x73796d626f6c6f6e
	// migrationWait bounds how long a node waits for another one that migrates.
	migrationWait  = 5 * time.Minute
	migrationRetry = 100 * time.Millisecond
	// migrationTries is for nodes that make the very first table at once.
	migrationTries = 10
)

// migrate brings the schema up to the newest that this binary knows, each step in
// a transaction of its own, one node at a time. There is no way down but a
// backup. A database that is up to date is only read, so the nodes need no right
// to change the schema once another role has migrated it.
func migrate(ctx context.Context, config *pgx.ConnConfig, portable bool) error {
	config = config.Copy()
	// A step may take long, but not wait for long: those behind it wait, too.
	config.RuntimeParams["statement_timeout"] = "0"
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db, portable)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	known := sources[len(sources)-1].Version
	for try := 0; ; try++ {
		current, err := schemaVersion(ctx, db)
		if err != nil {
			return fmt.Errorf("read the schema version: %w", err)
		}
		if current > known {
			return fmt.Errorf("%w: it has schema %d and this one knows up to %d; run the newer release, or restore a backup made before the upgrade", ErrNewerSchema, current, known)
		}
		if current == known {
			return nil
		}
		if _, err := provider.Up(ctx); err != nil && (try == migrationTries || !raced(err)) {
			return fmt.Errorf("migrate the schema: %w%s", err, adviceOn(err))
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// adviceOn says what to do where the role may only read and write rows.
func adviceOn(err error) string {
	if state(err) == insufficientPrivilege {
		return "; run \"symbolon migrate\" once as the role that owns the tables"
	}
	return ""
}

// Schema reads the version of the schema, 0 if there is none, and the newest that this
// binary knows. It changes nothing.
func Schema(ctx context.Context, o Options) (current, known int64, err error) {
	config, err := poolConfig(o)
	if err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, longPatience)
	defer cancel()
	db := stdlib.OpenDB(*config.ConnConfig)
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db, true)
	if err != nil {
		return 0, 0, err
	}
	sources := provider.ListSources()
	known = sources[len(sources)-1].Version
	if current, err = schemaVersion(ctx, db); err != nil {
		at := config.ConnConfig
		return 0, known, fmt.Errorf("database %s on %s: %w", at.Database, at.Host, outside(err, false))
	}
	return current, known, nil
}

// schemaVersion reads what goose has written, 0 if there is nothing yet.
func schemaVersion(ctx context.Context, db *sql.DB) (version int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	if state(err) == undefinedTable {
		return 0, nil
	}
	return version, err
}

// raced: another node was faster with the table of versions or locks. PostgreSQL
// reports two CREATE TABLE IF NOT EXISTS at once as a violated key of its own
// catalog.
func raced(err error) bool {
	switch state(err) {
	case uniqueViolation, duplicateTable:
		return true
	}
	return transient(err)
}

func newProvider(db *sql.DB, portable bool) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true)}
	if !portable {
		options = append(options, goose.WithSessionLocker(advisory{}))
	} else {
		row, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(migrationRetry, uint64(migrationWait/migrationRetry)))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithLocker(row))
	}
	return goose.NewProvider(goose.DialectPostgres, db, files, options...)
}

// advisory is a lock of the session: it ends with the node that holds it. It is
// asked for again and again, since whoever waits inside of PostgreSQL would keep a
// transaction open.
type advisory struct{}

func (advisory) SessionLock(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, migrationWait)
	defer cancel()
	for {
		var locked bool
		err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, int64(migrationLock)).Scan(&locked)
		if err != nil || locked {
			return err
		}
		select {
		case <-time.After(migrationRetry):
		case <-ctx.Done():
			return errors.Join(errors.New("another node migrates the schema and does not finish"), ctx.Err())
		}
	}
}

func (advisory) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrationLock))
	return err
}
