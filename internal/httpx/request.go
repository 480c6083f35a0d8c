package httpx

import (
	"net/http"
	"net/netip"
	"strings"
)

// Source names who sent the request for shares and limits: the socket's address,
// an IPv6 address by its /64, which is what one host is usually given.
func Source(r *http.Request) string { return sourceOf(r.RemoteAddr) }

func sourceOf(address string) string {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return "unknown"
	}
	addr := ap.Addr().Unmap()
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// Bearers returns the bearer tokens of all Authorization headers, in order. The
// Python SDK sends two after a refresh: the new token first.
func Bearers(h http.Header) []string {
	var tokens []string
	for _, value := range h.Values("Authorization") {
		scheme, token, ok := strings.Cut(value, " ")
		if ok && strings.EqualFold(scheme, "Bearer") && len(tokens) < 4 {
			tokens = append(tokens, strings.TrimSpace(token))
		}
	}
	return tokens
}

// Lists reports whether the header field name, read as a list (RFC 9110 §5.6.1),
// has the member: whatever else stands beside it, in however many lines a proxy put
// it, in upper or lower case. Parameters of the member do not count.
func Lists(h http.Header, name, member string) bool {
	for _, line := range h.Values(name) {
		for item := range strings.SplitSeq(line, ",") {
			item, _, _ = strings.Cut(item, ";")
			if strings.EqualFold(strings.TrimSpace(item), member) {
				return true
			}
		}
	}
	return false
}

// Cookie returns the value of the cookie with this name. http.Request.Cookie would
// take the first of several; a second one means that somebody who can set cookies
// for a sibling domain, or before TLS, planted one, so more than one is none.
func Cookie(r *http.Request, name string) (value string, several bool) {
	found := 0
	for _, c := range r.Cookies() {
		if c.Name == name {
			value = c.Value
			found++
		}
	}
	if found > 1 {
		return "", true
	}
	return value, false
}
