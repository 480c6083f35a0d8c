package sqlite

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// grantDisabled and loginDisabled look at the user, in every read of a grant or
// login and so in every decision that is made on one.
const (
	grantDisabled = `EXISTS (SELECT 1 FROM disabled_users AS u WHERE u.connection = grants.connection AND u.sub = grants.sub)`
	loginDisabled = `EXISTS (SELECT 1 FROM disabled_users AS u
		WHERE u.connection = logins.connection AND u.sub = json_extract(logins.user, '$.sub'))`
)

// openLogins are a user's logins that wait for a decision.
func openLogins(connection, sub string) selection {
	return selection{}.and("connection = ? AND decision = '' AND burned_at = 0 AND json_extract(user, '$.sub') = ?", connection, sub)
}

// UpdateUser implements store.Users.
func (s *Store) UpdateUser(ctx context.Context, u store.UpdateUser) (store.UserUpdated, error) {
	return do(ctx, s.writer, func(q *session) (store.UserUpdated, error) {
		var updated store.UserUpdated
		err := disable(q, u)
		if err == nil && !u.Change.Empty() {
			updated.Grants, err = changeGrants(q, u)
		}
		if err == nil && !u.Change.Empty() {
			err = changeLogins(q, u)
		}
		if err == nil {
			updated.Disabled, err = disabled(q, u.Connection, u.Sub)
		}
		if err != nil {
			return store.UserUpdated{}, err
		}
		return updated, record(q, u.Audit)
	})
}

// disable or enable, if the company says so. Only becoming disabled is announced.
func disable(q *session, u store.UpdateUser) error {
	switch {
	case u.Disabled == nil:
		return nil
	case !*u.Disabled:
		_, err := q.exec(`DELETE FROM disabled_users WHERE connection = ? AND sub = ?`, u.Connection, u.Sub)
		return err
	}
	n, err := q.exec(`INSERT INTO disabled_users (connection, sub, disabled_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		u.Connection, u.Sub, millis(u.Now))
	if err != nil || n == 0 {
		return err
	}
	return announce(q, store.Revoke{Connection: u.Connection, Sub: u.Sub, Reason: store.ReasonUserDisabled, Now: u.Now})
}

func disabled(q *session, connection, sub string) (bool, error) {
	var one int
	return q.row(`SELECT 1 FROM disabled_users WHERE connection = ? AND sub = ?`, []any{connection, sub}, &one)
}

// changeGrants replaces the claims of live grants.
func changeGrants(q *session, u store.UpdateUser) ([]string, error) {
	where := liveAt(selection{}.equal("connection", u.Connection).equal("sub", u.Sub), u.Now)
	claims, err := users(q, `SELECT id, claims FROM grants`+where.sql(), where.args)
	var ids []string
	for id, user := range claims {
		if err != nil {
			break
		}
		ids = append(ids, id)
		_, err = q.exec(`UPDATE grants SET claims = ? WHERE id = ?`, asJSON(u.Change.Apply(user)), id)
	}
	return ids, err
}

// changeLogins does the same to what will become claims.
func changeLogins(q *session, u store.UpdateUser) error {
	where := openLogins(u.Connection, u.Sub)
	details, err := users(q, `SELECT attempt, user FROM logins`+where.sql(), where.args)
	for attempt, user := range details {
		if err != nil {
			break
		}
		where := where.and("attempt = ?", attempt)
		_, err = q.exec(`UPDATE logins SET user = ?`+where.sql(), append([]any{asJSON(u.Change.Apply(user))}, where.args...)...)
	}
	return err
}

// users reads a column of users by another column.
func users(q *session, query string, args []any) (map[string]store.User, error) {
	found := map[string]store.User{}
	err := q.rows(query, args, func(scan scanner) error {
		var id string
		var u store.User
		err := scan(&id, asJSON(&u))
		found[id] = u
		return err
	})
	return found, err
}

// UserDisabled implements store.Users.
func (s *Store) UserDisabled(ctx context.Context, connection, sub string) (bool, error) {
	return read(ctx, s, func(q *session) (bool, error) { return disabled(q, connection, sub) })
}

// burnOpen ends the logins that wait for the user's decision.
func burnOpen(q *session, r store.Revoke) error {
	if r.Connection == "" || r.Sub == "" {
		return nil
	}
	where := openLogins(r.Connection, r.Sub)
	_, err := q.exec(`UPDATE logins SET burned_at = ?, user = '{}'`+where.sql(), append([]any{millis(r.Now)}, where.args...)...)
	return err
}
