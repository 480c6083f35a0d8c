package sqlite

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// EraseUser implements store.Users.
func (s *Store) EraseUser(ctx context.Context, e store.EraseUser) (store.UserErased, error) {
	return do(ctx, s.writer, func(q *session) (erased store.UserErased, err error) {
		user := store.Revoke{Connection: e.Connection, Sub: e.Sub, Reason: e.Reason, Now: e.Now}
		if e.Connection == "" || e.Sub == "" {
			return erased, nil
		}
		if erased.Ended, err = revoke(q, user); err != nil {
			return erased, err
		}
		if erased.Logins, err = eraseLogins(q, e); err != nil {
			return erased, err
		}
		for _, deletion := range []struct {
			count *int64
			query string
		}{
			{&erased.Grants, `DELETE FROM grants WHERE connection = ? AND sub = ?`}, // and their codes
			{&erased.Attempts, `DELETE FROM attempts WHERE connection = ? AND sub = ?`},
			{new(int64), `DELETE FROM disabled_users WHERE connection = ? AND sub = ?`},
			{new(int64), `UPDATE revocations SET sub = '' WHERE connection = ? AND sub = ?`},
		} {
			if *deletion.count, err = q.exec(deletion.query, e.Connection, e.Sub); err != nil {
				return erased, err
			}
		}
		e.Audit = store.AuditCounted(e.Audit, len(erased.Ended))
		return erased, eraseAudit(q, e)
	})
}

// eraseLogins takes the user out of logins and leaves the rows for the rest of
// their day, burned: a login request that was used must stay used. The digest of
// the sub goes too, since a sub can be guessed.
func eraseLogins(q *session, e store.EraseUser) (int64, error) {
	return q.exec(`UPDATE logins SET user = '{}', sub_digest = x'', burned_at = iif(burned_at = 0, ?3, burned_at)
		WHERE connection = ?1 AND (json_extract(user, '$.sub') = ?2
			OR attempt IN (SELECT id FROM attempts WHERE connection = ?1 AND sub = ?2)
			OR attempt IN (SELECT attempt FROM grants WHERE connection = ?1 AND sub = ?2))`,
		e.Connection, e.Sub, millis(e.Now))
}

// eraseAudit keeps that something happened, and to how many, not to whom.
func eraseAudit(q *session, e store.EraseUser) error {
	_, err := q.exec(`UPDATE audit SET object = ? WHERE object = ?`,
		store.UserObject(e.Connection, e.Pseudonym), store.UserObject(e.Connection, e.Sub))
	if err != nil {
		return err
	}
	return record(q, e.Audit)
}
