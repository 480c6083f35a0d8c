package manage

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
)

const (
	portalCookie = "symbolon_portal"
	hostPrefix   = "__Host-" // RFC 6265bis §4.1.3.2: Secure, Path=/, no Domain
)

// session is a visitor with the page open.
type session struct {
	visitor
	cookie     string
	connection *catalog.Connection
	snap       *catalog.Snapshot
}

func (h *Handler) cookieName() string {
	if h.secure {
		return hostPrefix + portalCookie
	}
	return portalCookie
}

// setSession writes the cookie. SameSite is Lax: the browser comes from the
// company's app and is redirected once, and Strict would keep the cookie from that
// first page. Forms have a token besides.
func (h *Handler) setSession(w http.ResponseWriter, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: h.cookieName(), Value: value, Path: "/", MaxAge: int(age / time.Second),
		HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode,
	})
}

// session reads the cookie; if there is no session, it writes the page that says so.
// A cookie that is there twice, or also without its prefix, was planted. The
// connection must still exist, and nobody have left: a copy of the cookie ends with it.
func (h *Handler) session(w http.ResponseWriter, r *http.Request) (session, bool) {
	v, cookie, ok := h.visitorOf(r)
	if !ok {
		h.Pages.PortalOver(w, r)
		return session{}, false
	}
	snap, err := h.Catalog.Snapshot()
	left := false
	if err == nil {
		left, err = h.Store.Consumed(r.Context(), v.leaving(), h.Now())
	}
	if err != nil {
		h.Log.Error("portal session not read", "cause", err)
		h.busy(w, r)
		return session{}, false
	}
	connection, ok := snap.Connection(v.Connection)
	if left || !ok {
		h.Pages.PortalOver(w, r)
		return session{}, false
	}
	return session{v, cookie, connection, snap}, true
}

func (h *Handler) visitorOf(r *http.Request) (v visitor, cookie string, ok bool) {
	cookie, several := httpx.Cookie(r, h.cookieName())
	if h.secure {
		twin, more := httpx.Cookie(r, portalCookie)
		several = several || twin != "" || more
	}
	if several || cookie == "" {
		return visitor{}, "", false
	}
	v, ok = h.openVisitor(cookie, asSession)
	return v, cookie, ok
}

// leaving is the end of the session before its time. Its record goes when the
// session would have been over, and there is at most one for each link.
func (v visitor) leaving() store.Once {
	return store.Once{Namespace: "portal_left", ID: v.ID, Exp: time.Unix(v.Until, 0)}
}

// Visits reports whether a browser shows that the company has sent its user to the page:
// by a link, or the session that it became. It looks nothing up.
func (h *Handler) Visits(r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/portal") {
		return false
	}
	if value, several := httpx.Cookie(r, h.cookieName()); value != "" && !several {
		_, ok := h.openVisitor(value, asSession)
		return ok
	}
	_, ok := h.openVisitor(r.URL.Query().Get("link"), asLink)
	return ok
}

// formToken ties the page's forms to the session.
func (h *Handler) formToken(s session) string {
	return base64.RawURLEncoding.EncodeToString(h.form.Sum([]byte(s.cookie), "form"))
}

func (h *Handler) formIsOurs(s session, token string) bool {
	tag, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && len(tag) == 32 && h.form.Verify(tag, []byte(s.cookie), "form")
}
