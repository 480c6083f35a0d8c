package symbolon

// Rules for MCP servers.

import (
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func (k *configCheck) mcpServers() {
	ids, resources := map[string]bool{}, map[string]string{}
	for i, m := range k.cfg.MCPServers {
		field := element("mcp_servers", i)
		k.id(field+".id", m.ID, prefixMCPServer, maxIDLength, ids)
		k.name(field+".name", m.Name)
		k.resources(field, m, resources)
		if m.Connection == "" {
			k.refuse(field+".connection", "is missing; write the id of the connection that signs its users in")
		} else {
			k.reference(field+".connection", m.Connection, "connection", k.hasConnection)
		}
		k.scopes(field+".scopes", m.Scopes)
		k.tokens(field, m)
		k.policy(field+".clients", m.Clients)
		k.brand(field+".brand", m.Brand)
	}
}

// resources checks URL and aliases. Two MCP servers that could be meant by one
// resource parameter (RFC 8707) would make a token's audience a matter of luck.
func (k *configCheck) resources(field string, m MCPServer, seen map[string]string) {
	if m.URL == "" {
		k.refuse(field+".url", "is missing; write the URL that MCP clients connect to")
	} else {
		k.resource(field+".url", m.URL, seen)
	}
	for i, alias := range m.Aliases {
		at := element(field+".aliases", i)
		k.resource(at, alias.URL, seen)
		k.name(at+".organization", alias.Organization)
	}
}

func (k *configCheck) resource(field, s string, seen map[string]string) {
	canonical, err := oauth.CanonicalResource(s)
	if err != nil {
		k.refuse(field, "%v", valueError(err, "The resource "))
		return
	}
	if other, taken := seen[canonical]; taken {
		k.refuse(field, "is the same resource as %s; each URL and alias may occur once", other)
		return
	}
	seen[canonical] = field
}

func (k *configCheck) scopes(field string, scopes []Scope) {
	seen := make(map[string]bool, len(scopes))
	for i, s := range scopes {
		at := element(field, i)
		switch {
		case s.Name == "":
			k.refuse(at+".name", "is missing; write the scope as clients ask for it, as in todo:read")
		case s.Name == oauth.ScopeOfflineAccess:
			k.refuse(at+".name", "is offline_access, which every MCP server has; remove it")
		case !oauth.IsScopeToken(s.Name):
			k.refuse(at+".name", "is %q; a scope is ASCII without space, quotes and backslash", s.Name)
		case seen[s.Name]:
			k.refuse(at+".name", "is %q, which the list has already; remove one", s.Name)
		}
		seen[s.Name] = true
		k.name(at+".description", s.Description)
	}
}

func (k *configCheck) tokens(field string, m MCPServer) {
	k.between(field+".access_token_ttl", m.AccessTokenTTL, catalog.MinAccessTokenTTL, catalog.MaxAccessTokenTTL)
	k.between(field+".refresh_token_ttl", m.RefreshTokenTTL, max(m.AccessTokenTTL, catalog.MinAccessTokenTTL), maxRefreshTokenTTL)
	if m.RefreshTokenIdleTTL != 0 {
		k.between(field+".refresh_token_idle_ttl", m.RefreshTokenIdleTTL, time.Minute, m.RefreshTokenTTL)
	}
	k.oneOf(field+".signing_alg", m.SigningAlg, catalog.SigningAlgs...)
	k.oneOf(field+".token_issuer", m.TokenIssuer, string(catalog.IssuerResource), string(catalog.IssuerBase))
	// The same sub of two connections is two users; only the issuer tells them apart.
	if m.TokenIssuer == string(catalog.IssuerBase) && len(k.cfg.Connections) > 1 {
		k.refuse(field+".token_issuer", "is base, under which equal subs of several connections are one user; write resource, or keep a single connection")
	}
}

func (k *configCheck) policy(field string, p ClientPolicy) {
	for i, host := range p.CIMDHosts {
		if u, err := parseWebURL("https://" + host); err != nil || u.Host != host {
			k.refuse(element(field+".cimd_hosts", i),
				"is %q; write a host in lower case, as in claude.ai, with :port if it is not 443", host)
		}
	}
	k.unique(field+".cimd_hosts", p.CIMDHosts)
	for i, host := range p.RedirectHosts {
		if !isReceiver(host) {
			k.refuse(element(field+".redirect_hosts", i),
				"is %q; write a host in lower case, as in claude.ai, with :port if it is not 443, or a private-use scheme with its colon, as in cursor:", host)
		}
	}
	k.unique(field+".redirect_hosts", p.RedirectHosts)
	for i, id := range p.IDs {
		at := element(field+".ids", i)
		if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
			k.refuse(at, "is %q; a client id is ASCII without space", id)
		} else if strings.HasPrefix(id, prefixClient) {
			k.reference(at, id, "client", k.hasClient)
		}
	}
	k.unique(field+".ids", p.IDs)
}

// isReceiver accepts the one spelling that [catalog.RedirectName] gives the
// receiver of a code; any other would silently match nothing.
func isReceiver(s string) bool {
	if scheme, ok := strings.CutSuffix(s, ":"); ok {
		return scheme == strings.ToLower(scheme) && oauth.ParseRegisteredRedirectURI(scheme+":/callback") == nil
	}
	u, err := parseWebURL("https://" + s)
	return err == nil && u.Host == s
}
