package postgres

// How a connection ends that nobody answers on any more.

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// endQuickly makes a broken connection give its place in the pool free at once. pgx
// would ask the server over another connection to cancel the statement, and wait up to
// 15 s for it to hang up: in a network that loses everything, a pool would be full of
// farewells for so long after the network is back. There is no need: the server ends
// the statement by its own time-out, which is shorter than ours.
func endQuickly(c *pgxpool.Config) {
	c.BeforeConnect = func(_ context.Context, one *pgx.ConnConfig) error {
		dial, connected := one.DialFunc, new(atomic.Bool)
		one.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			if connected.Load() {
				return nil, errNoCancel
			}
			return dial(ctx, network, address)
		}
		one.AfterConnect = func(context.Context, *pgconn.PgConn) error {
			connected.Store(true)
			return nil
		}
		return nil
	}
	c.BeforeClose = func(conn *pgx.Conn) {
		if conn.IsClosed() { // and pgx still says farewell on it
			_ = conn.PgConn().Conn().Close()
		}
	}
}

var errNoCancel = errors.New("postgres: a statement is not cancelled from here: the server's time-out ends it")
