package authorize

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
)

const maxForm = 64 << 10

// Begin answers GET and POST /oauth/authorize (RFC 6749 §4.1.1): it checks the
// request, seals it into a cookie and sends the browser to the company's login.
// It writes nothing to the database.
func (h *Handler) Begin(w http.ResponseWriter, r *http.Request) {
	p := &pending{login: seal.NewLogin(), at: h.Now(), source: httpx.Source(r)}
	p.attempt = h.logins.AttemptID(p.login)
	params, refusal := readParams(w, r)
	if refusal == nil {
		p.params = params
		refusal = h.check(r.Context(), r, p)
	}
	if refusal == nil {
		refusal = h.leave(w, r, p)
	}
	if refusal != nil {
		h.refuseRequest(w, r, p, refusal)
	}
}

// pending is an authorization request while it is being checked. What a check has
// proven is set; the redirect URI is zero until it is.
type pending struct {
	login   seal.Login
	attempt string
	at      time.Time
	source  string

	params oauth.Params
	snap   *catalog.Snapshot
	issuer issuer

	client     oauth.Client
	redirect   oauth.RedirectURI
	appState   string
	challenge  oauth.Challenge
	server     *catalog.MCPServer
	connection *catalog.Connection
	resource   string
	// organization is the only one that resource is for, "" if it is for any.
	organization string
	scopes       oauth.Scopes
}

// readParams reads the query of a GET or the body of a POST; both at once is
// refused, since two parsers might then see two requests.
func readParams(w http.ResponseWriter, r *http.Request) (oauth.Params, *oauth.Error) {
	if r.Method != http.MethodPost {
		return oauth.ParseForm(r.URL.RawQuery)
	}
	if r.URL.RawQuery != "" {
		return nil, oauth.E(oauth.InvalidRequest, "query_on_post",
			"A POST request carries its parameters in the body only.")
	}
	body, err := httpx.Body(w, r, httpx.TypeForm, maxForm)
	if err != nil {
		return nil, oauth.E(oauth.InvalidRequest, "parameter_malformed",
			"The body was not read: "+err.Error()+".").WithStatus(httpx.BodyStatus(err))
	}
	return oauth.ParseForm(string(body))
}

// check runs the checks in their order; the first refusal ends.
func (h *Handler) check(ctx context.Context, r *http.Request, p *pending) *oauth.Error {
	snap, err := h.Catalog.Snapshot()
	if err != nil {
		return unavailable("catalog_stale", err)
	}
	p.snap = snap
	is, ok := h.issuerOf(snap, r)
	if !ok {
		return oauth.E(oauth.InvalidRequest, "resource_unknown", "There is no such MCP server.").WithStatus(http.StatusNotFound)
	}
	p.issuer = is
	for _, check := range checks {
		if refusal := check(ctx, h, p); refusal != nil {
			return refusal
		}
	}
	return nil
}

// leave seals the request and sends the browser to the company's login with 303,
// so that a POST is not posted there.
func (h *Handler) leave(w http.ResponseWriter, r *http.Request, p *pending) *oauth.Error {
	f := &flow{
		State:      h.logins.State(p.login, p.at, p.connection.ID),
		Connection: p.connection.ID,
		Issuer:     p.issuer.url,
		ClientID:   p.client.ID,
		Digest:     p.client.Digest,
		Redirect:   p.redirect.String(),
		AppState:   p.appState,
		Challenge:  string(p.challenge),
		MCPServer:  p.server.ID,
		Resource:   p.resource,
		Scopes:     p.scopes,
		UILocales:  localesOf(p.params),
		login:      p.login,
		begun:      p.at,
	}
	value, err := h.sealFlow(stageLogin, f)
	if err != nil {
		return internalError(err)
	}
	name := h.cookieName(h.logins.FlowID(p.login))
	if len(value) > maxCookieValue {
		return oauth.E(oauth.InvalidRequest, "request_too_long",
			"The request is too long to be kept: shorten redirect_uri, state, scope or resource.")
	}
	// After a cross-site POST the browser hid its Lax cookies: eviction waits for
	// the next GET.
	if r.Method == http.MethodGet {
		h.evict(w, r, len(name)+len(value)+3)
	}
	h.setCookie(w, name, value, cookieMaxAge)
	h.record(p, event{Step: "authorize", OK: true, Notes: p.notes()})
	h.record(p, event{Step: "login_redirect", OK: true})
	extra := url.Values{}
	if hint := p.params.Get("login_hint"); hint != "" && len(hint) <= 320 {
		extra.Set("login_hint", hint)
	}
	h.toLogin(w, r, p.connection, f, extra)
	return nil
}

// toLogin redirects to the connection's login URL, whose own query stays; of each
// of our parameters there is exactly one.
func (h *Handler) toLogin(w http.ResponseWriter, r *http.Request, c *catalog.Connection, f *flow, extra url.Values) {
	u, err := url.Parse(c.LoginURL)
	if err != nil { // refused when the configuration was read
		h.problem(w, r, internalError(err), f.UILocales, h.logins.AttemptID(f.login))
		return
	}
	q := u.Query()
	for name := range extra {
		q.Set(name, extra.Get(name))
	}
	q.Set("login_request_id", h.logins.RequestID(f.login, f.begun, c.ID))
	q.Set("state", f.State)
	u.RawQuery = q.Encode()
	seeOther(w, u.String())
}

// seeOther answers 303: the next request is a GET without a body, always.
func seeOther(w http.ResponseWriter, to string) {
	header := w.Header()
	httpx.NoStore(header)
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// localesOf is the client's ui_locales, if short enough to travel in a cookie.
func localesOf(p oauth.Params) string {
	if l := p.Get("ui_locales"); len(l) <= 60 {
		return l
	}
	return ""
}
