package postgres

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Attempt implements store.Journal.
func (s *Store) Attempt(ctx context.Context, id string) (store.Attempt, error) {
	return do(ctx, s, func(q *session) (store.Attempt, error) {
		found, err := attempts(q, selection{}.and("id = ?", id), 1)
		if err == nil && len(found) == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return store.Attempt{}, err
		}
		return found[0], nil
	})
}

// ListAttempts implements store.Journal.
func (s *Store) ListAttempts(ctx context.Context, f store.AttemptFilter) ([]store.Attempt, error) {
	var where selection
	if !f.Since.IsZero() {
		where = where.and("updated_at >= ?", millis(f.Since))
	}
	if f.Before != "" {
		where = where.and("(started_at, id) < (SELECT started_at, id FROM attempts WHERE id = ?)", f.Before)
	}
	return do(ctx, s, func(q *session) ([]store.Attempt, error) {
		return attempts(q, where, store.PageSize(f.Limit))
	})
}

// attempts reads the selected ones, newest first, with their events.
func attempts(q *session, where selection, n int) ([]store.Attempt, error) {
	var found []store.Attempt
	limit, args := where.limit(n)
	err := q.rows(`SELECT id, connection, mcp_server, client_id, client_name, sub, started_at, updated_at
		FROM attempts`+where.sql()+` ORDER BY started_at DESC, id DESC`+limit, args,
		func(scan scanner) error {
			var a store.Attempt
			err := scan(&a.ID, &a.Connection, &a.MCPServer, &a.ClientID, &a.ClientName, &a.Sub,
				into(&a.StartedAt), into(&a.UpdatedAt))
			found = append(found, a)
			return err
		})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found, events(q, found)
}

// events adds to each attempt what happened to it, in order of time.
func events(q *session, of []store.Attempt) error {
	ids, place := make([]string, len(of)), make(map[string]int, len(of))
	for i := range of {
		ids[i], place[of[i].ID] = of[i].ID, i
	}
	return q.rows(`SELECT attempt, at, step, ok, reason, notes FROM attempt_events
		WHERE attempt = ANY ($1) ORDER BY attempt, at, seq`, []any{ids},
		func(scan scanner) error {
			var id string
			var e store.Event
			err := scan(&id, into(&e.At), &e.Step, &e.OK, &e.Reason, &e.Notes)
			if i, ok := place[id]; ok {
				of[i].Events = append(of[i].Events, e)
			}
			return err
		})
}

// AppendAttempt implements store.Journal.
func (s *Store) AppendAttempt(ctx context.Context, id string, events []store.Event) error {
	args, err := eventArgs(events)
	if err != nil {
		return err
	}
	args.with(named{"id": id, "limit": store.MaxAttemptEvents})
	_, err = do(ctx, s, func(q *session) (bool, error) {
		known, err := q.row(`WITH noted AS (SELECT @id::text AS id)`+appendEvents+` SELECT 1 FROM present`, []any{args})
		if err == nil && !known {
			err = store.ErrNotFound
		}
		return known, err
	})
	return err
}

// appendEvents continues a WITH in which "noted" has the id of an attempt. It adds
// events that are not there yet up to @limit for the whole attempt, whose row is
// locked, so that its count is exact.
const appendEvents = `, present AS (
	SELECT a.id, a.events FROM attempts AS a WHERE a.id IN (SELECT id FROM noted) FOR UPDATE
), fresh AS (
	SELECT p.id, p.events, e.*, row_number() OVER (ORDER BY e.place) AS n
	FROM present AS p CROSS JOIN ` + givenEvents + `
	WHERE NOT EXISTS (SELECT 1 FROM attempt_events AS k
		WHERE k.attempt = p.id AND k.at = e.at AND k.step = e.step AND k.ok = e.ok AND k.reason = e.reason)
), appended AS (
	INSERT INTO attempt_events (attempt, at, step, ok, reason, notes)
	SELECT id, at, step, ok, reason, notes::json FROM fresh WHERE events + n <= @limit ORDER BY place
	ON CONFLICT DO NOTHING RETURNING attempt
), counted AS (
	UPDATE attempts AS a SET updated_at = greatest(a.updated_at, @event_latest::bigint),
		events = a.events + (SELECT count(*) FROM appended)
	FROM present AS p WHERE a.id = p.id AND p.events < @limit AND @event_latest::bigint > 0
)`
