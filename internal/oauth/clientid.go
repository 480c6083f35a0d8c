package oauth

// Client ids that are URLs: draft-ietf-oauth-client-id-metadata-document §3.

import (
	"errors"
	"strings"
)

// A ClientIDURL is a client id that names the document describing its client.
type ClientIDURL struct {
	// Host is the lower-case host without port: who publishes the client.
	Host string
	// Loopback says that the document is on this machine, over http or https.
	// Only a server in development may fetch it.
	Loopback bool
}

var (
	errClientIDScheme = errors.New("is not an https URL")
	errClientIDPath   = errors.New("has no path")
	errClientIDDots   = errors.New("has a . or .. in its path")
)

// ParseClientIDURL reads a client id that starts like a URL: https with a path,
// without user information, fragment and dot segments; http only on a loopback
// host. The error is an [*Error] with [InvalidClient].
func ParseClientIDURL(s string) (ClientIDURL, error) {
	u, err := parseURI(s)
	if err == nil {
		err = u.checkClientID()
	}
	if err != nil {
		return ClientIDURL{}, E(InvalidClient, "client_id_malformed", "The client_id "+err.Error()+".")
	}
	return ClientIDURL{Host: u.host, Loopback: u.loopback()}, nil
}

func (u *uri) checkClientID() error {
	switch {
	case !u.slashes || u.scheme != "https" && (u.scheme != "http" || !u.loopback()):
		return errClientIDScheme
	case u.path() == "":
		return errClientIDPath
	case hasDotSegment(u.path()):
		return errClientIDDots
	}
	return nil
}

// hasDotSegment finds "." and ".." also when they are percent-encoded: an
// HTTP client may resolve them and fetch another document than was named.
func hasDotSegment(path string) bool {
	plain := strings.ReplaceAll(strings.ToLower(path), "%2e", ".")
	for segment := range strings.SplitSeq(plain, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}
