package authorize

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// One cookie a flow, so that parallel tabs do not end each other.
const (
	cookiePrefix   = "symbolon_flow_"
	hostPrefix     = "__Host-" // RFC 6265bis §4.1.3.2: Secure, Path=/, no Domain
	maxFlows       = 10
	maxCookieBytes = 7 << 10 // all flows of a browser, names included
	maxCookieValue = 3800    // browsers drop a cookie of more than 4096 bytes
)

// cookieName is the name of a flow's cookie. The prefix and Secure need https;
// base URLs on loopback http, and only they, go without (Safari drops Secure
// cookies there).
func (h *Handler) cookieName(flowID string) string {
	if h.secure {
		return hostPrefix + cookiePrefix + flowID
	}
	return cookiePrefix + flowID
}

func (h *Handler) setCookie(w http.ResponseWriter, name, value string, maxAge time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(maxAge / time.Second),
		HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (h *Handler) dropCookie(w http.ResponseWriter, name string) {
	h.setCookie(w, name, "", -time.Second)
}

// readFlow finds the flow's cookie and opens it for the first of the stages that
// it was sealed for. A cookie of that name that is there twice, or also without
// the __Host- prefix, was planted by somebody: there is no flow then.
func (h *Handler) readFlow(r *http.Request, flowID string, stages ...stage) (*flow, stage, string, error) {
	value, several := httpx.Cookie(r, h.cookieName(flowID))
	if several || h.secure && hasCookie(r, cookiePrefix+flowID) {
		return nil, 0, "cookie_duplicated", errFlow
	}
	if value == "" {
		return nil, 0, "cookie_missing", errFlow
	}
	for _, at := range stages {
		if f, err := h.openFlow(at, flowID, value); err == nil {
			return f, at, "", nil
		}
	}
	return nil, 0, "cookie_other_flow", errFlow
}

func hasCookie(r *http.Request, name string) bool {
	return slices.ContainsFunc(r.Cookies(), func(c *http.Cookie) bool { return c.Name == name })
}

// writeFlow seals f into its cookie for the step at.
func (h *Handler) writeFlow(w http.ResponseWriter, at stage, f *flow) error {
	value, err := h.sealFlow(at, f)
	if err != nil {
		return err
	}
	h.setCookie(w, h.cookieName(h.logins.FlowID(f.login)), value, cookieMaxAge)
	return nil
}

// kept is a flow cookie that the browser sent.
type kept struct {
	name  string
	size  int
	begun time.Time
}

// evict makes room for a new flow of the given size: cookies that do not open or
// are too old go first, then the oldest. What a browser sends stays below limits
// that every proxy takes.
func (h *Handler) evict(w http.ResponseWriter, r *http.Request, size int) {
	var flows []kept
	total := size
	for _, c := range r.Cookies() {
		flowID, ok := strings.CutPrefix(c.Name, h.cookieName(""))
		if !ok {
			continue
		}
		f, _, _, err := h.readFlow(r, flowID, stageLogin, stageConsent, stageDone)
		if err != nil || f.expired(h.Now()) {
			h.dropCookie(w, c.Name)
			continue
		}
		flows = append(flows, kept{c.Name, len(c.Name) + len(c.Value) + 3, f.begun})
		total += flows[len(flows)-1].size
	}
	slices.SortFunc(flows, func(a, b kept) int { return cmp.Compare(a.begun.UnixNano(), b.begun.UnixNano()) })
	for len(flows) >= maxFlows || total > maxCookieBytes && len(flows) > 0 {
		h.dropCookie(w, flows[0].name)
		total -= flows[0].size
		flows = flows[1:]
	}
}
