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
// the statement by its own time-out, which is shorter than ours. Only a COMMIT that waits
// for its standby has none, and must not be cancelled: it would show what may be lost.
func endQuickly(c *pgxpool.Config, to *hosts) {
	c.BeforeConnect = func(ctx context.Context, one *pgx.ConnConfig) error {
		if to != nil {
			if err := to.point(ctx, one); err != nil {
				return err
			}
		}
		dial, connected := one.DialFunc, new(atomic.Bool)
		one.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			if connected.Load() && ctx.Value(cancelling{}) == nil {
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

// cancelOnClose is for the connection that asks for the versions and changes nothing. It
// is given up after a second, and asks again: where no COMMIT gets through, each time
// would leave a session behind that waits.
func cancelOnClose(c *pgxpool.Config) {
	closing := c.BeforeClose
	c.BeforeClose = func(conn *pgx.Conn) {
		if conn.IsClosed() {
			go cancel(conn.PgConn())
		}
		closing(conn)
	}
}

// cancelling marks the context of a dial for a cancellation that is meant.
type cancelling struct{}

func cancel(conn *pgconn.PgConn) {
	ctx, end := context.WithTimeout(context.WithValue(context.Background(), cancelling{}, true), connectTimeout)
	defer end()
	_ = conn.CancelRequest(ctx) // a server that is gone has ended it
}

var errNoCancel = errors.New("postgres: a statement is not cancelled from here: the server's time-out ends it")
