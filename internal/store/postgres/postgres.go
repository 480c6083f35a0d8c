package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Options says where the database is and how it is spoken to. Only URL is
// needed.
type Options struct {
	// URL as in postgres://user:password@host:5432/name; the settings of
	// libpq's connection URIs may follow, and pool_max_conns.
	URL string
	// MaxConns bounds the connections of intents; 0 means what the URL says, or
	// 8: PostgreSQL does more with few connections that are busy than with many
	// that get in each other's way. One more asks for the versions, and one
	// listens, so that neither waits for the rest.
	MaxConns int32
	// Portable does without what belongs to a session: advisory locks, LISTEN and
	// NOTIFY, prepared statements. So it works with engines that lack them, and
	// behind a pooler that gives each transaction another session. CockroachDB
	// and YugabyteDB are recognized and need not be told.
	Portable bool
	// Logger gets what has no caller to tell; nil means slog.Default.
	Logger *slog.Logger

	tracer pgx.QueryTracer // lets a test count statements; nil otherwise
}

const defaultMaxConns = 8

// Times after which the database counts as unavailable.
const (
	// patience bounds an intent, waiting for a connection and retries included.
	patience = 1800 * time.Millisecond
	// statementTimeout is shorter, so that it is the server who ends a statement:
	// its refusal is certain, a missing answer is not.
	statementTimeout = 1500 * time.Millisecond
	// lockTimeout leaves PostgreSQL the second that it takes to find a deadlock.
	lockTimeout = 1200 * time.Millisecond
	// idleInTransaction frees the locks of a node that stopped in the middle.
	idleInTransaction = 5 * time.Second
	connectTimeout    = 1200 * time.Millisecond
	// askingPatience bounds the question for the versions, and a connection for it. It
	// is asked four times a second, and a late answer confirms nothing: better ask
	// again than hang on a connection that may be dead.
	askingPatience = 900 * time.Millisecond
	// longPatience bounds what an operator does to many rows at once.
	longPatience = 60 * time.Second
)

// Store is a store.Store in a PostgreSQL database. It is safe for concurrent use.
// An argument given to a method must not be changed afterwards: if the context
// ended first, its intent may still be under way.
type Store struct {
	pool *pgxpool.Pool
	// asking is for the versions alone: a node that is too busy to ask for them
	// would have to stop trusting its catalog.
	asking   *pgxpool.Pool
	hosts    *hosts // nil if there is one
	portable bool
	logger   *slog.Logger
	// beforeRetry lets a test see retries; nil otherwise.
	beforeRetry func(error)
}

var _ store.Store = (*Store)(nil)

// Open connects and brings the schema up to date. Its errors include
// ErrNewerSchema, and store.ErrUnavailable if nothing answers. None of them
// contains the password.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	config, err := poolConfig(o)
	if err != nil {
		return nil, err
	}
	s := &Store{portable: o.Portable, logger: o.Logger}
	if err := s.open(ctx, config); err != nil {
		_ = s.Close() // the first error is the one to report
		at := config.ConnConfig
		return nil, fmt.Errorf("database %s on %s: %w", at.Database, at.Host, outside(err, false))
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, config *pgxpool.Config) (err error) {
	limited, err := meet(ctx, config, s.logger)
	if err != nil {
		return err
	}
	s.portable = s.portable || limited
	s.hosts = newHosts(config.ConnConfig)
	endQuickly(config, s.hosts)
	if err := migrate(ctx, config.ConnConfig, s.portable); err != nil {
		return err
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	asking := config.Copy()
	asking.MaxConns, asking.MinConns = 1, 0
	cancelOnClose(asking)
	asking.ConnConfig.ConnectTimeout = min(asking.ConnConfig.ConnectTimeout, askingPatience)
	if s.asking, err = pgxpool.NewWithConfig(ctx, asking); err != nil {
		return err
	}
	return s.pool.Ping(ctx)
}

// Close waits for the intents under way and closes the connections. Methods called
// afterwards fail with store.ErrUnavailable.
func (s *Store) Close() error {
	if s.hosts != nil {
		s.hosts.end()
	}
	for _, pool := range []*pgxpool.Pool{s.pool, s.asking} {
		if pool != nil {
			pool.Close()
		}
	}
	return nil
}

// errTooBusy: others were faster at the same row, again and again.
var errTooBusy = fmt.Errorf("%w: too many changes to one row at once", store.ErrUnavailable)

// ErrNewerSchema means that a newer release of Symbolon has migrated the database.
var ErrNewerSchema = errors.New("database was made by a newer release")
