package postgres

// Which of several servers is the primary, where more than one says so. A primary that
// stood still or was cut off, and comes back after its standby was promoted, believes in
// itself until somebody ends it. It can commit nothing (see doc.go), but it would be
// read: what was revoked since stands there unrevoked.

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// lineage remembers the newest timeline of each database system that was met. Every
// promotion begins a new one, with a higher number.
type lineage struct {
	mu     sync.Mutex
	newest map[string]uint64 // by system identifier
}

// timeline is where a connection's server is in the history of its system.
type timeline struct {
	system string
	number uint64
}

// admit is for pgconn.Config.ValidateConnect: only a server that takes writes will do,
// and not one of whose history something newer was seen.
func (l *lineage) admit(ctx context.Context, conn *pgconn.PgConn) error {
	if err := pgconn.ValidateConnectTargetSessionAttrsReadWrite(ctx, conn); err != nil {
		return err
	}
	t, known := timelineOf(ctx, conn)
	if !known {
		return nil // another engine, or a role that may not ask
	}
	conn.CustomData()[timelineKey] = t
	return l.see(t)
}

func (l *lineage) see(t timeline) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if newest := l.newest[t.system]; t.number < newest {
		return fmt.Errorf("a former primary: it is on timeline %d, and %d was seen elsewhere", t.number, newest)
	}
	l.newest[t.system] = t.number
	return nil
}

// current reports whether nothing newer was seen since conn was made.
func (l *lineage) current(conn *pgx.Conn) bool {
	t, known := conn.PgConn().CustomData()[timelineKey].(timeline)
	return !known || l.see(t) == nil
}

const timelineKey = "symbolon: timeline"

// timelineOf asks a primary. The name of a log file begins with its timeline.
func timelineOf(ctx context.Context, conn *pgconn.PgConn) (t timeline, known bool) {
	results, err := conn.Exec(ctx, `SELECT system_identifier::text, left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system()`).ReadAll()
	if err != nil || len(results) != 1 || len(results[0].Rows) != 1 {
		return t, false
	}
	row := results[0].Rows[0]
	t.system = string(row[0])
	t.number, err = strconv.ParseUint(string(row[1]), 16, 32)
	return t, err == nil
}
