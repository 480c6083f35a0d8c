package postgres

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// ListAudit implements store.Journal.
func (s *Store) ListAudit(ctx context.Context, f store.AuditFilter) ([]store.AuditEntry, error) {
	where := selection{}.long("object", f.Object)
	return do(ctx, s, func(q *session) ([]store.AuditEntry, error) { return entries(q, where, store.PageSize(f.Limit)) })
}

// entries reads the selected ones, newest first.
func entries(q *session, where selection, n int) ([]store.AuditEntry, error) {
	var found []store.AuditEntry
	limit, args := where.limit(n)
	err := q.rows(`SELECT at, actor, action, object, detail FROM audit`+where.sql()+` ORDER BY seq DESC`+limit,
		args, func(scan scanner) error {
			var e store.AuditEntry
			err := scan(into(&e.At), &e.Actor, &e.Action, &e.Object, &e.Detail)
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
