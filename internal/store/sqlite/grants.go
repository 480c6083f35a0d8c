package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

const grantColumns = `grants.id, grants.attempt, grants.origin, grants.connection, grants.sub, grants.claims, grants.mcp_server, grants.issuer, grants.resource,
	grants.scopes, grants.offline, grants.client_id, grants.client_name, grants.client_kind, grants.client_json, grants.redirect_uri, grants.redirect_host,
	grants.cnf, grants.created_at, grants.expires_at, grants.idle_ttl, grants.last_used_at, grants.revoked_at, grants.revoked,
	grants.family IS NOT NULL, grants.generation, grants.rotated_at`

// grantTargets are the places of grantColumns.
func grantTargets(g *store.Grant) []any {
	return []any{
		&g.ID, &g.Attempt, &g.Origin, &g.Connection, &g.Sub, asJSON(&g.Claims), &g.MCPServer, &g.Issuer, &g.Resource,
		asJSON(&g.Scopes), &g.Offline, &g.ClientID, &g.ClientName, &g.ClientKind, &g.ClientJSON, &g.RedirectURI, &g.RedirectHost,
		&g.CNF, into(&g.CreatedAt), into(&g.ExpiresAt), asMillis(&g.IdleTTL), into(&g.LastUsedAt), into(&g.RevokedAt), &g.Revoked,
		&g.HasFamily, &g.Generation, into(&g.RotatedAt),
	}
}

func insertGrant(q *session, g store.Grant) error {
	_, err := q.exec(`INSERT INTO grants (id, attempt, origin, connection, sub, claims, mcp_server, issuer, resource,
		scopes, offline, client_id, client_name, client_kind, client_json, redirect_uri, redirect_host,
		cnf, created_at, expires_at, idle_ttl, last_used_at, revoked_at, revoked, family, generation, rotated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', NULL, 0, 0)`,
		g.ID, g.Attempt, string(g.Origin), g.Connection, g.Sub, asJSON(g.Claims), g.MCPServer, g.Issuer, g.Resource,
		asJSON(g.Scopes), g.Offline, g.ClientID, g.ClientName, g.ClientKind, g.ClientJSON, g.RedirectURI, g.RedirectHost,
		g.CNF, millis(g.CreatedAt), millis(g.ExpiresAt), g.IdleTTL.Milliseconds())
	return err
}

// grantWhere reads the grant that a condition on a unique column selects.
func grantWhere(q *session, condition string, arg any) (store.Grant, error) {
	var g store.Grant
	found, err := q.row(`SELECT `+grantColumns+` FROM grants WHERE `+condition, []any{arg}, grantTargets(&g)...)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return g, err
}

// Grant implements store.Grants.
func (s *Store) Grant(ctx context.Context, id string) (store.Grant, error) {
	return read(ctx, s, func(q *session) (store.Grant, error) { return grantWhere(q, "grants.id = ?", id) })
}

// ListGrants implements store.Grants.
func (s *Store) ListGrants(ctx context.Context, f store.GrantFilter) ([]store.Grant, error) {
	where := selection{}.equal("connection", f.Connection).equal("sub", f.Sub).
		equal("client_id", f.ClientID).equal("mcp_server", f.MCPServer)
	if !f.LiveAt.IsZero() {
		now := millis(f.LiveAt) // store.Grant.Live, for many rows
		where = where.and("revoked_at = 0 AND (expires_at = 0 OR expires_at > ?)", now).
			and("(family IS NULL OR idle_ttl = 0 OR rotated_at + idle_ttl > ?)", now)
	}
	if f.Before != "" {
		where = where.and("(created_at, id) < (SELECT created_at, id FROM grants WHERE id = ?)", f.Before)
	}
	return read(ctx, s, func(q *session) ([]store.Grant, error) {
		var grants []store.Grant
		err := q.rows(`SELECT `+grantColumns+` FROM grants`+where.sql()+` ORDER BY created_at DESC, id DESC LIMIT ?`,
			where.with(store.PageSize(f.Limit)), func(scan scanner) error {
				var g store.Grant
				err := scan(grantTargets(&g)...)
				grants = append(grants, g)
				return err
			})
		return grants, err
	})
}

// end revokes one grant and reports whether it was live until now.
func end(q *session, id, reason string, now time.Time) (bool, error) {
	n, err := q.exec(`UPDATE grants SET revoked_at = ?, revoked = ? WHERE id = ? AND revoked_at = 0`,
		millis(now), reason, id)
	return n == 1, err
}

func missing(err error) bool { return errors.Is(err, store.ErrNotFound) }
