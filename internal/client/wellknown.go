// Well-known URLs and the comparison of resources.
package client

import (
	"net/url"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/oauth"
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

// sameResource compares two resource identifiers as servers do: canonically.
func sameResource(a, b string) bool {
	first, err := oauth.CanonicalResource(a)
	if err != nil {
		return false
	}
	second, err := oauth.CanonicalResource(b)
	return err == nil && first == second
}
