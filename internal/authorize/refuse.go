package authorize

import (
	"net/http"
	"net/url"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

type event = store.Event

// refuseRequest answers an authorization request that failed a check. Before the
// redirect URI is proven the user is told. After it the client is told, but the
// browser is sent there by itself only if the client is on the user's own machine
// or listed by the operator: otherwise anybody could register a client and use
// this server to send people anywhere (RFC 9700 §4.11.2).
func (h *Handler) refuseRequest(w http.ResponseWriter, r *http.Request, p *pending, refusal *oauth.Error) {
	h.record(p, event{Step: "authorize", Reason: refusal.Reason, Notes: explained(p.notes(), refusal)})
	h.logRefusal("authorize", p.attempt, refusal)
	locales := localesOf(p.params)
	if p.redirect.IsZero() {
		h.problem(w, r, refusal, locales, p.attempt)
		return
	}
	h.sendError(w, r, p.redirect, h.trusts(p.server, p.client, p.redirect), refusal, answerTo{
		issuer: p.issuer.url, state: p.appState, attempt: p.attempt, locales: locales,
	})
}

// trusts reports whether an error may redirect to this client without a click.
func (h *Handler) trusts(s *catalog.MCPServer, c oauth.Client, redirect oauth.RedirectURI) bool {
	if redirect.Loopback() || c.Kind == oauth.Preregistered {
		return true
	}
	return s != nil && s.Clients.Listed(&c, redirect)
}

// answerTo is what an authorization response needs besides its content.
type answerTo struct {
	issuer, state, attempt, locales string
}

// params adds state and iss, which every authorization response carries (RFC 6749
// §4.1.2, RFC 9207 §2).
func (a answerTo) params(v url.Values) url.Values {
	if a.state != "" {
		v.Set("state", a.state)
	}
	v.Set("iss", a.issuer)
	return v
}

// sendError is the error response of RFC 6749 §4.1.2.1: by redirect, or as a link
// on a page.
func (h *Handler) sendError(w http.ResponseWriter, r *http.Request, to oauth.RedirectURI, redirect bool, refusal *oauth.Error, a answerTo) {
	params := url.Values{"error": {string(refusal.Code)}}
	if refusal.Description != "" {
		params.Set("error_description", refusal.Description)
	}
	target := to.With(a.params(params))
	if redirect {
		seeOther(w, target)
		return
	}
	h.Pages.Problem(w, r, pageStatus(refusal), web.Problem{
		Language: web.Language{UILocales: a.locales},
		Kind:     kindOf(refusal),
		ErrorID:  h.errIDs.Seal(a.attempt, refusal.Reason, h.Now()),
		Reason:   refusal.Reason,
		Detail:   refusal.Description,
		Return:   web.ReturnLink{Name: to.Host(), URL: target},
	})
}

// problem shows the user a page that leads nowhere else.
func (h *Handler) problem(w http.ResponseWriter, r *http.Request, refusal *oauth.Error, locales, attemptID string) {
	status := pageStatus(refusal)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	h.Pages.Problem(w, r, status, web.Problem{
		Language: web.Language{UILocales: locales},
		Kind:     kindOf(refusal),
		ErrorID:  h.errIDs.Seal(attemptID, refusal.Reason, h.Now()),
		Reason:   refusal.Reason,
		Detail:   refusal.Description,
	})
}

// pageStatus: a page is never 401, which would make the browser ask for a password.
func pageStatus(e *oauth.Error) int {
	if s := e.HTTPStatus(); s != http.StatusUnauthorized {
		return s
	}
	return http.StatusBadRequest
}

// kindOf chooses the words of a problem page by the reason of the refusal.
func kindOf(e *oauth.Error) web.ProblemKind {
	switch e.Reason {
	case "client_unknown", "client_id_missing":
		return web.ProblemClient
	case "client_id_url_invalid", "client_document_unreachable", "client_document_invalid", "client_document_withdrawn":
		return web.ProblemDocument
	case "redirect_uri_missing", "redirect_uri_not_registered", "redirect_uri_not_registrable":
		return web.ProblemRedirect
	case "client_disabled", "client_blocked", "client_refused_by_policy", "client_not_for_server", "server_disabled", "connection_disabled":
		return web.ProblemRefused
	case "user_disabled":
		return web.ProblemDisabled
	case "organization_not_member":
		return web.ProblemOrganization
	case "state_expired", "flow_expired", "decision_late", "client_document_changed":
		return web.ProblemExpired
	case "cookie_missing", "cookie_other_flow", "cookie_duplicated", "flow_unknown",
		"form_token_wrong", "cross_site_post", "not_top_level":
		return web.ProblemBrowser
	case "login_failed_posted", "user_is_client":
		return web.ProblemLogin
	case "verifier_missing", "verifier_wrong":
		return web.ProblemHandoff
	case "login_burned", "login_burned_by_state_only", "state_missing", "state_unknown", "state_other_connection":
		return web.ProblemLost
	}
	switch e.Code {
	case oauth.ServerError:
		return web.ProblemInternal
	case oauth.TemporarilyUnavailable:
		return web.ProblemBusy
	}
	return web.ProblemRequest
}

// record adds an event of the authorization request to the login attempt, which
// lives in memory until the company posts the user.
func (h *Handler) record(p *pending, e event) {
	e.At = p.at
	h.Attempts.Record(p.source, p.summary(), e)
}

func (p *pending) summary() store.AttemptSummary {
	s := store.AttemptSummary{ID: p.attempt, StartedAt: p.at, ClientID: p.client.ID, ClientName: oauth.DisplayName(p.client.Name)}
	if p.client.ID == "" {
		s.ClientID = p.params.Get("client_id")
	}
	if p.server != nil {
		s.MCPServer, s.Connection = p.server.ID, p.server.Connection
	}
	return s
}

// notes are what an engineer wants to see of the request: nothing here is secret.
func (p *pending) notes() map[string]string {
	notes := map[string]string{}
	for _, name := range []string{"redirect_uri", "resource", "scope", "response_type", "code_challenge_method", "prompt"} {
		if v := p.params.Get(name); v != "" {
			notes[name] = v
		}
	}
	if p.issuer.url != "" {
		notes["issuer"] = p.issuer.url
	}
	if len(p.scopes) > 0 {
		notes["granted_scope"] = p.scopes.String()
	}
	return notes
}

// explained adds what the page says, and the cause where it is in words of ours: of
// a client document it is.
func explained(notes map[string]string, refusal *oauth.Error) map[string]string {
	if notes == nil {
		notes = map[string]string{}
	}
	notes["detail"] = refusal.Description
	if refusal.Code == oauth.InvalidClient && refusal.Cause != nil {
		notes["cause"] = refusal.Cause.Error()
	}
	return notes
}

// recordFlow adds an event of a later browser step.
func (h *Handler) recordFlow(source, attemptID string, f *flow, e event) {
	e.At = h.Now()
	s := store.AttemptSummary{ID: attemptID}
	if f != nil {
		s.ClientID, s.MCPServer, s.Connection, s.StartedAt = f.ClientID, f.MCPServer, f.Connection, f.begun
	}
	h.Attempts.Record(source, s, e)
}

func (h *Handler) logRefusal(step, attemptID string, refusal *oauth.Error) {
	attrs := []any{"step", step, "attempt", attemptID, "reason", refusal.Reason}
	if refusal.Cause != nil {
		attrs = append(attrs, "cause", refusal.Cause)
	}
	if refusal.Cause != nil && refusal.HTTPStatus() >= http.StatusInternalServerError {
		h.Log.Error("refused", attrs...)
		return
	}
	h.Log.Info("refused", attrs...)
}
