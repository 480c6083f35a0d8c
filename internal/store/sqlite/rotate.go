package sqlite

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// RotateRefresh implements store.Grants.
func (s *Store) RotateRefresh(ctx context.Context, r store.RotateRefresh) (store.Rotated, error) {
	return do(ctx, s.writer, func(q *session) (store.Rotated, error) {
		g, err := grantWhere(q, "grants.family = ?", r.Family[:])
		if missing(err) {
			return store.Rotated{Outcome: store.OutcomeUnknown}, nil
		}
		if err != nil {
			return store.Rotated{}, err
		}
		outcome, err := rotate(q, &g, r)
		return store.Rotated{Outcome: outcome, Grant: g}, err
	})
}

// rotate carries out what the rules say. A kill, too, takes a client whose
// assertion is fresh: whoever replays an assertion is not that client.
func rotate(q *session, g *store.Grant, r store.RotateRefresh) (store.Outcome, error) {
	outcome := store.JudgeRotation(*g, r)
	switch outcome {
	case store.OutcomeOK, store.OutcomeRepeated, store.OutcomeReplayed, store.OutcomeAhead:
		if first, err := consume(q, r.Once, r.Now); err != nil || !first {
			return store.OutcomeOnce, err
		}
	}
	switch outcome {
	case store.OutcomeOK:
		return outcome, advance(q, g, r)
	case store.OutcomeReplayed:
		return outcome, kill(q, g, store.ReasonReplayed, r.Now, r.ReplayEvents, r.ReplayAudit)
	case store.OutcomeAhead:
		return outcome, kill(q, g, store.ReasonAhead, r.Now, r.ReplayEvents, r.ReplayAudit)
	}
	return outcome, nil
}

// advance is the whole rotation: one more on an integer.
func advance(q *session, g *store.Grant, r store.RotateRefresh) error {
	_, err := q.row(`UPDATE grants SET generation = generation + 1, rotated_at = ?1, last_used_at = ?1
		WHERE id = ?2 AND generation = ?3 AND revoked_at = 0 RETURNING generation, rotated_at, last_used_at`,
		[]any{millis(r.Now), g.ID, r.Generation}, &g.Generation, into(&g.RotatedAt), into(&g.LastUsedAt))
	return err
}

// kill ends a grant that someone else may hold, and writes down that it did; it
// changes nothing, and says nothing, the second time.
func kill(q *session, g *store.Grant, reason string, now time.Time, events []store.Event, audit []store.AuditEntry) error {
	killed, err := end(q, g.ID, reason, now)
	if err != nil || !killed {
		return err
	}
	g.RevokedAt, g.Revoked = time.UnixMilli(now.UnixMilli()).UTC(), reason
	if _, err := addEvents(q, g.Attempt, events, unlimited); err != nil {
		return err
	}
	return record(q, store.AuditKilled(audit, g.ID, reason))
}
