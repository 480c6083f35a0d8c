package sqlite

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Attempt implements store.Journal.
func (s *Store) Attempt(ctx context.Context, id string) (store.Attempt, error) {
	return read(ctx, s, func(q *session) (store.Attempt, error) {
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
	return read(ctx, s, func(q *session) ([]store.Attempt, error) {
		return attempts(q, where, store.PageSize(f.Limit))
	})
}

// attempts reads the selected ones, newest first, with their events.
func attempts(q *session, where selection, limit int) ([]store.Attempt, error) {
	var found []store.Attempt
	place := map[string]int{}
	err := q.rows(`SELECT id, connection, mcp_server, client_id, client_name, sub, started_at, updated_at
		FROM attempts`+where.sql()+` ORDER BY started_at DESC, id DESC LIMIT ?`, where.with(limit),
		func(scan scanner) error {
			var a store.Attempt
			err := scan(&a.ID, &a.Connection, &a.MCPServer, &a.ClientID, &a.ClientName, &a.Sub,
				into(&a.StartedAt), into(&a.UpdatedAt))
			place[a.ID] = len(found)
			found = append(found, a)
			return err
		})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found, events(q, found, place)
}

func events(q *session, of []store.Attempt, place map[string]int) error {
	ids := make([]string, len(of))
	for i := range of {
		ids[i] = of[i].ID
	}
	return q.rows(`SELECT attempt, at, step, ok, reason, notes FROM attempt_events
		WHERE attempt IN (SELECT value FROM json_each(?)) ORDER BY attempt, at, seq`, []any{asJSON(ids)},
		func(scan scanner) error {
			var id string
			var e store.Event
			err := scan(&id, into(&e.At), &e.Step, &e.OK, &e.Reason, asJSON(&e.Notes))
			if i, ok := place[id]; ok {
				of[i].Events = append(of[i].Events, e)
			}
			return err
		})
}

// AppendAttempt implements store.Journal.
func (s *Store) AppendAttempt(ctx context.Context, id string, events []store.Event) error {
	_, err := do(ctx, s.writer, func(q *session) (bool, error) {
		known, err := addEvents(q, id, events, store.MaxAttemptEvents)
		if err == nil && !known {
			err = store.ErrNotFound
		}
		return known, err
	})
	return err
}

// summarize creates the attempt, or fills in what the summary knows.
func summarize(q *session, a store.AttemptSummary) error {
	_, err := q.exec(`INSERT INTO attempts
		(id, connection, mcp_server, client_id, client_name, sub, started_at, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
		ON CONFLICT (id) DO UPDATE SET
			connection  = iif(?2 = '', connection, ?2),
			mcp_server  = iif(?3 = '', mcp_server, ?3),
			client_id   = iif(?4 = '', client_id, ?4),
			client_name = iif(?5 = '', client_name, ?5),
			sub         = iif(?6 = '', sub, ?6),
			started_at  = iif(?7 = 0, started_at, ?7)`,
		a.ID, a.Connection, a.MCPServer, a.ClientID, a.ClientName, a.Sub, millis(a.StartedAt))
	return err
}

// unlimited is for events of an intent that can happen only so often.
const unlimited = 1 << 30

// addEvents writes the events that are not there yet, up to limit for the whole
// attempt, and reports whether there is such an attempt.
func addEvents(q *session, attempt string, events []store.Event, limit int) (bool, error) {
	var count int
	known, err := q.row(`SELECT events FROM attempts WHERE id = ?`, []any{attempt}, &count)
	if err != nil || !known || len(events) == 0 {
		return known, err
	}
	var latest time.Time
	for _, e := range events {
		if count >= limit {
			break
		}
		n, err := q.exec(`INSERT INTO attempt_events (attempt, at, step, ok, reason, notes)
			VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			attempt, millis(e.At), e.Step, e.OK, e.Reason, asJSON(e.Notes))
		if err != nil {
			return true, err
		}
		count += int(n)
		if e.At.After(latest) {
			latest = e.At
		}
	}
	_, err = q.exec(`UPDATE attempts SET events = ?1, updated_at = max(updated_at, ?2)
		WHERE id = ?3 AND (events <> ?1 OR updated_at < ?2)`, count, millis(latest), attempt)
	return true, err
}
