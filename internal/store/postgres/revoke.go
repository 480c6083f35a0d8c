package postgres

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Revoke implements store.Grants. One grant ends in one statement; ending all of
// a user, client or server may take longer than an intent should.
func (s *Store) Revoke(ctx context.Context, r store.Revoke) ([]string, error) {
	if !r.Selects() {
		return nil, nil
	}
	if r.One() {
		return do(ctx, s, func(q *session) ([]string, error) { return revoke(q, r) })
	}
	return presently(ctx, s, func(q *session) ([]string, error) {
		if r.OpenLogins {
			if err := burnWaiting(q, r); err != nil {
				return nil, err
			}
		}
		audit := r.Audit
		r.Audit = nil
		ids, err := revoke(q, r)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		return ids, record(q, store.AuditCounted(audit, len(ids)))
	})
}

// revoke ends what r selects and is not revoked; events and audit describe a
// change, so without one there are none.
func revoke(q *session, r store.Revoke) ([]string, error) {
	args, err := trailArgs(r.Events, r.Audit)
	if err != nil {
		return nil, err
	}
	var ids []string
	err = q.rows(`WITH ended AS (
			UPDATE grants AS g SET revoked_at = @now, revoked = @reason WHERE g.revoked_at = 0`+chosen(r)+` RETURNING g.*
		), done AS (SELECT attempt FROM ended)`+announced+trail+`
		SELECT ended.id FROM (SELECT 1) AS always`+replicated+` LEFT JOIN ended ON true`,
		[]any{args.with(revokeArgs(r))}, func(scan scanner) error {
			var id *string // NULL if none has ended
			err := scan(&id)
			if id != nil {
				ids = append(ids, *id)
			}
			return err
		})
	return ids, err
}

// chosen continues a WHERE with what the selectors of r say of a row g.
func chosen(r store.Revoke) (conditions string) {
	for _, selector := range []struct {
		given bool
		sql   string
	}{
		{r.GrantID != "", ` AND g.id = @id`},
		{r.Family != nil, ` AND g.family = @family`},
		{r.ClientID != "", ` AND left(g.client_id, 128) = left(@client_id, 128) AND g.client_id = @client_id`},
		{r.Connection != "", ` AND g.connection = @connection`},
		{r.Sub != "", ` AND g.sub = @sub`},
		{r.MCPServer != "", ` AND g.mcp_server = @mcp_server`},
		{r.Organization != "", ` AND ` + inOrganization},
		{len(r.ClientPrefixes) > 0, ` AND EXISTS (SELECT 1 FROM unnest(@client_prefixes::text[]) AS p WHERE starts_with(g.client_id, p))`},
	} {
		if selector.given {
			conditions += selector.sql
		}
	}
	return conditions
}

func revokeArgs(r store.Revoke) named {
	var family []byte
	if r.Family != nil {
		family = r.Family[:]
	}
	return organizationArgs(r.Organization).with(named{
		"id": r.GrantID, "family": family, "client_id": r.ClientID, "connection": r.Connection, "sub": r.Sub,
		"mcp_server": r.MCPServer, "client_prefixes": r.ClientPrefixes, "now": millis(r.Now), "reason": r.Reason,
	})
}

// burnWaiting ends the logins that wait for the user's decision. A grant that a
// decision makes meanwhile is there when the next statement looks for grants.
func burnWaiting(q *session, r store.Revoke) error {
	if r.Connection == "" || r.Sub == "" {
		return nil
	}
	_, err := q.exec(`UPDATE logins SET burned_at = @now, details = '{}', sub = '' WHERE `+waiting, revokeArgs(r))
	return err
}
