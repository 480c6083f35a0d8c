package httpx

import (
	"net/http"
	"strings"
)

// CleanPaths answers 404 to every path that is not in its one normal form,
// before any routing.
//
// http.ServeMux would answer such paths with 307, which forwards POST bodies
// (RFC 9700 §4.12), would hand "..%2f..%2fadmin" to a handler as the id
// "../../admin", and would route "partner%3Acallback" like "partner:callback". No path
// of this server needs escaping, so an escape is already a reason to refuse.
func CleanPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !cleanPath(r.URL.EscapedPath()) {
			http.Error(w, "Not found.", http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func cleanPath(p string) bool {
	if p == "/" || p == "*" {
		return p == "/"
	}
	if len(p) > 1024 || !strings.HasPrefix(p, "/") {
		return false
	}
	for segment := range strings.SplitSeq(p[1:], "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	for i := range len(p) {
		if !pathByte(p[i]) {
			return false
		}
	}
	return true
}

func pathByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("/-_.:", c) >= 0
}

// ID reads a path parameter that names an object. It reports false for anything
// but 1 to 64 characters of [A-Za-z0-9_-].
func ID(r *http.Request, name string) (string, bool) {
	id := r.PathValue(name)
	if len(id) == 0 || len(id) > 64 {
		return "", false
	}
	for i := range len(id) {
		if c := id[i]; !pathByte(c) || c == '/' || c == '.' || c == ':' {
			return "", false
		}
	}
	return id, true
}
