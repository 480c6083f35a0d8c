// Links that others have chosen.

package web

import (
	"html/template"
	"net/url"
	"regexp"
	"strings"
)

// externalLink returns uri if it is an https URL that is safe to offer, and ""
// otherwise. Whoever registers a client chooses these links.
func externalLink(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" || u.User != nil || !plainHost.MatchString(u.Host) {
		return ""
	}
	return u.String()
}

// plainHost leaves out the hosts that url.Parse accepts and browsers read
// differently or not at all. Internationalised names come in their ASCII form.
var plainHost = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?$`)

// scriptSchemes run or display what a link contains instead of opening another
// program or site.
var scriptSchemes = map[string]bool{
	"javascript": true, "data": true, "vbscript": true, "file": true, "filesystem": true,
	"blob": true, "about": true, "view-source": true, "intent": true,
}

// href returns the link back to a client. A redirect URI may have a private-use
// scheme (RFC 8252 §7.1), which html/template would refuse, so it is vouched for
// here: its registration was checked before, and a scheme that runs script is
// refused once more.
func (l ReturnLink) href() template.URL {
	u, err := url.Parse(l.URL)
	if err != nil || u.Scheme == "" || scriptSchemes[strings.ToLower(u.Scheme)] {
		return ""
	}
	return template.URL(u.String()) //nolint:gosec // G203: see above
}
