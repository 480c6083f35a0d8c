package sqlite

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Init implements store.Instance.
func (s *Store) Init(ctx context.Context, candidate store.Identity, now time.Time) (store.Identity, error) {
	return doMany(ctx, s.writer, func(q *session) (store.Identity, error) {
		_, err := q.exec(`INSERT INTO instance (one, epoch, base_url, key_check, created_at)
			VALUES (1, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			candidate.Epoch, candidate.BaseURL, candidate.KeyCheck, millis(now))
		if err != nil {
			return store.Identity{}, err
		}
		var id store.Identity
		_, err = q.row(`SELECT epoch, base_url, key_check FROM instance`, nil,
			&id.Epoch, &id.BaseURL, &id.KeyCheck)
		return id, err
	})
}

// Versions implements store.Instance.
func (s *Store) Versions(ctx context.Context) (store.Versions, error) {
	return read(ctx, s, func(q *session) (store.Versions, error) {
		var v store.Versions
		_, err := q.row(`SELECT catalog, keys FROM versions`, nil, &v.Catalog, &v.Keys)
		return v, err
	})
}

// Rebase implements store.Instance.
func (s *Store) Rebase(ctx context.Context, r store.Rebase) (int64, error) {
	return doMany(ctx, s.writer, func(q *session) (int64, error) {
		servers, err := servers(q)
		if err != nil {
			return 0, err
		}
		for _, server := range servers {
			if !r.Alone && server.Live(r.Now) {
				return 0, store.ErrConflict
			}
		}
		n, err := q.exec(`UPDATE instance SET base_url = ?, epoch = ? WHERE base_url = ?`, r.To, r.Epoch, r.From)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return 0, err
		}
		ended, err := q.exec(`UPDATE grants SET revoked_at = ?, revoked = ? WHERE revoked_at = 0`, millis(r.Now), store.ReasonRebased)
		if err != nil {
			return 0, err
		}
		return ended, record(q, store.AuditCounted(r.Audit, int(ended)))
	})
}

// ConsumeOnce implements store.Store.
func (s *Store) ConsumeOnce(ctx context.Context, o store.Once, now time.Time) (bool, error) {
	return do(ctx, s.writer, func(q *session) (bool, error) {
		first, err := consume(q, &o, now)
		if err == nil && first && o.Audit != nil {
			err = record(q, []store.AuditEntry{*o.Audit})
		}
		return first, err
	})
}

// Consumed implements store.Store.
func (s *Store) Consumed(ctx context.Context, o store.Once, now time.Time) (bool, error) {
	return read(ctx, s, func(q *session) (bool, error) {
		var one int
		return q.row(`SELECT 1 FROM once WHERE namespace = ? AND id = ? AND exp > ?`, []any{o.Namespace, o.ID, millis(now)}, &one)
	})
}

// consume reports whether o is used for the first time; nil always is. A record
// past its time counts as gone, whether or not Sweep has been there.
func consume(q *session, o *store.Once, now time.Time) (bool, error) {
	if o == nil {
		return true, nil
	}
	if !o.Live(now) {
		return false, nil
	}
	n, err := q.exec(`INSERT INTO once (namespace, id, exp) VALUES (?, ?, ?)
		ON CONFLICT (namespace, id) DO UPDATE SET exp = excluded.exp WHERE once.exp <= ?`,
		o.Namespace, o.ID, millis(o.Exp), millis(now))
	return n == 1, err
}
