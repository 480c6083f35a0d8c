package httpx

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// CORS lets scripts of every origin call next, without credentials: browser-based
// MCP clients discover, register and redeem by fetch. Routes that look at cookies
// must never be wrapped. The headers are on errors too, or a script would see a
// network failure instead of "invalid_grant".
func CORS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
		next.ServeHTTP(w, r)
	})
}

// Preflight answers the CORS preflight of a route with these methods.
func Preflight(methods ...string) http.Handler {
	allowed := strings.Join(append(methods, http.MethodOptions), ", ")
	return CORS(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Methods", allowed)
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, MCP-Protocol-Version")
		h.Set("Access-Control-Max-Age", "86400")
		h.Set("Allow", allowed)
		w.WriteHeader(http.StatusNoContent)
	}))
}
