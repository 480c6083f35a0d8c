package manage

import (
	"errors"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// revoked is what was ended.
type revoked struct {
	Revoked int      `json:"revoked"`
	Grants  []string `json:"grants"`
}

func revokedOf(ids []string) revoked { return revoked{len(ids), append([]string{}, ids...)} }

// RevokeUser answers POST …/users:revoke: it ends every grant of a user, or those in
// one organisation, and the logins that wait for his decision, which would become
// another one. It does not keep him from connecting again: that is "disabled" of
// users:update.
func (h *Handler) RevokeUser(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(q *request) (any, *httpx.Problem) {
		organization, problem := q.organization()
		if problem == nil {
			problem = q.done()
		}
		if problem != nil {
			return nil, problem
		}
		detail := map[string]string{"reason": reasonCompany}
		if organization != "" {
			detail["organization"] = organization
		}
		ids, err := h.Store.Revoke(q.Context(), store.Revoke{
			Connection: q.connection.ID, Sub: q.sub, Organization: organization, OpenLogins: true, Reason: reasonCompany, Now: q.now,
			Events: []store.Event{{At: q.now, Step: "revoke", OK: true, Notes: map[string]string{"by": "company"}}},
			Audit:  q.audit("user.revoked", detail),
		})
		if err != nil {
			return nil, h.failed("user not revoked", err)
		}
		return revokedOf(ids), nil
	})
}

// RevokeOrganization answers POST …/organizations:revoke: it ends the grants of all
// users in one organisation, which has left the company.
func (h *Handler) RevokeOrganization(w http.ResponseWriter, r *http.Request) {
	h.serveAny(w, r, func(q *request) (any, *httpx.Problem) {
		organization, problem := q.organization()
		if problem == nil {
			problem = q.done()
		}
		if problem == nil && organization == "" {
			problem = invalid("member_invalid", "organization_external_id", "organization_external_id is required: the organization whose grants end.")
		}
		if problem != nil {
			return nil, problem
		}
		ids, err := h.Store.Revoke(q.Context(), store.Revoke{
			Connection: q.connection.ID, Organization: organization, Reason: reasonCompany, Now: q.now,
			Events: []store.Event{{At: q.now, Step: "revoke", OK: true, Notes: map[string]string{"by": "company"}}},
			Audit: []store.AuditEntry{{
				At: q.now, Actor: "api_client:" + q.caller.ID, Action: "grants.revoked",
				Object: store.OrganizationObject(q.connection.ID, organization), Detail: map[string]string{"reason": reasonCompany},
			}},
		})
		if err != nil {
			return nil, h.failed("organization not revoked", err)
		}
		return revokedOf(ids), nil
	})
}

// organization takes organization_external_id; "" if it is absent. An empty one is
// refused: "in no organisation" must not be read as "in any".
func (q *request) organization() (string, *httpx.Problem) {
	id, problem := take[string](q.body, "organization_external_id", "a string")
	switch {
	case problem != nil || id == nil:
		return "", problem
	case *id == "":
		return "", invalid("member_invalid", "organization_external_id", "organization_external_id must not be empty; leave it out to end everything.")
	}
	if err := (store.User{OrganizationID: *id}).Check(); err != nil {
		return "", invalid("user_invalid", err.Field, err.Detail)
	}
	return *id, nil
}

// RevokeGrant answers POST …/grants/{grant_id}:revoke: it ends one grant of the
// user. One that has ended already is no error.
func (h *Handler) RevokeGrant(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(q *request) (any, *httpx.Problem) {
		if problem := q.done(); problem != nil {
			return nil, problem
		}
		id, ok := suffix(q.PathValue("grant"), "revoke")
		if !ok {
			return nil, notFound()
		}
		g, err := h.Store.Grant(q.Context(), id)
		switch {
		case errors.Is(err, store.ErrNotFound), err == nil && (g.Connection != q.connection.ID || g.Sub != q.sub):
			return nil, notFound()
		case err != nil:
			return nil, h.failed("grant not read", err)
		}
		ids, err := h.Store.Revoke(q.Context(), store.Revoke{
			GrantID: id, Connection: q.connection.ID, Sub: q.sub, Reason: reasonCompany, Now: q.now,
			Events: []store.Event{{At: q.now, Step: "revoke", OK: true, Notes: map[string]string{"by": "company"}}},
			Audit: []store.AuditEntry{{
				At: q.now, Actor: "api_client:" + q.caller.ID, Action: "grant.revoked", Object: "grant:" + id,
				Detail: map[string]string{"reason": reasonCompany},
			}},
		})
		if err != nil {
			return nil, h.failed("grant not revoked", err)
		}
		return revokedOf(ids), nil
	})
}
