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
// challenge names.
func places(order []Place, at, named string) []string {
	u, err := url.Parse(at)
	if err != nil {
		return nil
	}
	var urls []string
	for _, place := range order {
		target := place.of(u)
		switch place {
		case PlaceChallenge, PlaceChallengeFirst:
			target = named
		case PlaceChallengeOwn:
			if target = named; !sameOrigin(named, at) {
				target = ""
			}
		}
		if target != "" && !slices.Contains(urls, target) {
			urls = append(urls, target)
		}
		if place == PlaceChallenge && named != "" {
			return urls
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

func sameOrigin(a, b string) bool {
	first, err := url.Parse(a)
	second, errSecond := url.Parse(b)
	return err == nil && errSecond == nil && first.Scheme == second.Scheme && first.Host == second.Host
}

// withSlash is what URL libraries make of a URL without a path.
func withSlash(s string) string {
	if u, err := url.Parse(s); err == nil && u.Host != "" && u.Path == "" && u.RawQuery == "" {
		return s + "/"
	}
	return s
}
