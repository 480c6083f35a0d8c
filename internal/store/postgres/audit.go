package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// RecordAudit implements store.Journal.
func (s *Store) RecordAudit(ctx context.Context, entries []store.AuditEntry) error {
	return doNothing(do(ctx, s, func(q *session) (none struct{}, err error) { return none, record(q, entries) }))
}

// ListAudit implements store.Journal.
func (s *Store) ListAudit(ctx context.Context, f store.AuditFilter) ([]store.AuditEntry, error) {
	where := selection{}.long("object", f.Object).equal("actor", f.Actor)
	if f.Actions != nil {
		where = where.and("action = ANY (?)", f.Actions)
	}
	if !f.Since.IsZero() {
		where = where.and("at >= ?", millis(f.Since))
	}
	if f.Before > 0 {
		where = where.and("seq < ?", f.Before)
	}
	return do(ctx, s, func(q *session) ([]store.AuditEntry, error) {
		if !f.Forward {
			return entries(q, where, newestFirst, store.PageSize(f.Limit))
		}
		final, err := finalPosition(q)
		if err != nil {
			return nil, err
		}
		return entries(q, where.and("seq > ?", f.After).and("seq <= ?", final), oldestFirst, store.PageSize(f.Limit))
	})
}

// finalPosition is one up to which nothing will be written any more. Positions are in
// the order of inserts, not of commits, and a lock that put them in order would have
// logins wait for each other. But whoever inserts locks the table, in a mode that keeps
// nobody out, before the position is drawn. So who had drawn one below the newest that
// can be read is among those who hold the lock now, or has ended.
func finalPosition(q *session) (int64, error) {
	var newest int64
	if _, err := q.row(`SELECT coalesce(max(seq), 0) FROM audit`, nil, &newest); err != nil {
		return 0, err
	}
	var writing []string
	if _, err := q.row(`SELECT `+writers, nil, &writing); err != nil {
		return 0, err
	}
	for len(writing) > 0 {
		select {
		case <-time.After(writersPause):
		case <-q.ctx.Done():
			return 0, q.ctx.Err()
		}
		var now []string
		if _, err := q.row(`SELECT `+writers, nil, &now); err != nil {
			return 0, err
		}
		writing = slices.DeleteFunc(writing, func(one string) bool { return !slices.Contains(now, one) })
	}
	return newest, nil
}

// writers are the transactions that may have entries which cannot be read yet.
const writers = `coalesce((SELECT array_agg(DISTINCT virtualtransaction) FROM pg_locks
	WHERE locktype = 'relation' AND relation = 'audit'::regclass AND mode = 'RowExclusiveLock' AND granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())), '{}')`

// writersPause is about what a commit takes.
const writersPause = 5 * time.Millisecond

const (
	newestFirst = ` ORDER BY seq DESC`
	oldestFirst = ` ORDER BY seq`
)

// entries reads the selected ones.
func entries(q *session, where selection, order string, n int) ([]store.AuditEntry, error) {
	var found []store.AuditEntry
	limit, args := where.limit(n)
	err := q.rows(`SELECT seq, at, actor, action, object, detail FROM audit`+where.sql()+order+limit,
		args, func(scan scanner) error {
			var e store.AuditEntry
			err := scan(&e.Position, into(&e.At), &e.Actor, &e.Action, &e.Object, &e.Detail)
			found = append(found, e)
			return err
		})
	return found, err
}

// record writes audit entries inside of a transaction.
func record(q *session, entries []store.AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	args, err := auditArgs(entries)
	if err != nil {
		return err
	}
	_, err = q.exec(`WITH done AS (SELECT 1)`+audited+` SELECT 1`, args)
	return err
}
