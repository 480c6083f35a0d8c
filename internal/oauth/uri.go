package oauth

// The URI grammar that redirect URIs, resources and client id URLs share.
// net/url repairs and guesses; where a value decides who receives a code,
// nothing may be repaired, so the parts are split here and refused when odd.

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// maxURI bounds one URI, in bytes.
const maxURI = 2048

var (
	errURILong      = errors.New("is longer than 2048 characters")
	errURIChars     = errors.New("contains a character that a URI must percent-encode (RFC 3986)")
	errURIEscape    = errors.New("contains a % that does not start a two-digit escape")
	errURIFragment  = errors.New("has a fragment; remove the # and what follows")
	errURIRelative  = errors.New("is not an absolute URI")
	errURIUserinfo  = errors.New("has user information; remove what stands before the @")
	errURIHost      = errors.New("has a host that is neither a plain ASCII name (punycode for others) nor an IP address")
	errURIPort      = errors.New("has a port that is not a number from 1 to 65535")
	errURIAuthority = errors.New("has no host")
)

// A uri is an absolute URI in its parts, each with the bytes it arrived with,
// scheme and host excepted, which are case-insensitive and kept in lower case.
type uri struct {
	scheme string
	// slashes says whether "//" followed the scheme: only then are host and
	// port set.
	slashes bool
	host    string // as written in the URI, an IPv6 address in brackets
	port    string // "" if absent
	rest    string // path and query
}

// parseURI splits an absolute URI without fragment. Only schemes other than
// http and https may do without a host.
func parseURI(s string) (uri, error) {
	if len(s) > maxURI {
		return uri{}, errURILong
	}
	if strings.Contains(s, "#") {
		return uri{}, errURIFragment
	}
	if err := checkURIBytes(s); err != nil {
		return uri{}, err
	}
	scheme, after, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return uri{}, errURIRelative
	}
	u := uri{scheme: strings.ToLower(scheme), rest: after}
	if !strings.HasPrefix(after, "//") {
		return u, nil
	}
	u.slashes = true
	authority := after[2:]
	if i := strings.IndexAny(authority, "/?"); i >= 0 {
		authority, u.rest = authority[:i], authority[i:]
	} else {
		u.rest = ""
	}
	if strings.Contains(authority, "@") {
		return uri{}, errURIUserinfo
	}
	if authority == "" && !u.web() {
		return u, nil
	}
	return u, u.setAuthority(authority)
}

// web reports whether the scheme is http or https.
func (u *uri) web() bool { return u.scheme == "https" || u.scheme == "http" }

// setAuthority takes host and port.
func (u *uri) setAuthority(authority string) error {
	if authority == "" {
		return errURIAuthority
	}
	host, port := authority, ""
	// The last colon starts a port unless it is inside the brackets.
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
		if !isPort(port) {
			return errURIPort
		}
	}
	if !isHost(host) {
		return errURIHost
	}
	u.host, u.port = strings.ToLower(host), port
	return nil
}

// path returns the path without the query.
func (u *uri) path() string {
	path, _, _ := strings.Cut(u.rest, "?")
	return path
}

// loopback reports whether the host is one of the three spellings of this
// machine that RFC 8252 §7.3 and OAuth 2.1 §4.1.1 know. Other spellings
// (127.1, 2130706433, [::ffff:127.0.0.1], a name that happens to resolve
// there) are not: what looks different to two parsers is how they are abused.
func (u *uri) loopback() bool {
	return u.host == "localhost" || u.host == "127.0.0.1" || u.host == "[::1]"
}

// checkURIBytes allows the characters of RFC 3986 and whole escapes only.
func checkURIBytes(s string) error {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return errURIEscape
			}
		case !isAlphanumeric(c) && strings.IndexByte("-._~:/?[]@!$&'()*+,;=", c) < 0:
			return errURIChars
		}
	}
	return nil
}

// isScheme is the scheme grammar of RFC 3986 §3.1.
func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if i == 0 && !isLetter(c) || !isAlphanumeric(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return s != ""
}

// isHost accepts DNS names in ASCII, IPv4 and bracketed IPv6 addresses without
// zone. An empty label, hence a trailing dot, is refused: it is a second
// spelling of the same host.
func isHost(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Is6() && addr.Zone() == ""
	}
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isAlphanumeric(c) && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// isPort accepts 1 to 65535 in the one decimal spelling without leading zero.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && s[0] != '0'
}

func isLetter(c byte) bool       { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool        { return '0' <= c && c <= '9' }
func isAlphanumeric(c byte) bool { return isLetter(c) || isDigit(c) }
func isHex(c byte) bool          { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
