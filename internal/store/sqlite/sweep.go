package sqlite

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// sweepBatch bounds what one intent deletes, so that sweeping years of rows
// does not keep a login waiting.
const sweepBatch = 250

// Sweep implements store.Store.
func (s *Store) Sweep(ctx context.Context, now time.Time, keep store.Keep) (store.Swept, error) {
	var swept store.Swept
	kept := millis(now.Add(-keep.Ended))
	for _, task := range []struct {
		count  *int64
		query  string
		before int64
	}{
		{&swept.Logins, `DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE posted_at < ? LIMIT ?)`, millis(now.Add(-store.KeepLogins))},
		{&swept.Codes, `DELETE FROM codes WHERE id IN (SELECT id FROM codes WHERE expires_at < ? LIMIT ?)`, millis(now.Add(-store.KeepCodes))},
		{&swept.Once, `DELETE FROM once WHERE (namespace, id) IN (SELECT namespace, id FROM once WHERE exp <= ? LIMIT ?)`, millis(now)},
		{&swept.Revocations, `DELETE FROM revocations WHERE position IN (SELECT position FROM revocations WHERE at < ? LIMIT ?)`, millis(now.Add(-store.KeepRevocations))},
		{&swept.Grants, `DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE revoked_at > 0 AND revoked_at < ? LIMIT ?)`, kept},
		{&swept.Grants, `DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at > 0 AND expires_at < ? LIMIT ?)`, kept},
		{&swept.Attempts, `DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE updated_at < ? LIMIT ?)`, kept},
		{&swept.Audit, auditSweep, millis(now.Add(-keep.Audit))},
	} {
		n, err := s.deleteAll(ctx, task.query, task.before)
		*task.count += n
		if err != nil {
			return swept, err
		}
	}
	return swept, nil
}

// auditSweep looks at the oldest ones alone, which needs no index. The newest entry stays,
// since the next one's position is counted from it.
const auditSweep = `DELETE FROM audit WHERE at < ? AND seq < (SELECT max(seq) FROM audit) AND seq IN (SELECT seq FROM audit ORDER BY seq LIMIT ?)`

// deleteAll repeats a bounded DELETE until it finds nothing more.
func (s *Store) deleteAll(ctx context.Context, query string, before int64) (int64, error) {
	var total int64
	for {
		n, err := doMany(ctx, s.writer, func(q *session) (int64, error) { return q.exec(query, before, sweepBatch) })
		total += n
		if err != nil || n < sweepBatch {
			return total, err
		}
	}
}
