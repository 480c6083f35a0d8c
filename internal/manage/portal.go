package manage

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// OpenPortal answers GET /portal/open?link=…: it spends the link and goes on to
// the page, whose address says nothing.
func (h *Handler) OpenPortal(w http.ResponseWriter, r *http.Request) {
	if !navigates(r) {
		h.Pages.PortalOver(w, r)
		return
	}
	params, refusal := oauth.ParseForm(r.URL.RawQuery)
	v, ok := h.openVisitor(params.Get("link"), asLink)
	if refusal != nil || !ok {
		h.Pages.PortalOver(w, r)
		return
	}
	now := h.Now()
	// The link's own end is when its record may go: it is over by then.
	first, err := h.Store.ConsumeOnce(r.Context(), store.Once{
		Namespace: "portal", ID: v.ID, Exp: now.Add(linkLifetime),
		Audit: &store.AuditEntry{At: now, Actor: "user:" + v.Connection, Action: "portal.opened", Object: store.UserObject(v.Connection, v.Sub)},
	}, now)
	if err != nil {
		h.Log.Error("portal link not consumed", "cause", err)
		h.busy(w, r)
		return
	}
	if !first {
		h.Pages.PortalOver(w, r)
		return
	}
	v.Until = now.Add(sessionLifetime).Unix()
	value, err := h.sealVisitor(v, asSession)
	if err != nil {
		h.busy(w, r)
		return
	}
	h.setSession(w, value, sessionLifetime)
	seeOther(w, "/portal")
}

// navigates tells a person who follows the link from a program that looks ahead,
// which must not spend it. Older browsers send neither header.
func navigates(r *http.Request) bool {
	purpose := r.Header.Get("Sec-Purpose") + r.Header.Get("Purpose")
	mode := cmp.Or(r.Header.Get("Sec-Fetch-Mode"), "navigate")
	dest := cmp.Or(r.Header.Get("Sec-Fetch-Dest"), "document")
	return mode == "navigate" && dest == "document" && !strings.Contains(purpose, "prefetch")
}

// Portal answers GET /portal: the list.
func (h *Handler) Portal(w http.ResponseWriter, r *http.Request) {
	s, ok := h.session(w, r)
	if !ok {
		return
	}
	grants, err := h.live(r, s.Connection, s.Sub)
	if err == nil {
		var view web.Portal
		if view, err = h.portalView(r, s, grants); err == nil {
			h.Pages.Portal(w, r, view)
			return
		}
	}
	h.Log.Error("portal not shown", "cause", err)
	h.busy(w, r)
}

// EndAccess answers POST /portal/end: it ends one grant, or all.
func (h *Handler) EndAccess(w http.ResponseWriter, r *http.Request) {
	s, form, ok := h.portalForm(w, r)
	if !ok {
		return
	}
	intent := store.Revoke{
		GrantID: form.Get("grant"), Connection: s.Connection, Sub: s.Sub, Reason: reasonUser, Now: h.Now(),
		Events: []store.Event{{At: h.Now(), Step: "revoke", OK: true, Notes: map[string]string{"by": "user"}}},
	}
	all := form.Get("all") == "all"
	if (intent.GrantID == "") != all {
		h.Pages.Problem(w, r, http.StatusBadRequest, web.Problem{Kind: web.ProblemMissing})
		return
	}
	entry := store.AuditEntry{
		At: intent.Now, Actor: "user:" + s.Connection, Action: "grant.revoked", Object: "grant:" + intent.GrantID,
		Detail: map[string]string{"reason": reasonUser},
	}
	if all {
		entry.Action, entry.Object = "user.revoked", store.UserObject(s.Connection, s.Sub)
	}
	intent.Audit = []store.AuditEntry{entry}
	if _, err := h.Store.Revoke(r.Context(), intent); err != nil {
		h.Log.Error("access not ended", "cause", err)
		h.busy(w, r)
		return
	}
	seeOther(w, "/portal?"+url.Values{"ended": {cmp.Or(intent.GrantID, "all")}}.Encode())
}

// LeavePortal answers POST /portal/leave: it ends the session, here and wherever
// its cookie may have been copied to, and goes back to the company's app if that
// said where to.
func (h *Handler) LeavePortal(w http.ResponseWriter, r *http.Request) {
	s, _, ok := h.portalForm(w, r)
	if !ok {
		return
	}
	if _, err := h.Store.ConsumeOnce(r.Context(), s.leaving(), h.Now()); err != nil {
		h.Log.Error("portal session not ended", "cause", err)
		h.busy(w, r)
		return
	}
	h.setSession(w, "", -time.Second)
	if back := s.back(); back != "" {
		seeOther(w, back)
		return
	}
	h.Pages.PortalLeft(w, r, web.Language{})
}

// portalForm reads a form of the page. The router has refused other sites already.
func (h *Handler) portalForm(w http.ResponseWriter, r *http.Request) (session, oauth.Params, bool) {
	s, ok := h.session(w, r)
	if !ok {
		return session{}, nil, false
	}
	body, err := httpx.Body(w, r, httpx.TypeForm, 4<<10)
	if err != nil {
		h.Pages.Problem(w, r, httpx.BodyStatus(err), web.Problem{Kind: web.ProblemBrowser})
		return session{}, nil, false
	}
	form, refusal := oauth.ParseForm(string(body))
	if refusal != nil || !h.formIsOurs(s, form.Get("form_token")) {
		h.Pages.Problem(w, r, http.StatusForbidden, web.Problem{Kind: web.ProblemBrowser, Reason: "form_token_wrong"})
		return session{}, nil, false
	}
	return s, form, true
}

func (h *Handler) busy(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "1")
	h.Pages.Problem(w, r, http.StatusServiceUnavailable, web.Problem{Kind: web.ProblemBusy})
}

// seeOther keeps nothing of the form (303, RFC 9110 §15.4.4).
func seeOther(w http.ResponseWriter, target string) {
	httpx.NoStore(w.Header())
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}
