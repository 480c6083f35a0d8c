package postgres

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// all is no limit: what is held about one user is bounded by what he did.
const all = -1

// UserRecord implements store.Users: several reads of one snapshot.
func (s *Store) UserRecord(ctx context.Context, connection, sub string) (store.UserRecord, error) {
	return presently(ctx, s, func(q *session) (r store.UserRecord, err error) {
		if _, err = q.exec(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`); err != nil {
			return r, err
		}
		if r.Disabled, err = disabled(q, connection, sub); err != nil {
			return r, err
		}
		if r.Grants, err = grants(q, selection{}.and("g.connection = ? AND g.sub = ?", connection, sub), all); err != nil {
			return r, err
		}
		if r.Attempts, err = attempts(q, selection{}.and("connection = ? AND sub = ?", connection, sub), all); err != nil {
			return r, err
		}
		if r.Logins, err = waitingLogins(q, connection, sub); err != nil {
			return r, err
		}
		objects := []string{store.UserObject(connection, sub)}
		for _, g := range r.Grants {
			objects = append(objects, "grant:"+g.ID)
		}
		r.Audit, err = entries(q, selection{}.and("left(object, 128) IN (SELECT left(o, 128) FROM unnest(?::text[]) AS o) AND object = ANY (?)", objects, objects), newestFirst, all)
		return r, err
	})
}

func waitingLogins(q *session, connection, sub string) ([]store.Login, error) {
	var found []store.Login
	err := q.rows(`SELECT id, `+loginColumns+` FROM logins WHERE `+waiting+` ORDER BY posted_at DESC, id`,
		[]any{named{"connection": connection, "sub": sub}}, func(scan scanner) error {
			var l store.Login
			var id []byte
			err := scan(append([]any{&id}, loginTargets(&l)...)...)
			copy(l.ID[:], id)
			found = append(found, l)
			return err
		})
	return found, err
}

// EraseUser implements store.Users.
func (s *Store) EraseUser(ctx context.Context, e store.EraseUser) (store.UserErased, error) {
	if e.Connection == "" || e.Sub == "" {
		return store.UserErased{}, nil
	}
	return presently(ctx, s, func(q *session) (erased store.UserErased, err error) {
		args := named{
			"connection": e.Connection, "sub": e.Sub, "now": millis(e.Now),
			"user": store.UserObject(e.Connection, e.Sub), "nobody": store.UserObject(e.Connection, e.Pseudonym),
		}
		if _, err = q.exec(lockWaiting, args); err != nil {
			return erased, err
		}
		user := store.Revoke{Connection: e.Connection, Sub: e.Sub, Reason: e.Reason, Now: e.Now}
		if erased.Ended, err = revoke(q, user); err != nil {
			return erased, err
		}
		var ignored int64
		for _, step := range []struct {
			count *int64
			query string
		}{
			{&erased.Logins, eraseLogins},
			{&erased.Grants, `DELETE FROM grants WHERE connection = @connection AND sub = @sub`}, // and their codes
			{&erased.Attempts, `DELETE FROM attempts WHERE connection = @connection AND sub = @sub`},
			{&ignored, `DELETE FROM disabled_users WHERE connection = @connection AND sub = @sub`},
			{&ignored, `UPDATE revocations SET sub = '' WHERE connection = @connection AND sub = @sub`},
			// That something happened stays, and to how many; not to whom.
			{&ignored, `UPDATE audit SET object = @nobody WHERE left(object, 128) = left(@user, 128) AND object = @user`},
		} {
			if *step.count, err = q.exec(step.query, args); err != nil {
				return erased, err
			}
		}
		return erased, record(q, store.AuditCounted(e.Audit, len(erased.Ended)))
	})
}

// eraseLogins takes the user out of logins and leaves the rows for the rest of
// their day, burned: a login request that was used must stay used. The digest of
// the sub goes too, since a sub can be guessed.
const eraseLogins = `UPDATE logins SET details = '{}', sub = '', sub_digest = '',
		burned_at = CASE WHEN burned_at = 0 THEN @now::bigint ELSE burned_at END
	WHERE connection = @connection AND (sub = @sub
		OR attempt IN (SELECT id FROM attempts WHERE connection = @connection AND sub = @sub)
		OR attempt IN (SELECT attempt FROM grants WHERE connection = @connection AND sub = @sub))`
