package authorize

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// Decide answers POST /consent/{flow}. The statement that records the decision
// also consumes the login, so of any number of answers one counts.
func (h *Handler) Decide(w http.ResponseWriter, r *http.Request) {
	a, f, refusal := h.consentForm(w, r)
	if refusal != nil {
		h.refuseFlow(w, r, "decision", f, refusal)
		return
	}
	if a == nil {
		h.answered(w, r, f)
		return
	}
	switch a.form.Get("decision") {
	case "allow":
		h.allow(w, r, a)
	case "deny":
		h.deny(w, r, a)
	default:
		h.refuseFlow(w, r, "decision", f, oauth.E(oauth.InvalidRequest, "decision_missing", "Choose one of the two buttons."))
	}
}

// answer is a consent form that is ours and this browser's.
type answer struct {
	*flow
	visited
	form   url.Values
	cookie string
}

// consentForm reads the form and proves that it is ours and this browser's. It can
// say only what was asked; everything else is in the sealed cookie. The answer is
// nil if the flow was decided before.
func (h *Handler) consentForm(w http.ResponseWriter, r *http.Request) (*answer, *flow, *oauth.Error) {
	f, cookie, refusal := h.consentFlow(r)
	if refusal != nil || cookie == "" {
		return nil, f, refusal
	}
	body, err := httpx.Body(w, r, httpx.TypeForm, maxForm)
	if err != nil {
		return nil, f, oauth.E(oauth.InvalidRequest, "parameter_malformed", "The form was not read.").WithStatus(httpx.BodyStatus(err))
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["form_token"]) != 1 || ambiguous(form) {
		return nil, f, formRefused()
	}
	v, err := h.revisit(r, f)
	if err != nil {
		return nil, f, asOAuth(err)
	}
	if !h.formIsOurs(form.Get("form_token"), cookie, f, v) {
		return nil, f, formRefused()
	}
	return &answer{flow: f, visited: v, form: form, cookie: cookie}, f, nil
}

func formRefused() *oauth.Error {
	return oauth.E(oauth.AccessDenied, "form_token_wrong",
		"The form does not belong to this browser, or to the question as it is now. Reload the page and try again.").WithStatus(http.StatusForbidden)
}

// allow writes grant and code in one transaction and sends the code to the client.
func (h *Handler) allow(w http.ResponseWriter, r *http.Request, a *answer) {
	scopes := a.scopes()
	if len(scopes) == 0 && len(a.Scopes) > 0 {
		h.askAgain(w, r, a, web.ComplaintScopes)
		return
	}
	grant, err := h.newGrant(a, scopes)
	if err != nil {
		h.refuseFlow(w, r, "decision", a.flow, internalError(err))
		return
	}
	code, id := h.codes.New(h.Epoch, a.client.Binding())
	d := h.decision(a.flow, store.DecisionAllow)
	d.Grant, d.Choice = grant, a.choice()
	d.Code = &store.Code{
		ID: id, GrantID: grant.ID, ClientID: a.ClientID, Challenge: a.Challenge,
		RedirectURI: a.Redirect, MCPServer: a.MCPServer, ExpiresAt: d.Now.Add(codeLifetime),
	}
	d.Audit = []store.AuditEntry{{
		At: d.Now, Actor: "user:" + a.Connection, Action: "grant.created", Object: "grant:" + grant.ID,
		Detail: map[string]string{"client": a.ClientID, "mcp_server": a.MCPServer, "scope": scopes.String()},
	}}
	d.Events[0].Notes["grant"] = grant.ID
	if len(scopes) < len(a.Scopes) {
		d.Events[0].Notes["granted_scope"] = scopes.String()
	}
	if d.Choice.Organization != "" {
		d.Events[0].Notes["organization"] = printable(d.Choice.Organization)
	}
	if !h.settle(w, r, a, d) {
		return
	}
	params := a.answerTo(grant.Attempt).params(url.Values{"code": {code}})
	seeOther(w, a.redirect.With(params))
}

// deny tells the client that the user said no. The user pressed a button, so the
// browser follows to any proven redirect URI.
func (h *Handler) deny(w http.ResponseWriter, r *http.Request, a *answer) {
	d := h.decision(a.flow, store.DecisionDeny)
	d.Events[0].OK, d.Events[0].Reason = false, "denied"
	if !h.settle(w, r, a, d) {
		return
	}
	h.sendError(w, r, a.redirect, true, oauth.E(oauth.AccessDenied, "denied", "The user said no."),
		a.answerTo(h.logins.AttemptID(a.login)))
}

// Switch answers POST /consent/{flow}/switch, "use a different account": it
// consumes the login and sends the browser through the company's login again,
// under a new login request.
func (h *Handler) Switch(w http.ResponseWriter, r *http.Request) {
	a, f, refusal := h.consentForm(w, r)
	if refusal != nil {
		h.refuseFlow(w, r, "decision", f, refusal)
		return
	}
	if a == nil {
		h.answered(w, r, f)
		return
	}
	if !h.settle(w, r, a, h.decision(f, store.DecisionSwitch)) {
		return
	}
	next := *f
	next.login, next.begun, next.StateOnly = seal.NewLogin(), h.Now(), false
	next.State = h.logins.State(next.login, next.begun, next.Connection)
	if err := h.writeFlow(w, stageLogin, &next); err != nil {
		h.refuseFlow(w, r, "decision", f, internalError(err))
		return
	}
	h.recordFlow(httpx.Source(r), h.logins.AttemptID(next.login), &next,
		event{Step: "authorize", OK: true, Notes: map[string]string{"different_account_after": h.logins.AttemptID(f.login)}})
	h.toLogin(w, r, a.connection, &next, url.Values{"prompt": {"login"}})
}

func (h *Handler) decision(f *flow, kind store.Decision) store.Decide {
	now := h.Now()
	return store.Decide{
		Login:      loginRow(h.logins.AttemptID(f.login)),
		Connection: f.Connection,
		Now:        now,
		Decision:   kind,
		StateOnly:  f.StateOnly,
		Events:     []event{{At: now, Step: "decision", OK: true, Notes: map[string]string{"decision": string(kind)}}},
	}
}

// settle commits the decision and reports whether it counted; otherwise the page
// is written. The cookie moves on to its last stage only after the commit.
func (h *Handler) settle(w http.ResponseWriter, r *http.Request, a *answer, d store.Decide) bool {
	f := a.flow
	outcome, err := h.Store.Decide(r.Context(), d)
	switch {
	case err != nil:
		h.refuseFlow(w, r, "decision", f, unavailable("store_unavailable", err))
		return false
	case outcome == store.AlreadyDecided:
		h.answered(w, r, f)
		return false
	case outcome == store.DecisionUserDisabled:
		h.refuseFlow(w, r, "decision", f, oauth.E(oauth.AccessDenied, "user_disabled",
			"Your company has switched off the access of apps to your account.").WithStatus(http.StatusForbidden))
		return false
	case outcome == store.DecisionNotOffered:
		h.askAgain(w, r, a, web.ComplaintChoice)
		return false
	case outcome != store.Decided:
		h.refuseFlow(w, r, "decision", f, oauth.E(oauth.AccessDenied, "decision_late",
			"This login is over. Start again from the app."))
		return false
	}
	h.Attempts.Record(httpx.Source(r), store.AttemptSummary{ID: h.logins.AttemptID(f.login)}, d.Events[0])
	done := &flow{State: f.State, Connection: f.Connection, UILocales: f.UILocales, login: f.login, begun: f.begun}
	if err := h.writeFlow(w, stageDone, done); err != nil {
		h.dropCookie(w, h.cookieName(h.logins.FlowID(f.login)))
	}
	return true
}

// newGrant is what the user allows. The store adds the user from the login row.
func (h *Handler) newGrant(a *answer, scopes []string) (*store.Grant, error) {
	client, err := consented(a.client)
	if err != nil {
		return nil, err
	}
	now := h.Now()
	return &store.Grant{
		ID: seal.RandomID("grt_"), Attempt: h.logins.AttemptID(a.login), Origin: store.OriginBrowser,
		Connection: a.Connection, MCPServer: a.MCPServer, Issuer: a.Issuer, Resource: a.Resource,
		Scopes: scopes, Offline: a.client.Allows(oauth.GrantRefreshToken),
		ClientID: a.ClientID, ClientName: oauth.DisplayName(a.client.Name), ClientKind: string(a.client.Kind),
		ClientJSON: client, RedirectURI: a.Redirect, RedirectHost: catalog.RedirectName(a.redirect),
		CreatedAt: now, ExpiresAt: now.Add(a.server.RefreshTokenTTL), IdleTTL: a.server.RefreshTokenIdleTTL,
	}, nil
}

// consented is what the grant keeps of a client whose description lives on
// another host: redemption, refresh and revocation never depend on that host.
func consented(c oauth.Client) ([]byte, error) {
	if c.Kind != oauth.MetadataDocument {
		return nil, nil
	}
	return json.Marshal(c)
}
