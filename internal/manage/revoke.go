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

// RevokeUser answers POST …/users:revoke: it ends every grant of a user, and the
// logins that wait for his decision, which would become another one. It does not
// keep him from connecting again: that is "disabled" of users:update.
func (h *Handler) RevokeUser(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(q *request) (any, *httpx.Problem) {
		if problem := q.done(); problem != nil {
			return nil, problem
		}
		ids, err := h.Store.Revoke(q.Context(), store.Revoke{
			Connection: q.connection.ID, Sub: q.sub, OpenLogins: true, Reason: reasonCompany, Now: q.now,
			Events: []store.Event{{At: q.now, Step: "revoke", OK: true, Notes: map[string]string{"by": "company"}}},
			Audit:  q.audit("user.revoked", map[string]string{"reason": reasonCompany}),
		})
		if err != nil {
			return nil, h.failed("user not revoked", err)
		}
		return revokedOf(ids), nil
	})
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
