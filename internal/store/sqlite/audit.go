package sqlite

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// record writes audit entries as part of the intent that they describe.
func record(q *session, entries []store.AuditEntry) error {
	for _, e := range entries {
		_, err := q.exec(`INSERT INTO audit (at, actor, action, object, detail) VALUES (?, ?, ?, ?, ?)`,
			millis(e.At), e.Actor, e.Action, e.Object, asJSON(e.Detail))
		if err != nil {
			return err
		}
	}
	return nil
}

// ListAudit implements store.Journal.
func (s *Store) ListAudit(ctx context.Context, f store.AuditFilter) ([]store.AuditEntry, error) {
	where := selection{}.equal("object", f.Object)
	return read(ctx, s, func(q *session) ([]store.AuditEntry, error) { return entries(q, where, store.PageSize(f.Limit)) })
}

// entries reads the selected ones, newest first.
func entries(q *session, where selection, limit int) ([]store.AuditEntry, error) {
	var found []store.AuditEntry
	err := q.rows(`SELECT at, actor, action, object, detail FROM audit`+where.sql()+` ORDER BY seq DESC LIMIT ?`,
		where.with(limit), func(scan scanner) error {
			var e store.AuditEntry
			err := scan(into(&e.At), &e.Actor, &e.Action, &e.Object, asJSON(&e.Detail))
			found = append(found, e)
			return err
		})
	return found, err
}
