package oauth

// Redirect URIs: which may be registered, and what a matched one can do.
// RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1.

import (
	"errors"
	"net/url"
	"strings"
)

// A RedirectURI is a redirect URI that its client has registered: only
// [Client.Match] makes one. The zero value is none and must not be used to
// redirect; see [RedirectURI.IsZero].
type RedirectURI struct {
	value string
	uri   uri
}

// String returns the URI exactly as it was requested.
func (r RedirectURI) String() string { return r.value }

// IsZero reports whether r is no redirect URI at all.
func (r RedirectURI) IsZero() bool { return r.value == "" }

// Host names who receives the code: the host in lower case, without port, or
// the scheme if it is a private-use one.
func (r RedirectURI) Host() string {
	if r.Custom() {
		return r.uri.scheme
	}
	return r.uri.host
}

// Loopback reports whether the receiver is a program on the user's own machine.
func (r RedirectURI) Loopback() bool { return !r.Custom() && r.uri.loopback() }

// Custom reports whether the scheme is a private-use one (RFC 8252 §7.1),
// which any program on the device may have claimed.
func (r RedirectURI) Custom() bool { return !r.IsZero() && !r.uri.web() }

// With returns the URI with params added to its query, of which every byte is
// kept (RFC 6749 §3.1.2). Names are sorted; a space becomes %20, which both
// form decoders and plain URI decoders understand. It panics on the zero
// value: a redirect to nowhere is a defect of the caller.
func (r RedirectURI) With(params url.Values) string {
	if r.IsZero() {
		panic("oauth: redirect without a matched redirect URI")
	}
	query := strings.ReplaceAll(params.Encode(), "+", "%20")
	if query == "" {
		return r.value
	}
	separator := "?"
	if strings.Contains(r.value, "?") {
		separator = "&"
		if strings.HasSuffix(r.value, "?") || strings.HasSuffix(r.value, "&") {
			separator = ""
		}
	}
	return r.value + separator + query
}

var (
	errRedirectHTTP     = errors.New("uses http; use https, or http on localhost, 127.0.0.1 or [::1]")
	errRedirectScheme   = errors.New("uses a scheme that browsers or operating systems act on; use https, loopback http or a scheme of your own application")
	errRedirectOpaque   = errors.New("must have a path: a private-use scheme is followed by :/ and a path")
	errRedirectResponse = errors.New("has a query parameter that the authorization response uses (code, state, iss or error)")
)

// ParseRegisteredRedirectURI tells whether a client may register s: an https
// URI, an http URI on a loopback host, or one with a private-use scheme. The
// error is an [*Error] with [InvalidRedirectURI] that names s and what is
// wrong with it.
func ParseRegisteredRedirectURI(s string) error {
	if _, err := parseRedirectURI(s); err != nil {
		return errRedirectURI(s, err)
	}
	return nil
}

func errRedirectURI(s string, what error) *Error {
	return E(InvalidRedirectURI, "redirect_uri_forbidden", "The redirect URI "+quote(s)+" "+what.Error()+".")
}

// parseRedirectURI holds the rules for registered and requested URIs alike, so
// that a list that was filled elsewhere cannot smuggle a bad one past Match.
func parseRedirectURI(s string) (uri, error) {
	u, err := parseURI(s)
	if err != nil {
		return uri{}, err
	}
	switch {
	case !u.web():
		err = checkPrivateUse(&u)
	case !u.slashes:
		err = errURIAuthority
	case u.scheme == "http" && !u.loopbackSpelled(s):
		err = errRedirectHTTP
	}
	if err == nil && carriesResponseParameter(u.rest) {
		err = errRedirectResponse
	}
	return u, err
}

// loopbackSpelled asks for the loopback host in lower case, as written: the
// port rule replaces the port in the string and compares the rest exactly.
func (u *uri) loopbackSpelled(s string) bool {
	return u.loopback() && strings.HasPrefix(s, u.scheme+"://"+u.host)
}

// dangerousSchemes run code, read local files, compose messages, open sockets
// or start system programs when something navigates to them.
var dangerousSchemes = map[string]bool{
	"javascript": true, "vbscript": true, "livescript": true, "mocha": true, "data": true, "blob": true, "about": true,
	"file": true, "filesystem": true, "content": true, "resource": true, "res": true, "jar": true, "mhtml": true, "view-source": true,
	"mailto": true, "tel": true, "sms": true, "smsto": true, "mms": true, "callto": true, "facetime": true,
	"intent": true, "android-app": true, "market": true, "itms": true, "itms-apps": true, "itms-services": true,
	"ws": true, "wss": true, "ftp": true, "ftps": true, "sftp": true, "ssh": true, "telnet": true, "gopher": true,
	"ldap": true, "ldaps": true, "smb": true, "nfs": true, "afp": true, "vnc": true, "rdp": true, "dav": true, "davs": true,
	"news": true, "nntp": true, "feed": true, "cid": true, "mid": true, "urn": true, "wyciwyg": true,
	"shell": true, "search": true, "search-ms": true, "x-apple.systempreferences": true, "prefs": true, "applescript": true,
	"edge": true, "brave": true, "opera": true, "vivaldi": true, "devtools": true, "moz-extension": true, "safari-web-extension": true,
}

// dangerousPrefixes are families of such schemes: pages and extensions of the
// browser, and handlers that Windows ships.
var dangerousPrefixes = []string{"chrome", "ms-", "moz-", "microsoft-edge"}

func checkPrivateUse(u *uri) error {
	if dangerousSchemes[u.scheme] {
		return errRedirectScheme
	}
	for _, p := range dangerousPrefixes {
		if strings.HasPrefix(u.scheme, p) {
			return errRedirectScheme
		}
	}
	// Without "/" everything after the colon is opaque, the form of the
	// schemes that carry code or content (RFC 8252 §7.1 asks for the slash).
	if u.host == "" && !strings.HasPrefix(u.rest, "/") {
		return errRedirectOpaque
	}
	return nil
}

// carriesResponseParameter finds a query in which our own parameters would
// then stand twice: which of the two a client reads is anyone's guess
// (RFC 9207 §2.4 wants exactly one iss).
func carriesResponseParameter(rest string) bool {
	_, query, _ := strings.Cut(rest, "?")
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return true
		}
		switch name {
		case "code", "state", "iss", "error", "error_description", "error_uri":
			return true
		}
	}
	return false
}
