package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// HTTP counts and times what next, a http.ServeMux or what wraps one, answers.
func (m *Metrics) HTTP(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		answer := &httpx.Observed{ResponseWriter: w}
		defer func() { // also if a handler aborts the connection
			route := httpx.Route(r)
			m.requests.WithLabelValues(route, httpx.Method(r), strconv.Itoa(answer.Status())).Inc()
			m.durations.WithLabelValues(route).Observe(time.Since(begun).Seconds())
		}()
		next.ServeHTTP(answer, r)
	})
}
