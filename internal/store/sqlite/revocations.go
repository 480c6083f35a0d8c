package sqlite

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// The positions of revocations are those of their commits, since one writer makes
// them one after the other. A trigger announces every grant that ends; announce is
// for those that stand and must not be used for now.

// announce writes a revocation for each live grant that r selects.
func announce(q *session, r store.Revoke) error {
	if !r.Selects() {
		return nil
	}
	where := liveAt(chosen(r), r.Now)
	_, err := q.exec(`INSERT INTO revocations (at, grant_id, connection, mcp_server, client_id, sub, reason)
		SELECT ?, id, connection, mcp_server, client_id, sub, ? FROM grants`+where.sql()+` ORDER BY id`,
		append([]any{millis(r.Now), r.Reason}, where.args...)...)
	return err
}

// liveAt adds store.Grant.Live, for many rows.
func liveAt(where selection, at time.Time) selection {
	now := millis(at)
	return where.and("revoked_at = 0 AND (expires_at = 0 OR expires_at > ?)", now).
		and("(family IS NULL OR idle_ttl = 0 OR rotated_at + idle_ttl > ?)", now)
}

// Revocations implements store.Revocations.
func (s *Store) Revocations(ctx context.Context, f store.RevocationFilter) ([]store.Revocation, error) {
	where := selection{}.and("position > ?", f.After)
	if f.MCPServers != nil {
		where = where.and("mcp_server IN (SELECT value FROM json_each(?))", asJSON(f.MCPServers))
	}
	return read(ctx, s, func(q *session) ([]store.Revocation, error) {
		var found []store.Revocation
		err := q.rows(`SELECT position, at, grant_id, connection, mcp_server, client_id, sub, reason
			FROM revocations`+where.sql()+` ORDER BY position LIMIT ?`, where.with(store.PageSize(f.Limit)),
			func(scan scanner) error {
				var r store.Revocation
				err := scan(&r.Position, into(&r.At), &r.GrantID, &r.Connection, &r.MCPServer, &r.ClientID, &r.Sub, &r.Reason)
				found = append(found, r)
				return err
			})
		return found, err
	})
}

// LastRevocation implements store.Revocations. Sweep may have deleted the entry
// with that position; nobody waits for it.
func (s *Store) LastRevocation(ctx context.Context) (int64, error) {
	return read(ctx, s, func(q *session) (int64, error) {
		var last int64
		_, err := q.row(`SELECT coalesce(max(position), 0) FROM revocations`, nil, &last)
		return last, err
	})
}
