package postgres

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// RotateRefresh implements store.Grants.
func (s *Store) RotateRefresh(ctx context.Context, r store.RotateRefresh) (store.Rotated, error) {
	args, err := rotateArgs(r)
	if err != nil {
		return store.Rotated{}, err
	}
	statement := rotate
	if r.Once != nil {
		statement = rotateProven
	}
	return do(ctx, s, func(q *session) (store.Rotated, error) {
		return settle(func() (store.Rotated, bool, error) {
			var g store.Grant
			if !stale(r.Once, r.Now) {
				moved, err := q.row(statement, []any{args}, grantTargets(&g)...)
				if err != nil || moved {
					return store.Rotated{Outcome: store.OutcomeOK, Grant: g}, moved, err
				}
			}
			return refuseRotation(q, r, args)
		})
	})
}

// mayRotate repeats store.JudgeRotation for the token that is the current one.
const mayRotate = `g.family = @family AND g.generation = @generation AND g.client_id = @client_id
	AND ` + usable + `
	AND (cardinality(@scopes::text[]) = 0 OR g.scopes && @scopes::text[])`

// advance is the whole rotation: one more on an integer.
const advance = `UPDATE grants AS g SET generation = g.generation + 1, rotated_at = @now, last_used_at = @now`

const (
	rotate = advance + ` WHERE ` + mayRotate + ` RETURNING ` + grantColumns
	// rotateProven locks the row first, so that an assertion is consumed for a
	// rotation that happens.
	rotateProven = `WITH good AS (SELECT g.id FROM grants AS g WHERE ` + mayRotate + ` FOR UPDATE)` + proven + `
	` + advance + ` FROM taken WHERE g.id = taken.id RETURNING ` + grantColumns
)

func rotateArgs(r store.RotateRefresh) (named, error) {
	permits, err := permitArgs(r.Permits)
	scopes := append([]string{}, r.Scopes...) // never NULL
	return named{
		"family": r.Family[:], "generation": int64(r.Generation), "client_id": r.ClientID, "scopes": scopes,
	}.with(permits, onceArgs(r.Once, r.Now)), err
}

// refuseRotation finds out why a rotation did not happen, and does what remains:
// nothing, or the end of the family.
func refuseRotation(q *session, r store.RotateRefresh, args named) (answer store.Rotated, settled bool, err error) {
	var g store.Grant
	var asserted bool
	known, err := q.row(`SELECT `+used+`, `+grantColumns+` FROM grants AS g`+replicated+` WHERE g.family = @family`, []any{args},
		append([]any{&asserted}, grantTargets(&g)...)...)
	if err != nil || !known {
		return store.Rotated{Outcome: store.OutcomeUnknown}, true, err
	}
	outcome := store.JudgeRotation(g, r)
	settled = true
	switch outcome {
	case store.OutcomeOK, store.OutcomeRepeated, store.OutcomeReplayed, store.OutcomeAhead:
		// A kill, too, takes a client whose assertion is fresh: whoever replays an
		// assertion is not that client.
		if asserted || stale(r.Once, r.Now) {
			return store.Rotated{Outcome: store.OutcomeOnce, Grant: g}, true, nil
		}
	}
	switch outcome {
	case store.OutcomeOK:
		settled = false
	case store.OutcomeRepeated:
		settled, err = confirm(q, g, r.Once, r.Now)
	case store.OutcomeReplayed:
		settled, err = kill(q, &g, killing{store.ReasonReplayed, r.Once, r.Now, r.ReplayEvents, r.ReplayAudit})
	case store.OutcomeAhead:
		settled, err = kill(q, &g, killing{store.ReasonAhead, r.Once, r.Now, r.ReplayEvents, r.ReplayAudit})
	}
	return store.Rotated{Outcome: outcome, Grant: g}, settled, err
}

// unchanged begins a WITH: "good" is the grant while it is as it was judged.
const unchanged = `WITH good AS (
	SELECT id, attempt FROM grants
	WHERE id = @id AND revoked_at = 0 AND generation = @generation AND rotated_at = @rotated_at
	FOR UPDATE
)` + proven

func unchangedArgs(g store.Grant, o *store.Once, now time.Time) named {
	return named{"id": g.ID, "generation": int64(g.Generation), "rotated_at": millis(g.RotatedAt)}.with(onceArgs(o, now))
}

// confirm consumes the assertion of an answer that changes nothing else.
func confirm(q *session, g store.Grant, o *store.Once, now time.Time) (bool, error) {
	if o == nil {
		return true, nil
	}
	return q.row(unchanged+` SELECT 1 FROM taken`, []any{unchangedArgs(g, o, now)})
}

// killing is why, when and with which trail a grant ends that someone else may hold.
type killing struct {
	reason string
	once   *store.Once
	now    time.Time
	events []store.Event
	audit  []store.AuditEntry
}

// kill ends the grant, or reports false if it is not any more what was judged.
func kill(q *session, g *store.Grant, k killing) (bool, error) {
	args, err := trailArgs(k.events, store.AuditKilled(k.audit, g.ID, k.reason))
	if err != nil {
		return false, err
	}
	args.with(unchangedArgs(*g, k.once, k.now), named{"reason": k.reason})
	return q.row(unchanged+`, ended AS (
		UPDATE grants AS g SET revoked_at = @now, revoked = @reason FROM taken WHERE g.id = taken.id
		RETURNING `+grantColumns+`
	), done AS (SELECT attempt FROM taken)`+announced+trail+` SELECT * FROM ended`, []any{args}, grantTargets(g)...)
}
