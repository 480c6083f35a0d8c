// Well-known URLs and the comparison of resources.
package client

import (
	"net/url"
	"strings"
)

// inserted puts a well-known name between host and path (RFC 8414 §3.1, RFC 9728 §3.1).
func inserted(u *url.URL, name string) string {
	at := *u
	at.Path = "/.well-known/" + name + strings.TrimSuffix(u.Path, "/")
	at.RawPath, at.Fragment = "", ""
	return at.String()
}

// wellKnown is the inserted URL and, if u has a path, the root's.
func wellKnown(u *url.URL, name string) []string {
	root := url.URL{Scheme: u.Scheme, Host: u.Host}
	if strings.Trim(u.Path, "/") == "" {
		return []string{inserted(&root, name)}
	}
	return []string{inserted(u, name), inserted(&root, name)}
}

// sameResource compares two resource identifiers. Scheme and host have no case, and servers in the wild differ
// in one trailing slash; all else must be identical.
func sameResource(a, b string) bool {
	return resourceKey(a) != "" && resourceKey(a) == resourceKey(b)
}

func resourceKey(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Fragment != "" {
		return ""
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), strings.TrimSuffix(u.RawPath, "/")
	return u.String()
}
