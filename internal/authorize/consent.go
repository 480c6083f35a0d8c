package authorize

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// Consent answers GET /consent/{flow}: it asks, always. Nothing is remembered:
// after a login form the browser reports every return as cross-site, so a
// remembered answer could not be told from an attacker's link.
func (h *Handler) Consent(w http.ResponseWriter, r *http.Request) {
	f, value, refusal := h.consentFlow(r)
	if refusal != nil {
		h.refuseFlow(w, r, "consent", f, refusal)
		return
	}
	if value == "" { // the done cookie: a reload, or "back"
		h.answered(w, r, f)
		return
	}
	row, refusal := h.openLogin(r, f)
	if refusal != nil {
		h.refuseFlow(w, r, "consent", f, refusal)
		return
	}
	if row.Decision != "" {
		h.answered(w, r, f)
		return
	}
	v, err := h.revisit(r, f)
	if err != nil {
		h.refuseFlow(w, r, "consent", f, asOAuth(err))
		return
	}
	if !v.admits(row.User) {
		h.refuseMember(w, r, "consent", f, v)
		return
	}
	h.recordFlow(httpx.Source(r), h.logins.AttemptID(f.login), f, event{Step: "consent", OK: true})
	h.Pages.Consent(w, r, h.consentView(f, row, v, value))
}

// consentFlow reads the flow that the address names, and the cookie that the form
// is tied to; there is no such cookie once the flow was decided.
func (h *Handler) consentFlow(r *http.Request) (f *flow, cookie string, refusal *oauth.Error) {
	flowID, ok := httpx.ID(r, "flow")
	if !ok {
		return nil, "", oauth.E(oauth.InvalidRequest, "flow_unknown", "There is no such page.").WithStatus(http.StatusNotFound)
	}
	f, at, reason, err := h.readFlow(r, flowID, stageConsent, stageDone)
	if err != nil {
		if reason == "cookie_missing" {
			reason = "flow_unknown"
		}
		return nil, "", oauth.E(oauth.AccessDenied, reason,
			"This login was started in another browser, or it is over. Start again from the app.").WithStatus(http.StatusForbidden)
	}
	if f.expired(h.Now()) {
		return f, "", oauth.E(oauth.AccessDenied, "flow_expired", "This login took too long. Start again from the app.")
	}
	if at == stageDone {
		return f, "", nil
	}
	value, _ := httpx.Cookie(r, h.cookieName(flowID))
	return f, value, nil
}

// openLogin reads the login that the flow waits for; it must still be open to a
// decision, or decided.
func (h *Handler) openLogin(r *http.Request, f *flow) (store.Login, *oauth.Error) {
	row, err := h.Store.Login(r.Context(), loginRow(h.logins.AttemptID(f.login)))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return row, oauth.E(oauth.AccessDenied, "flow_expired", "This login is over. Start again from the app.")
	case err != nil:
		return row, unavailable("store_unavailable", err)
	case row.Connection != f.Connection || row.Failed:
		return row, oauth.E(oauth.AccessDenied, "flow_unknown", "This login is over. Start again from the app.")
	case !row.BurnedAt.IsZero():
		return row, oauth.E(oauth.AccessDenied, "login_burned",
			"This login also came back in another browser, so it was ended. Start again from the app.").WithStatus(http.StatusForbidden)
	case row.User.Sub == f.ClientID: // who may be any URL: only here is it known which one
		return row, oauth.E(oauth.AccessDenied, "user_is_client", "The login named a user whose sub is the id of the app.").WithStatus(http.StatusForbidden)
	case row.Decision == "" && h.Now().After(row.DecideBy):
		return row, oauth.E(oauth.AccessDenied, "decision_late", "This login took too long. Start again from the app.")
	}
	return row, nil
}

// visited is what a flow names, looked up again: what was true when the cookie
// was sealed may have been disabled since.
type visited struct {
	client     oauth.Client
	redirect   oauth.RedirectURI
	server     *catalog.MCPServer
	connection *catalog.Connection
	// organization is the only one that the requested address is for; "" = any.
	organization string
}

// revisit repeats the checks of the authorization request that depend on the
// catalog or the client.
func (h *Handler) revisit(r *http.Request, f *flow) (visited, error) {
	snap, err := h.Catalog.Snapshot()
	if err != nil {
		return visited{}, unavailable("catalog_stale", err)
	}
	client, err := h.Clients.Client(r.Context(), snap, f.ClientID)
	if err != nil {
		return visited{}, err
	}
	redirect, err := f.proven(client)
	if err != nil {
		return visited{}, err
	}
	server, ok := snap.MCPServer(f.MCPServer)
	if !ok {
		return visited{}, oauth.E(oauth.AccessDenied, "server_disabled", "This MCP server is switched off.")
	}
	p := &pending{snap: snap, client: client, redirect: redirect, server: server}
	for _, check := range revisits {
		if refusal := check(r.Context(), h, p); refusal != nil {
			return visited{}, refusal
		}
	}
	if p.connection.ID != f.Connection {
		return visited{}, oauth.E(oauth.AccessDenied, "connection_disabled", "This MCP server uses another login now. Start again from the app.")
	}
	if f.StateOnly && p.connection.LoginVerifier != catalog.VerifierDeclared {
		return visited{}, verifierMissing()
	}
	address, _ := server.Address(f.Resource)
	return visited{client, redirect, server, p.connection, address.Organization}, nil
}

// revisits are the checks that a disabled server, connection or client must fail at
// every later step too.
var revisits = []func(context.Context, *Handler, *pending) *oauth.Error{checkServer, checkClientForServer}

// formToken ties the consent form to this browser's cookie, so that a page of
// somebody else cannot know it, and to the question: an answer to what was asked
// before the configuration changed is none to what it means now.
func (h *Handler) formToken(cookie string, f *flow, v visited) string {
	return base64.RawURLEncoding.EncodeToString(h.form.Sum([]byte(cookie), h.question(f, v)...))
}

// formIsOurs reports whether this is the token of the form, also if it was made under
// a secret that seals no longer.
func (h *Handler) formIsOurs(token, cookie string, f *flow, v visited) bool {
	tag, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && base64.RawURLEncoding.EncodeToString(tag) == token && len(tag) == seal.MACSize &&
		h.form.Verify(tag, []byte(cookie), h.question(f, v)...)
}

func (h *Handler) question(f *flow, v visited) []string {
	question := make([]string, 0, 2+len(f.Scopes))
	question = append(question, h.logins.FlowID(f.login), v.organization)
	for _, s := range scopesOf(v.server, f.Scopes) {
		question = append(question, s.Name+" "+strconv.FormatBool(s.Optional))
	}
	return question
}

func (h *Handler) consentView(f *flow, row store.Login, v visited, cookie string) web.Consent {
	flowID := h.logins.FlowID(f.login)
	view := web.Consent{
		Language:     web.Language{UILocales: f.UILocales, Locale: row.User.Locale},
		Action:       "/consent/" + flowID,
		SwitchAction: "/consent/" + flowID + "/switch",
		FormToken:    h.formToken(cookie, f, v),
		User:         web.User{Name: oauth.DisplayName(row.User.Name), Email: row.User.Email, Subject: row.User.Sub},
		Client: web.Client{
			ID: v.client.ID, Name: oauth.DisplayName(v.client.Name), Publisher: publisher(v.client),
			Verified: v.client.Verified, URI: v.client.URI, PolicyURI: v.client.PolicyURI, TermsURI: v.client.TosURI,
		},
		Server:      web.Server{Name: v.server.Name, Host: oauth.DisplayHost(v.server.URL), Brand: h.Brand(v.server)},
		Destination: destination(v.redirect),
		Scopes:      scopesOf(v.server, f.Scopes),
		Offline:     v.client.Allows(oauth.GrantRefreshToken),
	}
	addOffer(&view, row.User, v.organization)
	return view
}

// publisher is the host that vouches for a client's name: the one that serves its
// metadata document. Nobody vouches for a registration.
func publisher(c oauth.Client) string {
	if c.Kind == oauth.MetadataDocument {
		return oauth.DisplayHost(c.ID)
	}
	return ""
}

func destination(u oauth.RedirectURI) web.Destination {
	switch {
	case u.Custom():
		return web.Destination{Name: strings.TrimSuffix(u.Host(), ":") + ":", Kind: web.DestinationApp}
	case u.Loopback():
		return web.Destination{Name: u.Host(), Kind: web.DestinationLoopback}
	}
	return web.Destination{Name: oauth.DisplayHost(u.String()), Kind: web.DestinationSite}
}

// answered tells a browser that this question was answered before; it never gets
// a second code.
func (h *Handler) answered(w http.ResponseWriter, r *http.Request, f *flow) {
	h.Pages.Answered(w, r, web.Answered{
		Language: web.Language{UILocales: f.UILocales},
		ErrorID:  h.errIDs.Seal(h.logins.AttemptID(f.login), "already_answered", h.Now()),
	})
}

func (h *Handler) refuseFlow(w http.ResponseWriter, r *http.Request, step string, f *flow, refusal *oauth.Error) {
	attemptID, locales := "", ""
	if f != nil {
		attemptID, locales = h.logins.AttemptID(f.login), f.UILocales
		h.recordFlow(httpx.Source(r), attemptID, f, event{Step: step, Reason: refusal.Reason, Notes: explained(nil, refusal)})
		if kindOf(refusal) == web.ProblemExpired {
			h.dropCookie(w, h.cookieName(h.logins.FlowID(f.login)))
		}
	}
	h.logRefusal(step, attemptID, refusal)
	h.problem(w, r, refusal, locales, attemptID)
}
