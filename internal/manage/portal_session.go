package manage

import (
	"encoding/base64"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
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

// session reads the cookie. One that is there twice, or also without its prefix,
// was planted. The connection must still exist.
func (h *Handler) session(r *http.Request) (session, bool) {
	value, several := httpx.Cookie(r, h.cookieName())
	planted := false
	if h.secure {
		twin, more := httpx.Cookie(r, portalCookie)
		planted = twin != "" || more
	}
	if several || planted || value == "" {
		return session{}, false
	}
	v, ok := h.openVisitor(value, asSession)
	if !ok {
		return session{}, false
	}
	snap, err := h.Catalog.Snapshot()
	if err != nil {
		return session{}, false
	}
	connection, ok := snap.Connection(v.Connection)
	return session{v, value, connection, snap}, ok
}

// formToken ties the page's forms to the session.
func (h *Handler) formToken(s session) string {
	return base64.RawURLEncoding.EncodeToString(h.form.Sum([]byte(s.cookie), "form"))
}

func (h *Handler) formIsOurs(s session, token string) bool {
	tag, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && len(tag) == 32 && h.form.Verify(tag, []byte(s.cookie), "form")
}
