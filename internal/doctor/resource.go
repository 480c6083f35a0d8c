package doctor

// Protected resource metadata: who is the MCP server, and whom does it trust.

import (
	"context"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// examineResource reads the metadata wherever clients look and returns the issuer.
func (e *examination) examineResource(ctx context.Context, target *url.URL) (issuer string) {
	e.askResource(ctx, target)
	if e.resource == nil && e.has("D106", "D205", "D208", "D209", "D607", "D609", "D610") {
		return "" // why it is not there was said
	}
	if e.resource == nil {
		e.find("D201", strings.Join(resourcePlaces(target), " "), "none of the URLs that clients try has it")
		return ""
	}
	e.pass("D201", e.resourceURL)
	e.examineIdentity()
	if nulls := members(e.resource, isNull); len(nulls) > 0 {
		e.find("D210", e.resourceURL, "null: %s", strings.Join(nulls, ", "))
	}
	if slices.Contains(list(e.resource, "scopes_supported"), "offline_access") {
		e.find("D207", e.resourceURL, "")
	}
	servers := list(e.resource, "authorization_servers")
	if !e.check("D204", e.resourceURL, len(servers) > 0, "authorization_servers is missing or empty") {
		return ""
	}
	if len(servers) > 1 {
		e.find("D211", e.resourceURL, "the first is %s", servers[0])
	}
	return servers[0]
}

// askResource reads the URL of the challenge, then the well-known ones. The root's
// counts only where there is nothing else: it may be about another MCP server.
func (e *examination) askResource(ctx context.Context, target *url.URL) {
	if e.named != "" {
		r := e.ask(ctx, e.named)
		if o := e.examineDocument(r, "D205", "D206", "D106", "D209", Stop); o != nil {
			e.resource, e.resourceURL = o, e.named
			e.pass("D106", e.named)
		}
		if r.Status >= 400 && r.Status < 500 {
			e.find("D106", e.named, "it answers %s", r.says())
		}
	}
	for i, at := range resourcePlaces(target) {
		if at == e.named {
			continue
		}
		severity := Stop
		if e.resource != nil {
			severity = Warn
		}
		o := e.examineDocument(e.ask(ctx, at), "D205", "D206", "D208", "D209", severity)
		switch {
		case o == nil:
		case e.resource == nil:
			e.resource, e.resourceURL = o, at
		case i == 0 && !sameMembers(o, e.resource, "resource", "authorization_servers"):
			e.find("D212", at, "it differs from %s", e.resourceURL)
		}
	}
}

// examineDocument judges an answer as a document; nil if there is none. The codes are
// those for a page, the content type, a failure and a redirect.
func (e *examination) examineDocument(r response, page, kind, failure, redirect Code, severity Severity) map[string]any {
	o := objectOf(r)
	switch {
	case r.Err != nil:
		if !e.examineConnection(r) {
			e.findAs(severity, failure, r.URL, "%s", r.says())
		}
	case r.redirected():
		e.find(redirect, r.URL, "it answers %s", r.says())
	case r.Status >= 500:
		e.findAs(severity, failure, r.URL, "it answers %s", r.says())
	case r.found() && o == nil:
		e.findAs(severity, page, r.URL, "it answers %s, which is no JSON object", r.says())
	case o != nil:
		if !isJSON(r) {
			e.findAs(severity, kind, r.URL, "it is %q", r.Header.Get("Content-Type"))
		}
		e.examineCaching(r, dayLong)
	}
	return o
}

// examineIdentity compares resource with what a user types (RFC 9728 §3.3).
func (e *examination) examineIdentity() {
	got, want := text(e.resource, "resource"), e.options.Target
	if got == want {
		e.pass("D202", e.resourceURL)
		return
	}
	a, err := oauth.CanonicalResource(got)
	b, wantErr := oauth.CanonicalResource(want)
	if err == nil && wantErr == nil && a == b {
		e.pass("D202", e.resourceURL)
		e.find("D203", e.resourceURL, "resource is %s, the URL %s", got, want)
		return
	}
	e.find("D202", e.resourceURL, "resource is %q, expected %q", got, want)
}

// sameMembers compares two documents where it matters.
func sameMembers(a, b map[string]any, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !reflect.DeepEqual(a[name], b[name]) })
}
