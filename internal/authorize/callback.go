package authorize

import (
	"errors"
	"net/http"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// Callback answers GET /sso/v1/connections/{connection_id}/partner:callback, where
// the company's login sends the browser back. It joins the two halves: the flow
// cookie proves that this browser started, the login_verifier that it is the one
// the company signed in. It writes nothing, so that it can be repeated; only a
// state-only login is burned when it comes back in another browser.
func (h *Handler) Callback(w http.ResponseWriter, r *http.Request) {
	c := &callback{r: r, source: httpx.Source(r)}
	for _, check := range []func(*callback) *oauth.Error{
		h.callbackParams, h.callbackState, h.callbackNavigation, h.callbackCookie, h.callbackLogin, h.callbackVerifier,
	} {
		if refusal := check(c); refusal != nil {
			h.refuseCallback(w, c, refusal)
			return
		}
	}
	h.toConsent(w, c)
}

// callback is the browser's return while it is being checked.
type callback struct {
	r      *http.Request
	source string
	snap   *catalog.Snapshot

	connection *catalog.Connection
	state      string
	verifier   string
	login      seal.Login
	attempt    string
	flow       *flow
	row        store.Login
}

var errNotYet = oauth.E(oauth.AccessDenied, "not_posted_yet", "The login has not confirmed who you are yet.").WithStatus(http.StatusConflict)

// invalidState is the answer to every state that cannot be used: which of the
// reasons holds is in the attempt.
func invalidState(reason string) *oauth.Error {
	return oauth.E("invalid_state", reason, "The login was not found, or it took longer than 10 minutes. Start again from the app.")
}

func (h *Handler) callbackParams(c *callback) *oauth.Error {
	params, refusal := oauth.ParseForm(c.r.URL.RawQuery)
	if refusal != nil {
		return refusal
	}
	snap, err := h.Catalog.Snapshot()
	if err != nil {
		return unavailable("catalog_stale", err)
	}
	c.state, c.verifier = params.Get("state"), params.Get("login_verifier")
	if c.state == "" {
		return invalidState("state_missing")
	}
	c.snap = snap
	return nil
}

// callbackState opens the state before it looks for the connection: who has no
// state learns nothing of which connections there are.
func (h *Handler) callbackState(c *callback) *oauth.Error {
	id, _ := httpx.ID(c.r, "connection_id")
	login, begun, err := h.logins.OpenState(c.state, id)
	if err != nil {
		return invalidState("state_unknown")
	}
	c.login, c.attempt = login, h.logins.AttemptID(login)
	connection, ok := c.snap.Connection(id)
	if !ok { // it was there when the login began
		return invalidState("state_other_connection")
	}
	c.connection = connection
	if h.Now().After(begun.Add(loginWindow)) {
		return invalidState("state_expired")
	}
	if c.connection.Disabled {
		return oauth.E(oauth.AccessDenied, "connection_disabled", "This login is switched off.").WithStatus(http.StatusForbidden)
	}
	return nil
}

// callbackNavigation refuses everything but a page the user went to: a prefetch,
// an image or a script's fetch must neither advance nor burn a login. Old browsers
// send no Sec-Fetch headers.
func (h *Handler) callbackNavigation(c *callback) *oauth.Error {
	mode := c.r.Header.Get("Sec-Fetch-Mode")
	purpose := c.r.Header.Get("Sec-Purpose") + c.r.Header.Get("Purpose")
	if mode != "" && mode != "navigate" || strings.Contains(purpose, "prefetch") {
		return oauth.E(oauth.InvalidRequest, "not_top_level", "Open this address in a browser window.")
	}
	return nil
}

func (h *Handler) callbackCookie(c *callback) *oauth.Error {
	flowID := h.logins.FlowID(c.login)
	f, _, reason, err := h.readFlow(c.r, flowID, stageLogin, stageConsent, stageDone)
	if err == nil && f.Connection == c.connection.ID {
		c.flow = f
		return nil
	}
	// A cookie that is planted, twice or not ours is no better than none: else who
	// can plant one in somebody's browser keeps the login from being burned there.
	if err != nil {
		h.burn(c)
	}
	return oauth.E(oauth.AccessDenied, reason,
		"This login was started in another browser, or cookies are blocked. Start again from the app.").WithStatus(http.StatusForbidden)
}

// burn kills a login that came back by state alone in a browser that did not
// start it: somebody sent the link of a login to somebody else. It is for posted
// state-only logins only; a verifier protects the others, and killing them would
// let anybody who saw a state end a login.
func (h *Handler) burn(c *callback) {
	if c.connection.LoginVerifier != catalog.VerifierDeclared {
		return
	}
	ctx := c.r.Context()
	row, err := h.Store.Login(ctx, loginRow(c.attempt))
	if err != nil || row.Declared || row.Connection != c.connection.ID {
		return
	}
	now := h.Now()
	burned, err := h.Store.Burn(ctx, store.Burn{
		Login:  row.ID,
		Now:    now,
		Events: []event{{At: now, Step: "callback", Reason: "login_burned_by_state_only"}},
		Audit:  []store.AuditEntry{{At: now, Actor: "system", Action: "login.burned", Object: "attempt:" + c.attempt}},
	})
	if err != nil {
		h.Log.Error("burning a login", "attempt", c.attempt, "cause", err)
	} else if burned {
		h.Log.Warn("login burned: a state-only callback came from another browser", "attempt", c.attempt, "connection", c.connection.ID)
	}
}

func (h *Handler) callbackLogin(c *callback) *oauth.Error {
	row, err := h.Store.Login(c.r.Context(), loginRow(c.attempt))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNotYet
	case err != nil:
		return unavailable("store_unavailable", err)
	case row.Connection != c.connection.ID:
		return invalidState("state_other_connection")
	case !row.BurnedAt.IsZero():
		return oauth.E(oauth.AccessDenied, "login_burned",
			"This login also came back in another browser, so it was ended. Start again from the app.").WithStatus(http.StatusForbidden)
	}
	c.row = row
	return nil
}

// callbackVerifier demands the second half, unless the connection also accepts the
// documented state-only redirect and neither side of this login did better.
func (h *Handler) callbackVerifier(c *callback) *oauth.Error {
	if c.verifier == "" {
		if c.connection.LoginVerifier == catalog.VerifierDeclared && !c.row.Declared {
			c.flow.StateOnly = true
			return nil
		}
		return verifierMissing()
	}
	if !h.logins.VerifyVerifier(c.login, c.connection.ID, c.verifier) {
		return oauth.E(oauth.AccessDenied, "verifier_wrong",
			"The login came back with the login_verifier of another login.").WithStatus(http.StatusForbidden)
	}
	c.flow.StateOnly = false
	return nil
}

func verifierMissing() *oauth.Error {
	return oauth.E(oauth.AccessDenied, "verifier_missing",
		"The login came back without its login_verifier.").WithStatus(http.StatusForbidden)
}

// toConsent re-seals the cookie for the next step and answers 303 to a clean URL:
// state and verifier leave the address bar, the history and the Referer.
func (h *Handler) toConsent(w http.ResponseWriter, c *callback) {
	if c.row.Failed {
		h.loginFailed(w, c)
		return
	}
	if c.row.Decision != "" {
		h.answered(w, c.r, c.flow)
		return
	}
	if err := h.writeFlow(w, stageConsent, c.flow); err != nil {
		h.refuseCallback(w, c, internalError(err))
		return
	}
	how := "login_verifier"
	if c.flow.StateOnly {
		how = "state only"
	}
	h.recordFlow(c.source, c.attempt, c.flow, event{Step: "callback", OK: true, Notes: map[string]string{"proof": how}})
	seeOther(w, h.BaseURL+"/consent/"+h.logins.FlowID(c.login))
}

// loginFailed passes on that the company did not sign the user in.
func (h *Handler) loginFailed(w http.ResponseWriter, c *callback) {
	refusal := oauth.E(oauth.AccessDenied, "login_failed_posted", "The sign-in did not succeed.")
	h.recordFlow(c.source, c.attempt, c.flow, event{Step: "callback", Reason: refusal.Reason})
	h.answerClient(w, c.r, c.flow, refusal)
}

// answerClient sends an error to the flow's client, as far as it can still be
// proven, and ends the flow in this browser.
func (h *Handler) answerClient(w http.ResponseWriter, r *http.Request, f *flow, refusal *oauth.Error) {
	attemptID := h.logins.AttemptID(f.login)
	v, err := h.revisit(r, f)
	if err != nil {
		h.problem(w, r, refusal, f.UILocales, attemptID)
		return
	}
	h.dropCookie(w, h.cookieName(h.logins.FlowID(f.login)))
	h.sendError(w, r, v.redirect, h.trusts(v.server, v.client, v.redirect), refusal, f.answerTo(attemptID))
}

func (f *flow) answerTo(attemptID string) answerTo {
	return answerTo{issuer: f.Issuer, state: f.AppState, attempt: attemptID, locales: f.UILocales}
}

func (h *Handler) refuseCallback(w http.ResponseWriter, c *callback, refusal *oauth.Error) {
	locales := ""
	if c.flow != nil {
		locales = c.flow.UILocales
	}
	if c.attempt != "" {
		h.recordFlow(c.source, c.attempt, c.flow, event{Step: "callback", Reason: refusal.Reason})
	}
	h.logRefusal("callback", c.attempt, refusal)
	switch refusal.Reason {
	case "not_posted_yet":
		h.Pages.NotYet(w, c.r, web.NotYet{
			Language: web.Language{UILocales: locales},
			RetryURL: c.r.URL.RequestURI(),
			ErrorID:  h.errIDs.Seal(c.attempt, refusal.Reason, h.Now()),
		})
		return
	case "state_expired":
		h.dropCookie(w, h.cookieName(h.logins.FlowID(c.login)))
	}
	h.problem(w, c.r, refusal, locales, c.attempt)
}
