package postgres

import (
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// What an intent leaves behind: the events of its attempt and its audit entries,
// written by the statement that they describe.

// givenEvents are the events of an intent, in order.
const givenEvents = `unnest(@event_at::bigint[], @event_step::text[], @event_ok::boolean[], @event_reason::text[], @event_notes::text[])
		WITH ORDINALITY AS e (at, step, ok, reason, notes, place)`

// trail continues a WITH in which "done" has the column attempt: a row for each
// thing that happened, none if nothing did. An attempt that is not stored (any
// more) gets no events.
const trail = `,
happened AS (
	INSERT INTO attempt_events (attempt, at, step, ok, reason, notes)
	SELECT a.id, e.at, e.step, e.ok, e.reason, e.notes::json
	FROM attempts AS a CROSS JOIN ` + givenEvents + `
	WHERE a.id IN (SELECT attempt FROM done) ORDER BY e.place
	ON CONFLICT DO NOTHING RETURNING attempt
), counted AS (
	UPDATE attempts SET updated_at = greatest(updated_at, @event_latest::bigint),
		events = events + (SELECT count(*) FROM happened WHERE happened.attempt = attempts.id)
	WHERE id IN (SELECT attempt FROM done) AND @event_latest::bigint > 0
)` + audited

// audited is the part of trail for an intent that writes its events itself.
const audited = `,
recorded AS (
	INSERT INTO audit (at, actor, action, object, detail)
	SELECT e.at, e.actor, e.action, e.object, e.detail::json
	FROM unnest(@audit_at::bigint[], @audit_actor::text[], @audit_action::text[], @audit_object::text[], @audit_detail::text[])
		WITH ORDINALITY AS e (at, actor, action, object, detail, place)
	WHERE EXISTS (SELECT 1 FROM done) ORDER BY e.place
)`

// trailArgs are the arguments of trail.
func trailArgs(events []store.Event, audit []store.AuditEntry) (named, error) {
	args, err := eventArgs(events)
	if err != nil {
		return nil, err
	}
	entries, err := auditArgs(audit)
	return args.with(entries), err
}

func eventArgs(events []store.Event) (named, error) {
	n := len(events)
	at, step, ok, reason, notes := make([]int64, n), make([]string, n), make([]bool, n), make([]string, n), make([]string, n)
	var latest time.Time
	for i, e := range events {
		text, err := asJSON(e.Notes)
		if err != nil {
			return nil, err
		}
		at[i], step[i], ok[i], reason[i], notes[i] = millis(e.At), e.Step, e.OK, e.Reason, text
		if e.At.After(latest) {
			latest = e.At
		}
	}
	return named{
		"event_at": at, "event_step": step, "event_ok": ok, "event_reason": reason, "event_notes": notes,
		"event_latest": millis(latest),
	}, nil
}

func auditArgs(entries []store.AuditEntry) (named, error) {
	if err := store.CheckAudit(entries); err != nil {
		return nil, err
	}
	n := len(entries)
	at, actor, action, object, detail := make([]int64, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, e := range entries {
		text, err := asJSON(e.Detail)
		if err != nil {
			return nil, err
		}
		at[i], actor[i], action[i], object[i], detail[i] = millis(e.At), e.Actor, e.Action, e.Object, text
	}
	return named{
		"audit_at": at, "audit_actor": actor, "audit_action": action, "audit_object": object, "audit_detail": detail,
	}, nil
}
