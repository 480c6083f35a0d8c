package postgres

import (
	"context"
	"errors"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// grantDisabled and loginDisabled look at the user, in every read of a grant or
// login and in every statement that uses one.
const (
	grantDisabled = `EXISTS (SELECT 1 FROM disabled_users AS u WHERE u.connection = g.connection AND u.sub = g.sub)`
	loginDisabled = `EXISTS (SELECT 1 FROM disabled_users AS u WHERE u.connection = logins.connection AND u.sub = logins.sub)`
)

// waiting are a user's logins that wait for a decision.
const waiting = `connection = @connection AND sub = @sub AND decision = '' AND burned_at = 0`

// lockWaiting waits for the decisions that are under way: a statement that follows
// sees what grew from them, and no other can be taken before the COMMIT.
const lockWaiting = `SELECT 1 FROM logins WHERE ` + waiting + ` ORDER BY id FOR UPDATE`

// UpdateUser implements store.Users.
func (s *Store) UpdateUser(ctx context.Context, u store.UpdateUser) (store.UserUpdated, error) {
	return presently(ctx, s, func(q *session) (updated store.UserUpdated, err error) {
		if err := disable(q, u); err != nil {
			return updated, err
		}
		if !u.Change.Empty() {
			if err := changeLogins(q, u); err != nil {
				return updated, err
			}
			if updated.Grants, err = changeGrants(q, u); err != nil {
				return updated, err
			}
		}
		if updated.Disabled, err = disabled(q, u.Connection, u.Sub); err != nil {
			return updated, err
		}
		return updated, errors.Join(record(q, u.Audit), q.confirm())
	})
}

// disable or enable, if the company says so. Only becoming disabled is announced.
func disable(q *session, u store.UpdateUser) error {
	switch {
	case u.Disabled == nil:
		return nil
	case !*u.Disabled:
		_, err := q.exec(`DELETE FROM disabled_users WHERE connection = $1 AND sub = $2`, u.Connection, u.Sub)
		return err
	}
	n, err := q.exec(`INSERT INTO disabled_users (connection, sub, disabled_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		u.Connection, u.Sub, millis(u.Now))
	if err != nil || n == 0 {
		return err
	}
	return announce(q, store.Revoke{Connection: u.Connection, Sub: u.Sub, Reason: store.ReasonUserDisabled, Now: u.Now})
}

func disabled(q *session, connection, sub string) (bool, error) {
	return q.row(`SELECT 1 FROM disabled_users WHERE connection = $1 AND sub = $2`, []any{connection, sub})
}

// UserDisabled implements store.Users.
func (s *Store) UserDisabled(ctx context.Context, connection, sub string) (bool, error) {
	return do(ctx, s, func(q *session) (bool, error) { return disabled(q, connection, sub) })
}

// changeLogins replaces what will become claims. It locks logins before
// changeGrants looks for grants, so that none grows in between with the old ones.
func changeLogins(q *session, u store.UpdateUser) error {
	_, err := change(q, u, `SELECT id, details FROM logins WHERE `+waiting+` ORDER BY id FOR UPDATE`,
		`UPDATE logins SET details = $2 WHERE id = $1`)
	return err
}

// changeGrants replaces the claims of live grants and returns their ids.
func changeGrants(q *session, u store.UpdateUser) ([]string, error) {
	changed, err := change(q, u, `SELECT convert_to(g.id, 'UTF8'), g.claims FROM grants AS g
		WHERE g.connection = @connection AND g.sub = @sub AND `+live+` ORDER BY g.id FOR UPDATE`,
		`UPDATE grants SET claims = $2 WHERE id = convert_from($1::bytea, 'UTF8')`)
	var ids []string
	for _, id := range changed {
		ids = append(ids, string(id))
	}
	return ids, err
}

// change rewrites a column of users, row by row: what a change means is the rule
// of package store, not one of SQL.
func change(q *session, u store.UpdateUser, reading, writing string) (ids [][]byte, err error) {
	var users []store.User
	err = q.rows(reading, []any{named{"connection": u.Connection, "sub": u.Sub, "now": millis(u.Now)}},
		func(scan scanner) error {
			var id []byte
			var user store.User
			err := scan(&id, &user)
			ids, users = append(ids, id), append(users, user)
			return err
		})
	for i := range ids {
		if err != nil {
			break
		}
		var text string
		if text, err = asJSON(u.Change.Apply(users[i])); err == nil {
			_, err = q.exec(writing, ids[i], text)
		}
	}
	return ids, err
}
