package sqlite

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// all is no limit: what is held about one user is bounded by what he did.
const all = -1

// UserRecord implements store.Users. The reads are one snapshot only in the writer.
func (s *Store) UserRecord(ctx context.Context, connection, sub string) (store.UserRecord, error) {
	return do(ctx, s.writer, func(q *session) (store.UserRecord, error) {
		var r store.UserRecord
		var err error
		user := selection{}.and("connection = ? AND sub = ?", connection, sub)
		if r.Disabled, err = disabled(q, connection, sub); err != nil {
			return r, err
		}
		if r.Grants, err = grants(q, user, all); err != nil {
			return r, err
		}
		if r.Attempts, err = attempts(q, user, all); err != nil {
			return r, err
		}
		if r.Logins, err = waitingLogins(q, connection, sub); err != nil {
			return r, err
		}
		objects := []string{store.UserObject(connection, sub)}
		for _, g := range r.Grants {
			objects = append(objects, "grant:"+g.ID)
		}
		r.Audit, err = entries(q, selection{}.and("object IN (SELECT value FROM json_each(?))", asJSON(objects)), newestFirst, all)
		return r, err
	})
}

func waitingLogins(q *session, connection, sub string) ([]store.Login, error) {
	where := openLogins(connection, sub)
	var ids []store.LoginID
	err := q.rows(`SELECT id FROM logins`+where.sql()+` ORDER BY posted_at DESC, id`, where.args, func(scan scanner) error {
		var raw []byte
		err := scan(&raw)
		ids = append(ids, store.LoginID(raw))
		return err
	})
	var found []store.Login
	for _, id := range ids {
		if err != nil {
			break
		}
		var l store.Login
		l, err = login(q, id)
		found = append(found, l)
	}
	return found, err
}
