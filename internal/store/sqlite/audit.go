package sqlite

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// record writes audit entries as part of the intent that they describe.
func record(q *session, entries []store.AuditEntry) error {
	if err := store.CheckAudit(entries); err != nil {
		return err
	}
	for _, e := range entries {
		_, err := q.exec(`INSERT INTO audit (at, actor, action, object, detail) VALUES (?, ?, ?, ?, ?)`,
			millis(e.At), e.Actor, e.Action, e.Object, asJSON(e.Detail))
		if err != nil {
			return err
		}
	}
	return nil
}

// RecordAudit implements store.Journal.
func (s *Store) RecordAudit(ctx context.Context, entries []store.AuditEntry) error {
	return doNothing(do(ctx, s.writer, func(q *session) (none struct{}, err error) { return none, record(q, entries) }))
}

// ListAudit implements store.Journal. One writer gives positions, one after the other.
func (s *Store) ListAudit(ctx context.Context, f store.AuditFilter) ([]store.AuditEntry, error) {
	where := selection{}.equal("object", f.Object).equal("actor", f.Actor)
	if f.Actions != nil {
		where = where.and("action IN (SELECT value FROM json_each(?))", asJSON(f.Actions))
	}
	if !f.Since.IsZero() {
		where = where.and("at >= ?", millis(f.Since))
	}
	if f.Before > 0 {
		where = where.and("seq < ?", f.Before)
	}
	order := newestFirst
	if f.Forward {
		where, order = where.and("seq > ?", f.After), oldestFirst
	}
	return read(ctx, s, func(q *session) ([]store.AuditEntry, error) {
		return entries(q, where, order, store.PageSize(f.Limit))
	})
}

const (
	newestFirst = ` ORDER BY seq DESC`
	oldestFirst = ` ORDER BY seq`
)

// entries reads the selected ones.
func entries(q *session, where selection, order string, limit int) ([]store.AuditEntry, error) {
	var found []store.AuditEntry
	err := q.rows(`SELECT seq, at, actor, action, object, detail FROM audit`+where.sql()+order+` LIMIT ?`,
		where.with(limit), func(scan scanner) error {
			var e store.AuditEntry
			err := scan(&e.Position, into(&e.At), &e.Actor, &e.Action, &e.Object, asJSON(&e.Detail))
			found = append(found, e)
			return err
		})
	return found, err
}
