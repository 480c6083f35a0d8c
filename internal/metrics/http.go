package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// HTTP counts and times what next, a http.ServeMux or what wraps one, answers.
func (m *Metrics) HTTP(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		answer := &statusWriter{ResponseWriter: w}
		defer func() { // also if a handler aborts the connection
			route := routeOf(r)
			m.requests.WithLabelValues(route, methodOf(r), answer.code()).Inc()
			m.durations.WithLabelValues(route).Observe(time.Since(begun).Seconds())
		}()
		next.ServeHTTP(answer, r)
	})
}

// routeOf is the pattern that the mux matched; everything that it does not know is
// one route.
func routeOf(r *http.Request) string {
	switch r.Pattern {
	case "", "/":
		return other
	case "/{$}":
		return "/"
	}
	return r.Pattern
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions}

func methodOf(r *http.Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return other
}

// statusWriter remembers the status. Everything else that a ResponseWriter can do
// is found through Unwrap (http.ResponseController).
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK { // 1xx are followed by another one
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) code() string {
	if w.status == 0 {
		return strconv.Itoa(http.StatusOK) // net/http writes it with the first byte, or at the end
	}
	return strconv.Itoa(w.status)
}
