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
	grants.family IS NOT NULL, grants.generation, grants.rotated_at, ` + grantDisabled

// grantTargets are the places of grantColumns.
func grantTargets(g *store.Grant) []any {
	return []any{
		&g.ID, &g.Attempt, &g.Origin, &g.Connection, &g.Sub, asJSON(&g.Claims), &g.MCPServer, &g.Issuer, &g.Resource,
		asJSON(&g.Scopes), &g.Offline, &g.ClientID, &g.ClientName, &g.ClientKind, &g.ClientJSON, &g.RedirectURI, &g.RedirectHost,
		&g.CNF, into(&g.CreatedAt), into(&g.ExpiresAt), asMillis(&g.IdleTTL), into(&g.LastUsedAt), into(&g.RevokedAt), &g.Revoked,
		&g.HasFamily, &g.Generation, into(&g.RotatedAt), &g.UserDisabled,
	}
}

// organization repeats store.User.Organization.
const organization = `coalesce(json_extract(claims, '$.chosen.organization.id'), json_extract(claims, '$.organization_external_id'))`

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

// FindGrant implements store.Grants.
func (s *Store) FindGrant(ctx context.Context, f store.FindGrant) (store.Grant, error) {
	return read(ctx, s, func(q *session) (store.Grant, error) {
		if f.Family != nil {
			return grantWhere(q, "grants.family = ?", f.Family[:])
		}
		return grantWhere(q, "grants.id = (SELECT grant_id FROM codes WHERE id = ?)", f.CodeID)
	})
}

// ListGrants implements store.Grants.
func (s *Store) ListGrants(ctx context.Context, f store.GrantFilter) ([]store.Grant, error) {
	where := selection{}.equal("connection", f.Connection).equal("sub", f.Sub).
		equal("client_id", f.ClientID).equal("mcp_server", f.MCPServer).equal(organization, f.Organization)
	if !f.LiveAt.IsZero() {
		where = liveAt(where, f.LiveAt)
	}
	if f.Before != "" {
		where = where.and("(created_at, id) < (SELECT created_at, id FROM grants WHERE id = ?)", f.Before)
	}
	return read(ctx, s, func(q *session) ([]store.Grant, error) { return grants(q, where, store.PageSize(f.Limit)) })
}

// CountGrants implements store.Grants.
func (s *Store) CountGrants(ctx context.Context, c store.CountGrants) (store.GrantCount, error) {
	where := liveAt(chosen(c.Of), c.LiveAt)
	if c.Rotated != nil {
		where = where.and("family IS NOT NULL AND rotated_at BETWEEN ? AND ?", millis(c.Rotated.From), millis(c.Rotated.Until))
	}
	return read(ctx, s, func(q *session) (n store.GrantCount, err error) {
		_, err = q.row(`SELECT count(*), coalesce(max(ends), 0), count(*) > count(ends) FROM (
				SELECT CASE WHEN family IS NULL OR idle_ttl = 0 THEN nullif(expires_at, 0)
					WHEN expires_at = 0 THEN rotated_at + idle_ttl ELSE min(expires_at, rotated_at + idle_ttl) END AS ends
				FROM grants`+where.sql()+`)`, where.args, &n.Grants, into(&n.Until), &n.Endless)
		return n, err
	})
}

// grants reads the selected ones, newest first.
func grants(q *session, where selection, limit int) ([]store.Grant, error) {
	var found []store.Grant
	err := q.rows(`SELECT `+grantColumns+` FROM grants`+where.sql()+` ORDER BY created_at DESC, id DESC LIMIT ?`,
		where.with(limit), func(scan scanner) error {
			var g store.Grant
			err := scan(grantTargets(&g)...)
			found = append(found, g)
			return err
		})
	return found, err
}

// end revokes one grant and reports whether it was live until now.
func end(q *session, id, reason string, now time.Time) (bool, error) {
	n, err := q.exec(`UPDATE grants SET revoked_at = ?, revoked = ? WHERE id = ? AND revoked_at = 0`,
		millis(now), reason, id)
	return n == 1, err
}

func missing(err error) bool { return errors.Is(err, store.ErrNotFound) }
