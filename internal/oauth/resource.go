package oauth

// Resource indicators, RFC 8707, and the comparison that decides which MCP
// server a client means.

import "strings"

// CanonicalResource returns the form in which two resource identifiers are
// compared: scheme and host in lower case, without default port and without
// one trailing slash of the path, since clients add and drop that one freely.
// Path and query keep their bytes: what still differs is another resource and
// needs an alias. A path that ends in several slashes is left alone, so that
// the form of a canonical form is itself.
//
// Only absolute http and https URIs without user information and fragment,
// even an empty one, are resources. The error is an [*Error] with
// [InvalidTarget].
func CanonicalResource(s string) (string, error) {
	u, err := parseURI(s)
	if err != nil {
		return "", errResource(err.Error())
	}
	if !u.web() || !u.slashes {
		return "", errResource("is not an http or https URL")
	}
	authority := u.host
	if u.port != "" && !u.defaultPort() {
		authority += ":" + u.port
	}
	path := u.path()
	query := u.rest[len(path):]
	if trimmed := strings.TrimSuffix(path, "/"); !strings.HasSuffix(trimmed, "/") {
		path = trimmed
	}
	return u.scheme + "://" + authority + path + query, nil
}

func (u *uri) defaultPort() bool {
	return u.scheme == "https" && u.port == "443" || u.scheme == "http" && u.port == "80"
}

func errResource(what string) *Error {
	return E(InvalidTarget, "resource_malformed", "The resource "+what+".")
}
