package authorize

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// PastLogin reports whether a browser shows that the company's backend has posted its
// user: it comes back with the login_verifier, or has the cookie that it got for that. It
// looks nothing up, so that it costs less than to refuse a request. A state-only return
// shows nothing of the kind; anybody can have a state.
func (h *Handler) PastLogin(r *http.Request) bool {
	if flowID, ok := httpx.ID(r, "flow"); ok {
		f, _, _, err := h.readFlow(r, flowID, stageConsent, stageDone)
		return err == nil && !f.expired(h.Now())
	}
	connection, ok := httpx.ID(r, "connection_id")
	if !ok || r.URL.RawQuery == "" {
		return false
	}
	params, refusal := oauth.ParseForm(r.URL.RawQuery)
	if refusal != nil {
		return false
	}
	login, begun, err := h.logins.OpenState(params.Get("state"), connection)
	return err == nil && !h.Now().After(begun.Add(loginWindow)) && h.logins.VerifyVerifier(login, connection, params.Get("login_verifier"))
}
