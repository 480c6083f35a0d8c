package symbolon

// Grants and the audit, as the operator's commands see them.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/manage"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// reasonOperator is in Grant.Revoked, in the feed and in the audit.
const reasonOperator = "revoked_by_operator"

// Audit implements admin.Operator.
func (o operator) Audit(ctx context.Context, f store.AuditFilter) ([]store.AuditEntry, error) {
	return o.store.ListAudit(ctx, f)
}

// Grants implements admin.Operator.
func (o operator) Grants(ctx context.Context, q admin.GrantsQuery) ([]admin.Grant, error) {
	if err := whose(q.GrantSelection); err != nil {
		return nil, err
	}
	snap, err := o.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	filter := store.GrantFilter{
		Connection: q.Connection, Sub: q.Sub, ClientID: q.ClientID, MCPServer: q.MCPServer, Organization: q.Organization,
		Limit: q.Limit, Before: q.Before,
	}
	if q.Before != "" {
		if _, err := o.store.Grant(ctx, q.Before); err != nil {
			return nil, before(q.Before, err)
		}
	}
	now := o.config.Now()
	if !q.Ended {
		filter.LiveAt = now
	}
	found, err := o.store.ListGrants(ctx, filter)
	if err != nil {
		return nil, err
	}
	list := make([]admin.Grant, len(found))
	for i, g := range found {
		list[i] = grantOf(snap, g, now)
	}
	return list, nil
}

// before says that there is no such grant to continue after: an empty page would look
// like the end.
func before(id string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return admin.Refuse("unknown_grant", fmt.Sprintf("there is no grant %s, or not any more, to continue after; begin anew", id))
	}
	return err
}

// whose refuses an id that means something on one connection alone: on all of them, it
// would be other people's, too.
func whose(s admin.GrantSelection) error {
	if s.Connection == "" && (s.Sub != "" || s.Organization != "") {
		return admin.Refuse("connection_missing", "users and organizations are those of one company: name its connection, too (--connection)")
	}
	return nil
}

// snapshot is the configuration as it is now, for names.
func (o operator) snapshot(ctx context.Context) (*catalog.Snapshot, error) {
	if err := o.catalog.Refresh(ctx); err != nil {
		return nil, err
	}
	return o.catalog.Snapshot()
}

func grantOf(snap *catalog.Snapshot, g store.Grant, now time.Time) admin.Grant {
	client := manage.ClientOf(snap, g)
	organization := g.Claims.Organization()
	grant := admin.Grant{
		ID: g.ID, State: stateOf(g, now), Connection: g.Connection, Sub: g.Sub,
		Client:       admin.GrantClient{ID: g.ClientID, Name: client.Name, Publisher: client.Publisher, Verified: client.Verified},
		MCPServer:    admin.GrantServer{ID: g.MCPServer},
		Organization: admin.GrantOrganization{ID: organization.ID, Name: organization.Name},
		Scopes:       append([]string{}, g.Scopes...), RedirectHost: g.RedirectHost,
		CreatedAt: g.CreatedAt, LastUsedAt: g.LastUsedAt, ExpiresAt: g.ExpiresAt, EndedAt: g.RevokedAt, EndedReason: g.Revoked,
	}
	if server, ok := snap.MCPServer(g.MCPServer); ok {
		grant.MCPServer.Name, grant.MCPServer.URL = server.Name, server.URL
	}
	return grant
}

func stateOf(g store.Grant, now time.Time) string {
	switch {
	case !g.RevokedAt.IsZero():
		return admin.GrantEnded
	case !g.Live(now):
		return admin.GrantExpired
	case g.UserDisabled:
		return admin.GrantDisabled
	}
	return admin.GrantLive
}

// Grant implements admin.Operator.
func (o operator) Grant(ctx context.Context, id string) (admin.GrantDetail, error) {
	g, err := o.store.Grant(ctx, id)
	if err != nil {
		return admin.GrantDetail{}, err
	}
	snap, err := o.snapshot(ctx)
	if err != nil {
		return admin.GrantDetail{}, err
	}
	audit, err := o.store.ListAudit(ctx, store.AuditFilter{Object: "grant:" + id})
	detail := admin.GrantDetail{
		Grant: grantOf(snap, g, o.config.Now()), AttemptID: g.Attempt, Issuer: g.Issuer, Resource: g.Resource, RedirectURI: g.RedirectURI,
		ClientKind: g.ClientKind, Offline: g.Offline, Refreshes: g.Generation, RefreshedAt: g.RotatedAt,
		Claims: g.Claims, Audit: admin.AuditEntries(audit),
	}
	if g.HasFamily && g.IdleTTL > 0 {
		detail.IdleEnd = g.RotatedAt.Add(g.IdleTTL)
	}
	return detail, err
}

// RevokeGrants implements admin.Operator.
func (o operator) RevokeGrants(ctx context.Context, r admin.RevokeGrants) (admin.RevokedGrants, error) {
	intent, err := o.revocation(ctx, r)
	if err != nil {
		return admin.RevokedGrants{}, err
	}
	count, err := o.store.CountGrants(ctx, store.CountGrants{LiveAt: intent.Now, Of: intent})
	if err != nil || r.DryRun {
		return admin.RevokedGrants{InUse: count.Grants}, err
	}
	ids, err := o.store.Revoke(ctx, intent)
	return admin.RevokedGrants{InUse: min(count.Grants, int64(len(ids))), Ended: len(ids)}, err
}

func (o operator) revocation(ctx context.Context, r admin.RevokeGrants) (store.Revoke, error) {
	now := o.config.Now()
	intent := store.Revoke{
		GrantID: r.GrantID, Connection: r.Connection, Sub: r.Sub, ClientID: r.ClientID, MCPServer: r.MCPServer, Organization: r.Organization,
		OpenLogins: r.Sub != "", Reason: reasonOperator, Now: now,
		Events: []store.Event{{At: now, Step: "revoke", OK: true, Notes: map[string]string{"by": "operator"}}},
	}
	if !intent.Selects() {
		return intent, admin.Refuse("nothing_selected", "name a grant, or what its grants have in common; nothing was ended")
	}
	if err := whose(r.GrantSelection); err != nil {
		return intent, err
	}
	if r.GrantID != "" {
		g, err := o.store.Grant(ctx, r.GrantID)
		if err != nil {
			return intent, err
		}
		if !g.RevokedAt.IsZero() {
			return intent, admin.Refuse("ended_already", fmt.Sprintf("%s ended on %s already: %s", g.ID, g.RevokedAt.UTC().Format(time.DateTime+" UTC"), g.Revoked))
		}
	}
	intent.Audit = []store.AuditEntry{endedByOperator(r, now)}
	return intent, nil
}

// endedByOperator is about the narrowest thing that was named; the detail has the rest.
// A sub is in the object or nowhere, where erasing its user finds it.
func endedByOperator(r admin.RevokeGrants, now time.Time) store.AuditEntry {
	e := store.AuditEntry{At: now, Actor: "operator", Action: "grants.revoked", Detail: map[string]string{"reason": reasonOperator}}
	about := func(object string) bool {
		if e.Object == "" {
			e.Object = object
			return true
		}
		return false
	}
	switch {
	case r.GrantID != "":
		e.Action = "grant.revoked"
		about("grant:" + r.GrantID)
	case r.Sub != "":
		e.Action = "user.revoked"
		about(store.UserObject(r.Connection, r.Sub))
	}
	for _, named := range []struct{ name, value, object string }{
		{"organization", r.Organization, store.OrganizationObject(r.Connection, r.Organization)},
		{"client", r.ClientID, "client:" + r.ClientID},
		{"mcp_server", r.MCPServer, "mcp_server:" + r.MCPServer},
		{"connection", r.Connection, "connection:" + r.Connection},
	} {
		if named.value != "" && !about(named.object) {
			e.Detail[named.name] = named.value
		}
	}
	return e
}
