package postgres

// What a connection is told when it is made.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

func poolConfig(o Options) (*pgxpool.Config, error) {
	if o.URL == "" {
		return nil, errors.New("store: no database URL")
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	switch {
	case o.MaxConns > 0:
		config.MaxConns = o.MaxConns
	case !strings.Contains(o.URL, "pool_max_conns"):
		config.MaxConns = defaultMaxConns
	}
	config.MaxConnIdleTime = 5 * time.Minute
	config.MaxConnLifetime = 30 * time.Minute // so that nodes spread over new addresses
	config.MaxConnLifetimeJitter = 5 * time.Minute
	config.PingTimeout = connectTimeout
	config.ConnConfig.Tracer = o.tracer
	if o.Portable && !strings.Contains(o.URL, "default_query_exec_mode") {
		// One round trip for each statement, as with a prepared one.
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	// Of several hosts only the primary will do, whatever the URL says: a replica lags
	// behind what was acknowledged.
	seen := &lineage{newest: map[string]uint64{}}
	connection(config.ConnConfig)
	config.ConnConfig.ValidateConnect = seen.admit
	config.PrepareConn = func(_ context.Context, conn *pgx.Conn) (bool, error) { return seen.current(conn), nil }
	config.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool {
		return p.IdleDuration > time.Second && seen.current(p.Conn) // a former primary is not waited for
	}
	return config, nil
}

func connection(c *pgx.ConnConfig) {
	if c.ConnectTimeout == 0 || c.ConnectTimeout > connectTimeout {
		c.ConnectTimeout = connectTimeout
	}
	for name, value := range map[string]string{
		"application_name":                    "symbolon",
		"statement_timeout":                   inMillis(statementTimeout),
		"lock_timeout":                        inMillis(lockTimeout),
		"idle_in_transaction_session_timeout": inMillis(idleInTransaction),
		// What the statements are written for, whatever the server's default is.
		"default_transaction_isolation": "read committed",
	} {
		if _, set := c.RuntimeParams[name]; !set {
			c.RuntimeParams[name] = value
		}
	}
	c.OnNotice = noticed
}

func inMillis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// meet asks the server what it is. It makes every COMMIT wait for the disk, says so
// where the server itself does not, and reports whether the engine is one of those
// that lack advisory locks or NOTIFY.
func meet(ctx context.Context, config *pgxpool.Config, logger *slog.Logger) (portable bool, err error) {
	found, err := ask(ctx, config.ConnConfig)
	if err == nil && found.commit == "off" {
		config.ConnConfig.RuntimeParams["synchronous_commit"] = "on"
		found, err = ask(ctx, config.ConnConfig) // a pooler may keep what is asked for to itself
	}
	if err != nil {
		return false, err
	}
	if found.commit == "off" {
		return false, errForgetful
	}
	if found.fsync == "off" {
		logger.WarnContext(ctx, "PostgreSQL runs with fsync=off: a power cut can lose everything; set fsync=on")
	}
	return strings.Contains(found.version, "CockroachDB") || strings.Contains(found.version, "-YB-"), nil
}

// errForgetful: what is acknowledged could be lost, and a connection cannot change it.
var errForgetful = errors.New("synchronous_commit is off, and the pooler between lets nobody switch it on; " +
	"run: ALTER ROLE … SET synchronous_commit = on, for the role that connects")

// engine is what a server says of itself.
type engine struct{ commit, fsync, version string }

func ask(ctx context.Context, config *pgx.ConnConfig) (e engine, err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return e, err
	}
	defer hangUp(conn)
	err = conn.QueryRow(ctx, `SELECT coalesce(current_setting('synchronous_commit', true), 'on'),
		coalesce(current_setting('fsync', true), 'on'), version()`).Scan(&e.commit, &e.fsync, &e.version)
	return e, err
}

// hangUp closes a connection without waiting long for a server that may be gone.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	_ = conn.Close(ctx)
}

// unreplicated is where a connection remembers that a COMMIT stopped waiting.
const unreplicated = "symbolon: COMMIT did not wait"

// noticed looks for the one warning that takes back an acknowledgement: somebody
// cancelled a COMMIT that waited for the synchronous standby, and PostgreSQL
// reports success for what may be lost with this server. It has no SQLSTATE of
// its own (01000, warning).
func noticed(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.Code == "01000" && n.SeverityUnlocalized == "WARNING" {
		conn.CustomData()[unreplicated] = true
	}
}

// durable reports, and forgets, whether such a warning came since the last call.
func durable(conn *pgx.Conn) bool {
	data := conn.PgConn().CustomData()
	_, warned := data[unreplicated]
	delete(data, unreplicated)
	return !warned
}
