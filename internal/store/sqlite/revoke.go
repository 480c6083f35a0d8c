package sqlite

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Revoke implements store.Grants.
func (s *Store) Revoke(ctx context.Context, r store.Revoke) ([]string, error) {
	return do(ctx, s.writer, func(q *session) ([]string, error) { return revoke(q, r) })
}

// revoke ends what r selects and is live; events and audit describe a change,
// so without one there are none.
func revoke(q *session, r store.Revoke) ([]string, error) {
	if !r.Selects() {
		return nil, nil
	}
	if r.OpenLogins {
		if err := burnOpen(q, r); err != nil {
			return nil, err
		}
	}
	where := chosen(r).and("revoked_at = 0")
	var ids, attempts []string
	err := q.rows(`UPDATE grants SET revoked_at = ?, revoked = ?`+where.sql()+` RETURNING id, attempt`,
		append([]any{millis(r.Now), r.Reason}, where.args...), func(scan scanner) error {
			var id, attempt string
			err := scan(&id, &attempt)
			ids, attempts = append(ids, id), append(attempts, attempt)
			return err
		})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	for _, attempt := range attempts {
		if _, err := addEvents(q, attempt, r.Events, unlimited); err != nil {
			return nil, err
		}
	}
	if !r.One() {
		r.Audit = store.AuditCounted(r.Audit, len(ids))
	}
	return ids, record(q, r.Audit)
}

// chosen is what the selectors of r say.
func chosen(r store.Revoke) selection {
	where := selection{}.equal("id", r.GrantID).equal("client_id", r.ClientID).
		equal("connection", r.Connection).equal("sub", r.Sub).equal("mcp_server", r.MCPServer).equal(organization, r.Organization)
	if r.Family != nil {
		where = where.and("family = ?", r.Family[:])
	}
	if len(r.ClientPrefixes) > 0 {
		where = where.and("EXISTS (SELECT 1 FROM json_each(?) WHERE substr(client_id, 1, length(value)) = value)", asJSON(r.ClientPrefixes))
	}
	return where
}
