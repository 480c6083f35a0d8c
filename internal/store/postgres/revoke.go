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
	run := func(q *session) ([]string, error) { return revoke(q, r) }
	if r.GrantID != "" || r.Family != nil {
		return do(ctx, s, run)
	}
	return transaction(ctx, s, run)
}

// revoke ends what r selects and is live; events and audit describe a change, so
// without one there are none.
func revoke(q *session, r store.Revoke) ([]string, error) {
	args, err := trailArgs(r.Events, r.Audit)
	if err != nil {
		return nil, err
	}
	var family []byte
	if r.Family != nil {
		family = r.Family[:]
	}
	args.with(named{
		"id": r.GrantID, "family": family, "client_id": r.ClientID, "connection": r.Connection, "sub": r.Sub,
		"mcp_server": r.MCPServer, "now": millis(r.Now), "reason": r.Reason,
	})
	var ids []string
	err = q.rows(revokeStatement(r), []any{args}, func(scan scanner) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

func revokeStatement(r store.Revoke) string {
	query := `WITH ended AS (UPDATE grants SET revoked_at = @now, revoked = @reason WHERE revoked_at = 0`
	for _, condition := range []struct {
		given bool
		sql   string
	}{
		{r.GrantID != "", ` AND id = @id`},
		{r.Family != nil, ` AND family = @family`},
		{r.ClientID != "", ` AND left(client_id, 128) = left(@client_id, 128) AND client_id = @client_id`},
		{r.Connection != "", ` AND connection = @connection`},
		{r.Sub != "", ` AND sub = @sub`},
		{r.MCPServer != "", ` AND mcp_server = @mcp_server`},
	} {
		if condition.given {
			query += condition.sql
		}
	}
	return query + ` RETURNING id, attempt), done AS (SELECT attempt FROM ended)` + trail + ` SELECT id FROM ended`
}
