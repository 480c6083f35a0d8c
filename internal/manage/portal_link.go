package manage

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/seal"
)

// Lifetimes of the page of connected apps.
const (
	linkLifetime    = 5 * time.Minute
	sessionLifetime = 30 * time.Minute
)

// visitor is a user whom the company has sent to the page: the content of the
// link, and of the session that it becomes.
type visitor struct {
	ID         string `json:"i"` // of the link, which is used once
	Connection string `json:"c"`
	Sub        string `json:"s"`
	Return     string `json:"r,omitempty"`
	Until      int64  `json:"e"` // Unix seconds
}

func (v visitor) over(now time.Time) bool { return now.Unix() >= v.Until }

// What a visitor is sealed as. One cannot be presented as the other.
const (
	asLink    = "link"
	asSession = "session"
)

func (h *Handler) sealVisitor(v visitor, as string) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	return h.portal.Seal(plain, as), nil
}

func (h *Handler) openVisitor(sealed, as string) (visitor, bool) {
	var v visitor
	plain, err := h.portal.Open(sealed, as)
	if err != nil || json.Unmarshal(plain, &v) != nil || v.over(h.Now()) {
		return visitor{}, false
	}
	return v, true
}

// PortalLink answers POST …/users:portal-link: a link, good once and for five
// minutes, to the page where the user sees what is connected. The app redirects
// its signed-in user there at once; until it is opened, only the audit knows of it.
func (h *Handler) PortalLink(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(q *request) (any, *httpx.Problem) {
		back, problem := take[string](q.body, "return_url", "a string")
		if problem == nil {
			problem = q.done()
		}
		if problem != nil {
			return nil, problem
		}
		expires := q.now.Add(linkLifetime).Truncate(time.Second)
		v := visitor{ID: seal.RandomID(""), Connection: q.connection.ID, Sub: q.sub, Until: expires.Unix()}
		if back != nil {
			if v.Return = *back; !returns(q.connection, v.Return) {
				return nil, invalid("return_url_invalid", "return_url", "return_url must be at most 1000 bytes and have the origin of the connection's login_url.")
			}
		}
		link, err := h.sealVisitor(v, asLink)
		if err == nil {
			err = h.Store.RecordAudit(q.Context(), q.audit("portal.link_made", nil))
		}
		if err != nil {
			return nil, h.failed("portal link not made", err)
		}
		return struct {
			URL       string    `json:"url"`
			ExpiresAt time.Time `json:"expires_at"`
		}{h.BaseURL + "/portal/open?link=" + link, expires.UTC()}, nil
	})
}

// returns reports whether the page may link to target: to where the connection's
// login is, and nowhere else.
func returns(c *catalog.Connection, target string) bool {
	if len(target) > 1000 {
		return false
	}
	to, ok := origin(target)
	login, known := origin(c.LoginURL)
	return ok && known && to == login
}

// origin is scheme, host and port of an http or https URL that every program reads
// alike.
func origin(raw string) (string, bool) {
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == '\\' || r > '~' }) {
		return "", false
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" {
		return "", false
	}
	canonical, err := oauth.CanonicalResource(u.Scheme + "://" + u.Host)
	return canonical, err == nil
}
