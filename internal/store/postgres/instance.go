package postgres

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Init implements store.Instance. A loser of the race may see neither its own row
// nor the winner's, which is younger than the statement; the next round does.
func (s *Store) Init(ctx context.Context, candidate store.Identity, now time.Time) (store.Identity, error) {
	return do(ctx, s, func(q *session) (store.Identity, error) {
		return settle(func() (id store.Identity, found bool, err error) {
			found, err = q.row(`WITH made AS (
				INSERT INTO instance (one, epoch, base_url, key_check, created_at) VALUES (1, $1, $2, $3, $4)
				ON CONFLICT DO NOTHING RETURNING epoch, base_url, key_check
			) SELECT * FROM made UNION ALL SELECT epoch, base_url, key_check FROM instance`,
				[]any{candidate.Epoch, candidate.BaseURL, candidate.KeyCheck, millis(now)},
				&id.Epoch, &id.BaseURL, &id.KeyCheck)
			return id, found, err
		})
	})
}

// Versions implements store.Instance, on a connection that nothing else uses. It is what
// a node trusts its catalog by, and refuses everything without: so a primary that can
// replicate nothing, since its standby was promoted or is gone, is trusted by nobody after
// a second, not even for what is only read.
func (s *Store) Versions(ctx context.Context) (store.Versions, error) {
	return doOn(ctx, s, s.asking, askingPatience, func(q *session) (v store.Versions, err error) {
		_, err = q.row(`SELECT v.catalog, v.keys, clock_timestamp() FROM versions AS v`+replicated, nil, &v.Catalog, &v.Keys, &v.Clock)
		return v, err
	})
}

// Rebase implements store.Instance. A server that starts meanwhile waits, and finds
// the other base URL.
func (s *Store) Rebase(ctx context.Context, r store.Rebase) (int64, error) {
	return transaction(ctx, s, func(q *session) (int64, error) {
		if err := lockKeys(q); err != nil {
			return 0, err
		}
		servers, err := servers(q)
		if err != nil {
			return 0, err
		}
		for _, server := range servers {
			if !r.Alone && server.Live(r.Now) {
				return 0, store.ErrConflict
			}
		}
		n, err := q.exec(`UPDATE instance SET base_url = $1, epoch = $2 WHERE base_url = $3`, r.To, r.Epoch, r.From)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return 0, err
		}
		ended, err := revoke(q, store.Revoke{Reason: store.ReasonRebased, Now: r.Now}) // no selector: all
		if err != nil {
			return 0, err
		}
		return int64(len(ended)), record(q, store.AuditCounted(r.Audit, len(ended)))
	})
}
