package httpx

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// NoStore forbids every cache to keep the answer (RFC 6749 §5.1).
func NoStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// RetryAfter tells a client to wait, in whole seconds, at least one.
func RetryAfter(h http.Header, wait time.Duration) {
	h.Set("Retry-After", seconds(max(wait, 1)+time.Second-1))
}

// JSON writes v. The answer is never stored by a cache.
func JSON(w http.ResponseWriter, status int, v any) {
	writeJSON(w, status, TypeJSON, v)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // URLs stay readable; the type and nosniff say that this is no page
	if err := enc.Encode(v); err != nil {
		http.Error(w, `{"error":"server_error"}`, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	NoStore(h)
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // a reader that went away needs no answer
}

// OAuthError writes an error of RFC 6749 §5.2. basic says that the client tried
// to authenticate by the Authorization header, which obliges us to a challenge.
func OAuthError(w http.ResponseWriter, err *oauth.Error, basic bool) {
	status := err.HTTPStatus()
	switch status {
	case http.StatusUnauthorized:
		if basic {
			w.Header().Set("WWW-Authenticate", `Basic realm="symbolon", charset="UTF-8"`)
		}
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		if w.Header().Get("Retry-After") == "" {
			w.Header().Set("Retry-After", "1")
		}
	}
	JSON(w, status, err.Response())
}

// Problem is an error body of the management and user-details API (RFC 9457).
// Code is the stable word that programs compare.
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
	Field  string `json:"field,omitempty"`
	// Reason is the finer reason for the attempt; it never leaves the process.
	Reason string `json:"-"`
}

// WriteProblem writes p.
func WriteProblem(w http.ResponseWriter, p Problem) {
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="symbolon"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		if w.Header().Get("Retry-After") == "" {
			w.Header().Set("Retry-After", "1")
		}
	}
	writeJSON(w, p.Status, TypeProblem, p)
}

// Document writes a public document with an ETag that caches may keep for maxAge.
func Document(w http.ResponseWriter, r *http.Request, body []byte, maxAge time.Duration) {
	sum := sha256.Sum256(body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", "public, max-age="+seconds(maxAge))
	h.Set("X-Content-Type-Options", "nosniff")
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", TypeJSON)
	_, _ = w.Write(body)
}

// matches implements If-None-Match with weak comparison (RFC 9110 §13.1.2).
func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}
