package doctor

// Documents and where they are.

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// objectOf is the body of a successful answer as a JSON object; nil if it is none.
func objectOf(r response) map[string]any {
	var o map[string]any
	if r.Err != nil || !r.found() || json.Unmarshal(r.Body, &o) != nil {
		return nil
	}
	return o
}

// text is a string member; "" if it is not there or something else.
func text(o map[string]any, name string) string {
	s, _ := o[name].(string)
	return s
}

// list is the strings of an array member.
func list(o map[string]any, name string) []string {
	items, _ := o[name].([]any)
	var words []string
	for _, item := range items {
		if s, ok := item.(string); ok {
			words = append(words, s)
		}
	}
	return words
}

// members are the names of those members that hold, in order.
func members(o map[string]any, holds func(any) bool) []string {
	var names []string
	for name, value := range o {
		if holds(value) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func isNull(v any) bool { return v == nil }

func isEmptyList(v any) bool {
	items, ok := v.([]any)
	return ok && len(items) == 0
}

func isJSON(r response) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// inserted is a well-known URL between host and path (RFC 8414 §3.1).
func inserted(u *url.URL, name string) string {
	return u.Scheme + "://" + u.Host + "/.well-known/" + name + strings.TrimSuffix(u.EscapedPath(), "/")
}

// resourcePlaces are the well-known URLs of protected resource metadata: of the path,
// then of the root.
func resourcePlaces(target *url.URL) []string {
	const name = "oauth-protected-resource"
	root := &url.URL{Scheme: target.Scheme, Host: target.Host}
	return slices.Compact([]string{inserted(target, name), inserted(root, name)})
}

// serverPlaces are the well-known URLs of an issuer, in the order of clients. The last
// one, appended RFC 8414 metadata, is no specification's, but some clients ask there.
func serverPlaces(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" {
		return nil
	}
	places := []string{inserted(u, "oauth-authorization-server"), inserted(u, "openid-configuration")}
	if path := strings.TrimSuffix(u.EscapedPath(), "/"); path != "" {
		root := u.Scheme + "://" + u.Host + path
		places = append(places, root+"/.well-known/openid-configuration", root+"/.well-known/oauth-authorization-server")
	}
	return places
}

// secure reports whether a URL may carry secrets.
func secure(target string) bool {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return false
	}
	host := u.Hostname()
	return u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "::1")
}
