package postgres

import (
	"context"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/store"
)

const grantColumns = `g.id, g.attempt, g.origin, g.connection, g.sub, g.claims, g.mcp_server, g.issuer, g.resource,
	g.scopes, g.offline, g.client_id, g.client_name, g.client_kind, g.client_json, g.redirect_uri, g.redirect_host,
	g.cnf, g.created_at, g.expires_at, g.idle_ttl, g.last_used_at, g.revoked_at, g.revoked,
	g.family IS NOT NULL, g.generation, g.rotated_at, ` + grantDisabled

// grantTargets are the places of grantColumns.
func grantTargets(g *store.Grant) []any {
	return []any{
		&g.ID, &g.Attempt, &g.Origin, &g.Connection, &g.Sub, &g.Claims, &g.MCPServer, &g.Issuer, &g.Resource,
		&g.Scopes, &g.Offline, &g.ClientID, &g.ClientName, &g.ClientKind, &g.ClientJSON, &g.RedirectURI, &g.RedirectHost,
		&g.CNF, into(&g.CreatedAt), into(&g.ExpiresAt), asMillis(&g.IdleTTL), into(&g.LastUsedAt), into(&g.RevokedAt), &g.Revoked,
		&g.HasFamily, &g.Generation, into(&g.RotatedAt), &g.UserDisabled,
	}
}

// live repeats store.Grant.Live for a row g.
const live = `g.revoked_at = 0 AND (g.expires_at = 0 OR g.expires_at > @now)
	AND (g.family IS NULL OR g.idle_ttl = 0 OR g.rotated_at + g.idle_ttl > @now)`

// permitted repeats store.Permitted for a row g.
const permitted = `EXISTS (SELECT 1
	FROM json_to_recordset(@permits::json) AS p (server text, connection text, hosts text[])
	WHERE p.server = g.mcp_server AND p.connection = g.connection
		AND (p.hosts IS NULL OR g.redirect_host = ANY (p.hosts)))`

// usable repeats what store.JudgeCode and store.JudgeRotation ask of any grant g.
const usable = live + ` AND NOT ` + grantDisabled + ` AND ` + permitted

// permitJSON is an element of @permits; null hosts admit any.
type permitJSON struct {
	Server     string   `json:"server"`
	Connection string   `json:"connection"`
	Hosts      []string `json:"hosts"`
}

func permitArgs(permits []store.Permit) (named, error) {
	list := make([]permitJSON, len(permits))
	for i, p := range permits {
		list[i] = permitJSON{p.MCPServer, p.Connection, p.RedirectHosts}
	}
	text, err := asJSON(list)
	return named{"permits": text}, err
}

// Grant implements store.Grants.
func (s *Store) Grant(ctx context.Context, id string) (store.Grant, error) {
	return s.grantWhere(ctx, "g.id = $1", id)
}

// FindGrant implements store.Grants.
func (s *Store) FindGrant(ctx context.Context, f store.FindGrant) (store.Grant, error) {
	if f.Family != nil {
		return s.grantWhere(ctx, "g.family = $1", f.Family[:])
	}
	return s.grantWhere(ctx, "g.id = (SELECT grant_id FROM codes WHERE id = $1)", f.CodeID)
}

// grantWhere reads the grant that a condition on a unique column selects.
func (s *Store) grantWhere(ctx context.Context, condition string, arg any) (store.Grant, error) {
	return do(ctx, s, func(q *session) (g store.Grant, err error) {
		found, err := q.row(`SELECT `+grantColumns+` FROM grants AS g WHERE `+condition, []any{arg}, grantTargets(&g)...)
		if err == nil && !found {
			err = store.ErrNotFound
		}
		return g, err
	})
}

// ListGrants implements store.Grants.
func (s *Store) ListGrants(ctx context.Context, f store.GrantFilter) ([]store.Grant, error) {
	where := selection{}.equal("g.connection", f.Connection).equal("g.sub", f.Sub).
		long("g.client_id", f.ClientID).equal("g.mcp_server", f.MCPServer).organization(f.Organization)
	if !f.LiveAt.IsZero() {
		now := millis(f.LiveAt)
		where = where.and(strings.ReplaceAll(live, "@now", "?"), now, now)
	}
	if f.Before != "" {
		where = where.and("(g.created_at, g.id) < (SELECT created_at, id FROM grants WHERE id = ?)", f.Before)
	}
	return do(ctx, s, func(q *session) ([]store.Grant, error) { return grants(q, where, store.PageSize(f.Limit)) })
}

// CountGrants implements store.Grants.
func (s *Store) CountGrants(ctx context.Context, c store.CountGrants) (store.GrantCount, error) {
	args, rotated := revokeArgs(c.Of).with(named{"now": millis(c.LiveAt)}), ""
	if c.Rotated != nil {
		args["from"], args["until"] = millis(c.Rotated.From), millis(c.Rotated.Until)
		rotated = ` AND g.family IS NOT NULL AND g.rotated_at BETWEEN @from AND @until`
	}
	return do(ctx, s, func(q *session) (n store.GrantCount, err error) {
		_, err = q.row(`SELECT count(*), coalesce(max(ends), 0), count(*) > count(ends) FROM (
				SELECT CASE WHEN g.family IS NULL OR g.idle_ttl = 0 THEN nullif(g.expires_at, 0)
					ELSE least(nullif(g.expires_at, 0), g.rotated_at + g.idle_ttl) END AS ends
				FROM grants AS g WHERE `+live+rotated+chosen(c.Of)+`) AS counted`,
			[]any{args}, &n.Grants, into(&n.Until), &n.Endless)
		return n, err
	})
}

// grants reads the selected ones, newest first.
func grants(q *session, where selection, n int) ([]store.Grant, error) {
	var found []store.Grant
	limit, args := where.limit(n)
	err := q.rows(`SELECT `+grantColumns+` FROM grants AS g`+where.sql()+` ORDER BY g.created_at DESC, g.id DESC`+limit,
		args, func(scan scanner) error {
			var g store.Grant
			err := scan(grantTargets(&g)...)
			found = append(found, g)
			return err
		})
	return found, err
}
