package httpx

import (
	"net/http"
	"slices"
)

// Other stands for whatever a stranger made up: labels and names are a fixed few.
const Other = "other"

// Route is the pattern that the mux matched, once it has; everything that it does not
// know is one route.
func Route(r *http.Request) string {
	switch r.Pattern {
	case "", "/":
		return Other
	case "/{$}":
		return "/"
	}
	return r.Pattern
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions}

// Method is the method of a request, if it is one of those that routes have.
func Method(r *http.Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return Other
}

// Observed is a ResponseWriter that remembers the status. Everything else that the
// one below can do is found through Unwrap (http.ResponseController).
type Observed struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *Observed) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK { // 1xx are followed by another one
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *Observed) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Status is that of the answer. net/http writes 200 with the first byte, or at the end.
func (w *Observed) Status() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
