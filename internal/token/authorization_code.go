package token

import (
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// authorizationCode redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.5). A code that
// this server did not make for this client is refused before any query; one that
// was spent and is presented again with everything right revokes the grant.
func (h *Handler) authorizationCode(req *request) (oauth.TokenResponse, *oauth.Error) {
	code, verifier := req.params.Get("code"), req.params.Get("code_verifier")
	if code == "" {
		return oauth.TokenResponse{}, oauth.E(oauth.InvalidRequest, "code_missing", "The parameter code is missing.")
	}
	if verifier == "" {
		return oauth.TokenResponse{}, oauth.E(oauth.InvalidRequest, "code_verifier_missing", "The parameter code_verifier is missing.")
	}
	challenge := oauth.ChallengeOf(verifier)
	if !challenge.Verify(verifier) { // not the characters or length of RFC 7636 §4.1
		return oauth.TokenResponse{}, codeRefused("code_verifier_wrong")
	}
	id, err := h.codes.Open(code, h.Epoch, req.client.Binding())
	if err != nil {
		return oauth.TokenResponse{}, codeRefused("code_unknown")
	}
	permits, refusal := h.permits(req)
	if refusal != nil {
		return oauth.TokenResponse{}, refusal
	}
	return h.redeem(req, store.RedeemCode{
		ID: id, ClientID: req.client.ID, Challenge: string(challenge), RedirectURI: req.params.Get("redirect_uri"),
		Permits: permits, Family: seal.NewFamily(), Once: req.once, Now: req.now,
		Events: []store.Event{{At: req.now, Step: "token", OK: true, Notes: map[string]string{"grant_type": oauth.GrantAuthorizationCode}}},
		ReplayEvents: []store.Event{{
			At: req.now, Step: "token", Reason: "code_replayed", Notes: map[string]string{"client": req.client.ID},
		}},
		ReplayAudit: []store.AuditEntry{{
			At: req.now, Actor: "client:" + req.client.ID, Action: "grant.revoked",
		}},
	})
}

func (h *Handler) redeem(req *request, intent store.RedeemCode) (oauth.TokenResponse, *oauth.Error) {
	redeemed, err := h.Store.RedeemCode(req.ctx, intent)
	if err != nil {
		return oauth.TokenResponse{}, unavailable("store_unavailable", err)
	}
	if redeemed.Outcome != store.OutcomeOK {
		refusal := h.codeRefusal(req, redeemed)
		h.recordRefusal(req, "token", redeemed.Grant, refusal)
		return oauth.TokenResponse{}, refusal
	}
	g := redeemed.Grant
	h.Attempts.Record(req.source, store.AttemptSummary{ID: g.Attempt}, intent.Events[0])
	response, refusal := h.issue(req, g, g.Scopes)
	if refusal == nil && g.HasFamily {
		response.RefreshToken = h.refresh.Token(intent.Family, g.Generation, h.Epoch, req.client.Binding())
	}
	return response, refusal
}

var codeReasons = map[store.Outcome]string{
	store.OutcomeUnknown:  "code_unknown",
	store.OutcomeExpired:  "code_expired",
	store.OutcomeEnded:    "grant_ended",
	store.OutcomeReplayed: "code_replayed",
	store.OutcomeMismatch: "code_verifier_wrong",

	store.OutcomeUserDisabled: "user_disabled",
}

func (h *Handler) codeRefusal(req *request, r store.Redeemed) *oauth.Error {
	switch r.Outcome {
	case store.OutcomeOnce:
		return invalidClient("assertion_replayed")
	case store.OutcomeNotPermitted:
		return req.notPermitted(r.Grant, "The code cannot be used here and now.")
	case store.OutcomeMismatch:
		if sent := req.params.Get("redirect_uri"); sent != "" && sent != r.Grant.RedirectURI {
			return codeRefused("redirect_uri_mismatch")
		}
	}
	return codeRefused(codeReasons[r.Outcome])
}

// codeRefused is one answer for all, so that nobody can probe codes.
func codeRefused(reason string) *oauth.Error {
	return oauth.E(oauth.InvalidGrant, reason,
		"The code is unknown, expired or used, or code_verifier or redirect_uri do not belong to it.")
}
