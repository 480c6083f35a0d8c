package postgres

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// announced continues a WITH in which "ended" has the grants that end, or must not
// be used for now. Their positions are drawn from a row that is locked until the
// COMMIT, after all other locks of the statement: who reads up to a position has
// seen all that will ever be below it.
const announced = `,
numbered AS (
	UPDATE positions SET last = last + many.n FROM (SELECT count(*) AS n FROM ended) AS many
	WHERE many.n > 0 RETURNING last, many.n
), announced AS (
	INSERT INTO revocations (position, at, grant_id, connection, mcp_server, client_id, sub, reason)
	SELECT numbered.last - numbered.n + row_number() OVER (ORDER BY ended.id), @now,
		ended.id, ended.connection, ended.mcp_server, ended.client_id, ended.sub, @reason
	FROM ended CROSS JOIN numbered
)`

// announce writes a revocation for each live grant that r selects.
func announce(q *session, r store.Revoke) error {
	if !r.Selects() {
		return nil
	}
	_, err := q.exec(`WITH ended AS (SELECT g.* FROM grants AS g WHERE `+live+chosen(r)+`)`+announced+` SELECT 1`, revokeArgs(r))
	return err
}

// Revocations implements store.Revocations.
func (s *Store) Revocations(ctx context.Context, f store.RevocationFilter) ([]store.Revocation, error) {
	where := selection{}.and("position > ?", f.After)
	if f.MCPServers != nil {
		where = where.and("mcp_server = ANY (?)", f.MCPServers)
	}
	limit, args := where.limit(store.PageSize(f.Limit))
	return do(ctx, s, func(q *session) ([]store.Revocation, error) {
		var found []store.Revocation
		err := q.rows(`SELECT position, at, grant_id, connection, mcp_server, client_id, sub, reason
			FROM revocations`+where.sql()+` ORDER BY position`+limit, args,
			func(scan scanner) error {
				var r store.Revocation
				err := scan(&r.Position, into(&r.At), &r.GrantID, &r.Connection, &r.MCPServer, &r.ClientID, &r.Sub, &r.Reason)
				found = append(found, r)
				return err
			})
		return found, err
	})
}

// LastRevocation implements store.Revocations, on the connection for polling. Sweep
// may have deleted the entry with that position; nobody waits for it.
func (s *Store) LastRevocation(ctx context.Context) (int64, error) {
	return doOn(ctx, s, s.asking, patience, func(q *session) (last int64, err error) {
		_, err = q.row(`SELECT coalesce(max(position), 0) FROM revocations`, nil, &last)
		return last, err
	})
}
