package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Memory is the Path of a private database that is gone when it is closed.
const Memory = ":memory:"

// readerConnections bounds the pool that reads.
const readerConnections = 4

// Options says where the database is.
type Options struct {
	// Path of the file, made (with mode 0600) if it does not exist. Memory for a
	// database of this Store alone.
	Path string
	// Logger gets what has no caller to tell; nil means slog.Default.
	Logger *slog.Logger
}

// Store is a store.Store in a SQLite file. It is safe for concurrent use. An
// argument given to a method must not be changed afterwards: if the context
// ended first, its intent may still be waiting.
type Store struct {
	writer  *writer
	reading *statements // nil for a private database, which the writer reads
	readers *sql.DB
	lock    *fileLock
}

var _ store.Store = (*Store)(nil)

// Stats counts since Open. Fewer commits than intents is group commit at work.
type Stats struct{ Intents, Commits uint64 }

// Open locks the database, brings its schema up to date and starts the writer.
// Its errors include ErrLocked and ErrNewerSchema.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Path == "" {
		return nil, errors.New("store: no database path")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Store{}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", o.Path, err), s.release())
	}
	go s.writer.loop()
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) (err error) {
	name := o.Path
	if o.Path != Memory {
		if name, err = prepareFile(o.Path); err != nil {
			return err
		}
		if s.lock, err = lockFile(name + ".lock"); err != nil {
			return err
		}
	}
	if s.writer, err = openWriter(ctx, name, o); err != nil {
		return err
	}
	if o.Path == Memory {
		return nil
	}
	if s.readers, err = sql.Open("sqlite", dsn(name, readerPragmas, "ro")); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(readerConnections)
	s.readers.SetMaxIdleConns(readerConnections)
	s.reading = newStatements(s.readers)
	return nil
}

func openWriter(ctx context.Context, name string, o Options) (*writer, error) {
	db, err := sql.Open("sqlite", dsn(name, writerPragmas, "rwc"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(outside(err), db.Close())
	}
	// Not ctx: the connection outlives the call.
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, errors.Join(outside(err), db.Close())
	}
	return &writer{
		db: db, conn: conn, cache: newStatements(conn),
		logger: o.Logger, queue: make(chan *intent, queueLength), drained: make(chan struct{}),
	}, nil
}

// Every acknowledged commit is on the disk (synchronous=FULL), and what is
// deleted is overwritten: user details must not linger in free pages.
var writerPragmas = []string{
	"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
	"foreign_keys(ON)", "secure_delete(ON)", "trusted_schema(OFF)",
}

var readerPragmas = []string{"busy_timeout(5000)", "query_only(ON)", "trusted_schema(OFF)"}

func dsn(name string, pragmas []string, mode string) string {
	q := url.Values{"_pragma": pragmas, "mode": {mode}}
	if name == Memory {
		q.Del("mode")
		return Memory + "?" + q.Encode()
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(name), RawQuery: q.Encode()}).String()
}

// prepareFile resolves the path, so that two spellings are one lock, and makes
// the file readable for its owner alone; SQLite gives its companions that mode.
func prepareFile(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// Stats returns the counters.
func (s *Store) Stats() Stats {
	return Stats{Intents: s.writer.intents.Load(), Commits: s.writer.commits.Load()}
}

// Close answers what is waiting, then closes the files and gives up the lock.
// Methods called afterwards fail with store.ErrUnavailable.
func (s *Store) Close() error {
	s.writer.close()
	return s.release()
}

func (s *Store) release() error {
	var err error
	if s.readers != nil {
		s.reading.close()
		err = s.readers.Close()
	}
	// The writer closes last of the connections: the last one to close moves the
	// write-ahead log into the database file.
	if s.writer != nil {
		s.writer.cache.close()
		err = errors.Join(err, ignoreDone(s.writer.conn.Close()), s.writer.db.Close())
	}
	return errors.Join(err, s.lock.release())
}

// ignoreDone forgives closing twice.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}
