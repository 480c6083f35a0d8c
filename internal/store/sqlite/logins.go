package sqlite

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// PutLogin implements store.Logins.
func (s *Store) PutLogin(ctx context.Context, p store.PutLogin) (store.PutLoginOutcome, error) {
	return do(ctx, s.writer, func(q *session) (store.PutLoginOutcome, error) {
		first, err := insertLogin(q, p.Login)
		if err != nil {
			return 0, err
		}
		if first {
			return store.LoginRecorded, beginAttempt(q, p)
		}
		return repeatLogin(q, p)
	})
}

func insertLogin(q *session, l store.Login) (first bool, err error) {
	n, err := q.exec(`INSERT INTO logins
		(id, attempt, connection, user, sub_digest, failed, declared, posted_at, decide_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		l.ID[:], l.Attempt, l.Connection, asJSON(l.User), store.SubDigest(l.ID, l.User.Sub),
		l.Failed, l.Declared, millis(l.PostedAt), millis(l.DecideBy))
	return n == 1, err
}

func beginAttempt(q *session, p store.PutLogin) error {
	p.Attempt.ID = p.Login.Attempt
	if err := summarize(q, p.Attempt); err != nil {
		return err
	}
	_, err := addEvents(q, p.Login.Attempt, p.Events, unlimited)
	return err
}

// repeatLogin leaves the first content alone; the attempt shows the new POST.
func repeatLogin(q *session, p store.PutLogin) (store.PutLoginOutcome, error) {
	recorded, err := login(q, p.Login.ID)
	if err != nil {
		return 0, err
	}
	_, err = addEvents(q, recorded.Attempt, p.Events, store.MaxAttemptEvents)
	return store.JudgeRepeat(recorded, p.Login), err
}

// Login implements store.Logins.
func (s *Store) Login(ctx context.Context, id store.LoginID) (store.Login, error) {
	return read(ctx, s, func(q *session) (store.Login, error) { return login(q, id) })
}

func login(q *session, id store.LoginID) (store.Login, error) {
	l := store.Login{ID: id}
	found, err := q.row(`SELECT attempt, connection, user, sub_digest, failed, declared,
		posted_at, decide_by, decision, decided_at, burned_at, grant_id, `+loginDisabled+` FROM logins WHERE id = ?`, []any{id[:]},
		&l.Attempt, &l.Connection, asJSON(&l.User), &l.SubDigest, &l.Failed, &l.Declared,
		into(&l.PostedAt), into(&l.DecideBy), &l.Decision, into(&l.DecidedAt), into(&l.BurnedAt), &l.GrantID, &l.UserDisabled)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return l, err
}

// Burn implements store.Logins.
func (s *Store) Burn(ctx context.Context, b store.Burn) (bool, error) {
	return do(ctx, s.writer, func(q *session) (bool, error) {
		l, err := login(q, b.Login)
		if missing(err) || err == nil && !store.MayBurn(l) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, burn(q, l, b)
	})
}

func burn(q *session, l store.Login, b store.Burn) error {
	_, err := q.exec(`UPDATE logins SET burned_at = ?, user = '{}' WHERE id = ?`, millis(b.Now), l.ID[:])
	if err != nil {
		return err
	}
	if l.GrantID != "" {
		if _, err := end(q, l.GrantID, store.ReasonBurned, b.Now); err != nil {
			return err
		}
	}
	if _, err := addEvents(q, l.Attempt, b.Events, unlimited); err != nil {
		return err
	}
	return record(q, b.Audit)
}
