package token

import (
	"slices"

	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// refreshToken rotates (RFC 6749 §6, OAuth 2.1 §4.3.1). Client and MAC are checked
// before any query; then one statement rotates, repeats the same successor within
// the grace (a lost answer, or two processes of one client), or ends the family.
func (h *Handler) refreshToken(req *request) (oauth.TokenResponse, *oauth.Error) {
	presented := req.params.Get("refresh_token")
	if presented == "" {
		return oauth.TokenResponse{}, oauth.E(oauth.InvalidRequest, "refresh_token_missing", "The parameter refresh_token is missing.")
	}
	family, generation, err := h.refresh.Open(presented, h.Epoch, req.client.Binding())
	if err != nil {
		return oauth.TokenResponse{}, refreshRefused("refresh_token_unknown")
	}
	scopes, refusal := req.scopes()
	if refusal != nil {
		return oauth.TokenResponse{}, refusal
	}
	permits, refusal := h.permits(req)
	if refusal != nil {
		return oauth.TokenResponse{}, refusal
	}
	rotation := store.RotateRefresh{
		Family: family, Generation: generation, ClientID: req.client.ID, Permits: permits,
		Scopes: scopes, Grace: h.Grace, Once: req.once, Now: req.now,
		ReplayEvents: []store.Event{{
			At: req.now, Step: "refresh", Reason: "refresh_token_replayed", Notes: map[string]string{"client": req.client.ID},
		}},
		ReplayAudit: []store.AuditEntry{{
			At: req.now, Actor: "client:" + req.client.ID, Action: "grant.revoked",
		}},
	}
	if refusal := h.consult(req, rotation); refusal != nil {
		return oauth.TokenResponse{}, refusal
	}
	rotated, err := h.Store.RotateRefresh(req.ctx, rotation)
	if err != nil {
		return oauth.TokenResponse{}, unavailable("store_unavailable", err)
	}
	return h.rotated(req, rotated, family, scopes)
}

func (h *Handler) rotated(req *request, r store.Rotated, family store.FamilyID, scopes oauth.Scopes) (oauth.TokenResponse, *oauth.Error) {
	if r.Outcome != store.OutcomeOK && r.Outcome != store.OutcomeRepeated {
		refusal := h.refreshRefusal(req, r)
		h.recordRefusal(req, "refresh", r.Grant, refusal)
		return oauth.TokenResponse{}, refusal
	}
	req.repeated = r.Outcome == store.OutcomeRepeated
	granted := oauth.Scopes(r.Grant.Scopes)
	if scopes != nil {
		granted = granted.Intersect(scopes)
	}
	response, refusal := h.issue(req, r.Grant, granted)
	if refusal == nil {
		response.RefreshToken = h.refresh.Token(family, r.Grant.Generation, h.Epoch, req.client.Binding())
	}
	return response, refusal
}

// scopes is what the request narrows the token to; nil = all that was granted.
// offline_access is no scope of a token, and clients repeat it.
func (req *request) scopes() (oauth.Scopes, *oauth.Error) {
	scopes, err := oauth.ParseScope(req.params.Get("scope"))
	if err != nil {
		return nil, oauth.E(oauth.InvalidScope, "scope_malformed", "The parameter scope is malformed.").With(err)
	}
	scopes = slices.DeleteFunc(scopes, func(s string) bool { return s == oauth.ScopeOfflineAccess })
	if len(scopes) == 0 {
		return nil, nil
	}
	return scopes, nil
}

var refreshReasons = map[store.Outcome]string{
	store.OutcomeUnknown:  "refresh_token_unknown",
	store.OutcomeExpired:  "refresh_token_expired",
	store.OutcomeMismatch: "refresh_token_unknown",
	store.OutcomeEnded:    "grant_ended",
	store.OutcomeReplayed: "refresh_token_replayed",
	store.OutcomeAhead:    "refresh_token_ahead",

	store.OutcomeUserDisabled: "user_disabled",
}

func (h *Handler) refreshRefusal(req *request, r store.Rotated) *oauth.Error {
	switch r.Outcome {
	case store.OutcomeOnce:
		return invalidClient("assertion_replayed")
	case store.OutcomeScope:
		return oauth.E(oauth.InvalidScope, "scope_not_granted", "None of the requested scopes was granted by the user.")
	case store.OutcomeNotPermitted:
		return req.notPermitted(r.Grant, "The refresh token cannot be used here and now.")
	case store.OutcomeAhead:
		// A token that this server signed but whose rotation the database does not
		// know: an old copy of the database is in use.
		h.Log.Error("a refresh token is ahead of the database: was it restored from a copy?", "grant", r.Grant.ID)
	}
	return refreshRefused(refreshReasons[r.Outcome])
}

// refreshRefused is one answer for all. Clients then ask the user to sign in again.
func refreshRefused(reason string) *oauth.Error {
	return oauth.E(oauth.InvalidGrant, reason, "The refresh token is unknown, expired, used or ended. Sign in again.")
}
