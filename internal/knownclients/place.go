// Where clients look: well-known URLs.
package knownclients

import (
	"net/url"
	"slices"
	"strings"
)

const (
	oauthName    = "/.well-known/oauth-authorization-server"
	oidcName     = "/.well-known/openid-configuration"
	resourceName = "/.well-known/oauth-protected-resource"
)

// places are the URLs to ask in order, each once. named is the URL that the
// challenge names; when it is there, and the client looks there, it looks nowhere
// else.
func places(order []Place, at, named string) []string {
	u, err := url.Parse(at)
	if err != nil {
		return nil
	}
	var urls []string
	for _, place := range order {
		if place == PlaceChallenge {
			if named != "" {
				return []string{named}
			}
			continue
		}
		if target := place.of(u); !slices.Contains(urls, target) {
			urls = append(urls, target)
		}
	}
	return urls
}

// of makes the URL of a place. A slash that ends the path is dropped before a name
// is put in front of it (RFC 8414 §3.1).
func (p Place) of(u *url.URL) string {
	origin, path := u.Scheme+"://"+u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
	switch p {
	case PlaceResourcePath:
		return origin + resourceName + path
	case PlaceResourceRoot:
		return origin + resourceName
	case PlaceOAuthPath:
		return origin + oauthName + path
	case PlaceOAuthRoot:
		return origin + oauthName
	case PlaceOIDCPath:
		return origin + oidcName + path
	case PlaceOIDCSuffix:
		return origin + path + oidcName
	default: // PlaceOIDCRoot; valid() lets no other word in
		return origin + oidcName
	}
}
