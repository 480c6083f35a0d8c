package token

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Revoke answers POST /oauth/revoke (RFC 7009), for public clients too: a client
// that forgets a user should end what it was allowed. Either token ends its grant.
// A token that is not this client's, or none at all, is answered 200 all the same
// (§2.2): there is nothing left to do for this client.
func (h *Handler) Revoke(w http.ResponseWriter, r *http.Request) {
	req, refusal := h.parse(w, r)
	if refusal == nil {
		req.about = aboutToken
		refusal = h.authenticate(req)
	}
	if refusal == nil {
		refusal = h.revoke(req)
	}
	if refusal != nil {
		h.refuse(w, r, "revoke", req, refusal)
		return
	}
	httpx.NoStore(w.Header())
	w.WriteHeader(http.StatusOK)
}

func (h *Handler) revoke(req *request) *oauth.Error {
	token := req.params.Get("token")
	if token == "" {
		return oauth.E(oauth.InvalidRequest, "token_missing", "The parameter token is missing.")
	}
	if refusal := h.consumeAssertion(req); refusal != nil {
		return refusal
	}
	id, err := h.toRevoke(req, token)
	if err == nil && id != "" {
		const reason = "revoked_by_client"
		_, err = h.Store.Revoke(req.ctx, store.Revoke{
			GrantID: id, ClientID: req.client.ID, Reason: reason, Now: req.now,
			Events: []store.Event{{At: req.now, Step: "revoke", OK: true}},
			Audit: []store.AuditEntry{{
				At: req.now, Actor: "client:" + req.client.ID, Action: "grant.revoked", Object: "grant:" + id,
				Detail: map[string]string{"reason": reason},
			}},
		})
	}
	if err != nil {
		return unavailable("store_unavailable", err)
	}
	return nil
}

// toRevoke is the grant of either token, "" if it has none or is not ours. Whose grant
// it is, the statement checks.
func (h *Handler) toRevoke(req *request, token string) (string, error) {
	if family, _, err := h.refresh.Open(token, h.Epoch, req.client.Binding()); err == nil {
		id := store.FamilyID(family)
		g, err := h.Store.FindGrant(req.ctx, store.FindGrant{Family: &id})
		if errors.Is(err, store.ErrNotFound) {
			return "", nil
		}
		return g.ID, err
	}
	return h.grantOf(token), nil
}

// grantOf is the grant of an access token, "" if it has none or is not ours.
func (h *Handler) grantOf(token string) string {
	payload, err := h.Keys.Verify(token, keys.TypeAccessToken)
	if err != nil {
		return ""
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return ""
	}
	return c.GrantID
}
