package catalog

// Which clients may use an MCP server, and which of them the operator knows.

import (
	"net/url"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// RedirectName is what a policy and a grant call the receiver of a code:
// "host", "host:port" if the port is not 443, the loopback host
// without its port (RFC 8252 §7.3), or "scheme:" for a private-use scheme. The
// colon matters: "claude.ai" is a host, but also a well-formed scheme, which
// any program on the device may claim.
func RedirectName(r oauth.RedirectURI) string {
	switch {
	case r.IsZero():
		return ""
	case r.Custom():
		return r.Host() + ":"
	case r.Loopback():
		return r.Host()
	}
	return authority(r.String())
}

// authority is the host of an absolute http or https URL in lower case, with
// the port if it is not 443, and "" for anything else. Whoever may listen on
// another port of a host, or in the clear, is not whom its name stands for.
func authority(s string) string {
	canonical, err := oauth.CanonicalResource(s)
	if err != nil {
		return ""
	}
	u, err := url.Parse(canonical)
	if err != nil {
		return ""
	}
	if u.Scheme == "http" && u.Port() == "" {
		return u.Host + ":80"
	}
	return u.Host
}

// IsZero reports whether the policy admits any client.
func (p Policy) IsZero() bool {
	return len(p.CIMDHosts) == 0 && len(p.RedirectHosts) == 0 && len(p.IDs) == 0
}

// Admits reports whether the client may use the MCP server with this redirect
// URI.
func (p Policy) Admits(client *oauth.Client, redirect oauth.RedirectURI) bool {
	return p.AdmitsID(client) || p.namesRedirect(redirect)
}

// AdmitsID reports whether the client may use the MCP server with every
// redirect URI of its own. Where it may not, a grant is still usable if
// RedirectHosts contains the grant's [RedirectName].
func (p Policy) AdmitsID(client *oauth.Client) bool {
	return p.IsZero() || p.names(client)
}

// Listed reports whether the operator named this client or the host that it
// redirects to. Only listed and loopback clients get errors by automatic
// redirect: for others that would be an open redirector.
func (p Policy) Listed(client *oauth.Client, redirect oauth.RedirectURI) bool {
	return p.names(client) || p.namesRedirect(redirect)
}

// names holds for pre-registered clients always: the operator wrote down which
// MCP servers they may use.
func (p Policy) names(client *oauth.Client) bool {
	if client.Kind == oauth.Preregistered || slices.Contains(p.IDs, client.ID) {
		return true
	}
	host := DocumentHost(client)
	return host != "" && slices.Contains(p.CIMDHosts, host)
}

// DocumentHost is what a policy calls the publisher of a client's metadata
// document: "host", or "host:port" if the port is not 443. It is "" for every other
// client: only for this kind the id is an address that proves whose client it is.
func DocumentHost(client *oauth.Client) string {
	if client.Kind != oauth.MetadataDocument {
		return ""
	}
	return authority(client.ID)
}

func (p Policy) namesRedirect(redirect oauth.RedirectURI) bool {
	return !redirect.IsZero() && slices.Contains(p.RedirectHosts, RedirectName(redirect))
}

// Admits reports whether the client may use this MCP server with this redirect
// URI: it is enabled, it is meant for this MCP server, and the policy admits it.
func (m *MCPServer) Admits(client *oauth.Client, redirect oauth.RedirectURI) bool {
	return m.Serves(client) && m.Takes(client) && m.Clients.Admits(client, redirect)
}

// AdmitsID is Admits for every redirect URI of the client; see [Policy.AdmitsID].
func (m *MCPServer) AdmitsID(client *oauth.Client) bool {
	return m.Serves(client) && m.Takes(client) && m.Clients.AdmitsID(client)
}

// Takes reports whether clients that are known this way may use the MCP server at all.
// It holds for those that came while it was switched on as well.
func (m *MCPServer) Takes(client *oauth.Client) bool {
	switch client.Kind {
	case oauth.Dynamic:
		return m.DynamicRegistration
	case oauth.MetadataDocument:
		return m.MetadataDocuments
	}
	return true
}

// Serves reports whether the client is enabled and not confined to other MCP
// servers.
func (m *MCPServer) Serves(client *oauth.Client) bool {
	return !client.Disabled && (client.MCPServers == nil || slices.Contains(client.MCPServers, m.ID))
}

// canonicalHost reports whether a policy entry is spelled as RedirectName and
// authority spell it. Another spelling would silently match nothing.
func canonicalHost(entry string) bool {
	return entry != "" && authority("https://"+entry) == entry && !strings.HasSuffix(entry, ".") && !strings.ContainsAny(entry, "/?")
}

// canonicalScheme is the same for "scheme:".
func canonicalScheme(entry string) bool {
	scheme, ok := strings.CutSuffix(entry, ":")
	return ok && scheme == strings.ToLower(scheme) && oauth.ParseRegisteredRedirectURI(scheme+":/callback") == nil
}
