package postgres

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// PutLogin implements store.Logins.
func (s *Store) PutLogin(ctx context.Context, p store.PutLogin) (store.PutLoginOutcome, error) {
	args, err := putLoginArgs(p)
	if err != nil {
		return 0, err
	}
	return do(ctx, s, func(q *session) (store.PutLoginOutcome, error) {
		return settle(func() (store.PutLoginOutcome, bool, error) {
			first, err := q.row(putLogin, []any{args})
			if err != nil || first {
				return store.LoginRecorded, first, err
			}
			recorded, known, err := repeatLogin(q, p.Login.ID, args)
			return store.JudgeRepeat(recorded, p.Login), known, err
		})
	})
}

// putLogin writes login, events and attempt. The events come before the attempt,
// which counts them; the reference between them is checked at the end.
const putLogin = `WITH done AS (
	INSERT INTO logins (id, attempt, connection, sub, details, sub_digest, failed, declared, posted_at, decide_by)
	VALUES (@id, @attempt, @connection, @sub, @details::json, @sub_digest, @failed, @declared, @posted_at, @decide_by)
	ON CONFLICT (id) DO NOTHING RETURNING attempt
), happened AS (
	INSERT INTO attempt_events (attempt, at, step, ok, reason, notes)
	SELECT done.attempt, e.at, e.step, e.ok, e.reason, e.notes::json
	FROM done CROSS JOIN ` + givenEvents + ` ORDER BY e.place
	ON CONFLICT DO NOTHING RETURNING attempt
), summarized AS (
	INSERT INTO attempts AS a (id, connection, mcp_server, client_id, client_name, sub, started_at, updated_at, events)
	SELECT attempt, @a_connection, @a_mcp_server, @a_client_id, @a_client_name, @a_sub, @a_started_at::bigint,
		greatest(@a_started_at::bigint, @event_latest::bigint), (SELECT count(*) FROM happened)
	FROM done ` + fillIn + `
) SELECT 1 FROM done`

// fillIn adds to an attempt what its summary knows.
const fillIn = `ON CONFLICT (id) DO UPDATE SET
		connection  = coalesce(nullif(excluded.connection, ''), a.connection),
		mcp_server  = coalesce(nullif(excluded.mcp_server, ''), a.mcp_server),
		client_id   = coalesce(nullif(excluded.client_id, ''), a.client_id),
		client_name = coalesce(nullif(excluded.client_name, ''), a.client_name),
		sub         = coalesce(nullif(excluded.sub, ''), a.sub),
		started_at  = coalesce(nullif(excluded.started_at, 0), a.started_at),
		updated_at  = greatest(a.updated_at, excluded.updated_at),
		events      = a.events + excluded.events`

func putLoginArgs(p store.PutLogin) (named, error) {
	l, a := p.Login, p.Attempt
	details, err := asJSON(l.User)
	if err != nil {
		return nil, err
	}
	events, err := eventArgs(p.Events)
	return named{
		"id": l.ID[:], "attempt": l.Attempt, "connection": l.Connection, "sub": l.User.Sub, "details": details,
		"sub_digest": store.SubDigest(l.ID, l.User.Sub), "failed": l.Failed, "declared": l.Declared,
		"posted_at": millis(l.PostedAt), "decide_by": millis(l.DecideBy),
		"a_connection": a.Connection, "a_mcp_server": a.MCPServer, "a_client_id": a.ClientID,
		"a_client_name": a.ClientName, "a_sub": a.Sub, "a_started_at": millis(a.StartedAt),
		"limit": store.MaxAttemptEvents,
	}.with(events), err
}

// repeatLogin leaves the first content alone; the attempt shows the new POST.
func repeatLogin(q *session, id store.LoginID, args named) (l store.Login, known bool, err error) {
	l.ID = id
	known, err = q.row(`WITH noted AS (SELECT attempt AS id FROM logins WHERE id = @id)`+appendEvents+`
		SELECT `+loginColumns+` FROM logins`+replicated+` WHERE id = @id`, []any{args}, loginTargets(&l)...)
	return l, known, err
}

const loginColumns = `attempt, connection, details, sub_digest, failed, declared,
	posted_at, decide_by, decision, decided_at, burned_at, grant_id, ` + loginDisabled

// loginTargets are the places of loginColumns.
func loginTargets(l *store.Login) []any {
	return []any{
		&l.Attempt, &l.Connection, &l.User, &l.SubDigest, &l.Failed, &l.Declared,
		into(&l.PostedAt), into(&l.DecideBy), &l.Decision, into(&l.DecidedAt), into(&l.BurnedAt), &l.GrantID, &l.UserDisabled,
	}
}

// Login implements store.Logins.
func (s *Store) Login(ctx context.Context, id store.LoginID) (store.Login, error) {
	return do(ctx, s, func(q *session) (store.Login, error) {
		l, known, err := login(q, id)
		if err == nil && !known {
			err = store.ErrNotFound
		}
		return l, err
	})
}

func login(q *session, id store.LoginID) (l store.Login, known bool, err error) {
	l.ID = id
	known, err = q.row(`SELECT `+loginColumns+` FROM logins WHERE id = $1`, []any{id[:]}, loginTargets(&l)...)
	return l, known, err
}

// Burn implements store.Logins.
func (s *Store) Burn(ctx context.Context, b store.Burn) (bool, error) {
	args, err := trailArgs(b.Events, b.Audit)
	if err != nil {
		return false, err
	}
	args.with(named{"id": b.Login[:], "now": millis(b.Now), "reason": store.ReasonBurned})
	return do(ctx, s, func(q *session) (bool, error) { return q.after(lockLogin, burn, args) })
}

// lockLogin waits for a decision that is under way, so that the statement after it
// sees the grant that grew from the login.
const lockLogin = `SELECT 1 FROM logins WHERE id = @id FOR UPDATE`

// burn repeats store.MayBurn.
const burn = `WITH burned AS (
	UPDATE logins SET burned_at = @now, details = '{}', sub = ''
	WHERE id = @id AND burned_at = 0 AND NOT declared RETURNING attempt, grant_id
), ended AS (
	UPDATE grants AS g SET revoked_at = @now, revoked = @reason FROM burned
	WHERE g.id = burned.grant_id AND g.revoked_at = 0 RETURNING g.*
), done AS (SELECT attempt FROM burned)` + announced + trail + `
SELECT 1 FROM done`
