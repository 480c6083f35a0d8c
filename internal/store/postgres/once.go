package postgres

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// ConsumeOnce implements store.Store.
func (s *Store) ConsumeOnce(ctx context.Context, o store.Once, now time.Time) (bool, error) {
	if !o.Live(now) {
		return false, nil
	}
	var audit []store.AuditEntry
	if o.Audit != nil {
		audit = append(audit, *o.Audit)
	}
	args, err := auditArgs(audit)
	if err != nil {
		return false, err
	}
	return do(ctx, s, func(q *session) (bool, error) {
		return q.row(`WITH good AS (SELECT 1)`+proven+`, done AS (SELECT 1 FROM taken)`+audited+` SELECT 1 FROM taken`,
			[]any{args.with(onceArgs(&o, now))})
	})
}

// Consumed implements store.Store.
func (s *Store) Consumed(ctx context.Context, o store.Once, now time.Time) (bool, error) {
	return do(ctx, s, func(q *session) (bool, error) {
		return q.row(`SELECT 1 FROM once WHERE namespace = $1 AND id = $2 AND exp > $3`, []any{o.Namespace, o.ID, millis(now)})
	})
}

// proven continues a WITH in which "good" has a row if the intent may happen, with
// an assertion or without: "taken" is good, if its assertion is used for the first
// time. A record past its time counts as gone, whether or not Sweep has been there.
const proven = `, asserted AS (
	INSERT INTO once AS o (namespace, id, exp) SELECT @once_namespace, @once_id, @once_exp::bigint FROM good WHERE @once
	ON CONFLICT (namespace, id) DO UPDATE SET exp = excluded.exp WHERE o.exp <= @now
	RETURNING namespace
), taken AS (
	SELECT * FROM good WHERE NOT @once OR EXISTS (SELECT 1 FROM asserted)
)`

// used says whether the assertion, if there is one, was used before.
const used = `(@once AND EXISTS (SELECT 1 FROM once WHERE namespace = @once_namespace AND id = @once_id AND exp > @now))`

// onceArgs are the arguments of the statements above; nil is no assertion.
func onceArgs(o *store.Once, now time.Time) named {
	if o == nil {
		return named{"once": false, "once_namespace": "", "once_id": "", "once_exp": int64(0), "now": millis(now)}
	}
	return named{
		"once": true, "once_namespace": o.Namespace, "once_id": o.ID, "once_exp": millis(o.Exp), "now": millis(now),
	}
}

// stale: what has expired counts as used (see store.Once.Live).
func stale(o *store.Once, now time.Time) bool { return o != nil && !o.Live(now) }
