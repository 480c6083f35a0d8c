package symbolon

// Rules for pre-registered clients.

import (
	"slices"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// grantTypes are those that a client can be registered for.
var grantTypes = []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken, oauth.GrantClientCredentials}

func (k *configCheck) clients() {
	seen := map[string]bool{}
	for i, c := range k.cfg.Clients {
		field := element("clients", i)
		k.id(field+".id", c.ID, prefixClient, maxIDLength, seen)
		k.name(field+".name", c.Name)
		if len(c.MCPServers) == 0 {
			k.refuse(field+".mcp_servers", "is missing; list the ids of the MCP servers that the client may use")
		}
		k.references(field+".mcp_servers", c.MCPServers, "MCP server", k.hasMCPServer)
		k.clientAuth(field, c)
		k.clientGrants(field, c)
		k.redirectURIs(field+".redirect_uris", c)
		k.clientScopes(field+".scopes", c)
	}
}

// clientAuth: a secret that is never asked for and a method that lacks one are
// both mistakes about who can be the client.
func (k *configCheck) clientAuth(field string, c Client) {
	method, at := oauth.AuthMethod(c.TokenEndpointAuthMethod), field+".token_endpoint_auth_method"
	switch {
	case method != oauth.AuthNone && !method.Secret():
		k.oneOf(at, c.TokenEndpointAuthMethod,
			string(oauth.AuthNone), string(oauth.AuthClientSecretBasic), string(oauth.AuthClientSecretPost))
	case method == oauth.AuthNone && c.Secret != "":
		k.refuse(at, "is none, but the client has a secret; remove one of the two")
	case method.Secret() && c.Secret == "":
		k.refuse(field+".secret", "is missing, and %s needs one; write env:NAME or file:PATH", method)
	case c.Secret != "":
		k.secret(field+".secret", c.Secret)
	}
}

func (k *configCheck) clientGrants(field string, c Client) {
	at := field + ".grant_types"
	for i, g := range c.GrantTypes {
		k.oneOf(element(at, i), g, grantTypes...)
	}
	k.unique(at, c.GrantTypes)
	has := func(grantType string) bool { return slices.Contains(c.GrantTypes, grantType) }
	switch {
	case len(c.GrantTypes) == 0:
		k.refuse(at, "is an empty list; leave the field out or name something")
	case has(oauth.GrantRefreshToken) && !has(oauth.GrantAuthorizationCode):
		k.refuse(at, "has refresh_token without authorization_code, which alone yields refresh tokens; add it")
	case has(oauth.GrantClientCredentials) && c.Secret == "":
		k.refuse(at, "has client_credentials, which needs a client with a secret (RFC 6749 §4.4); add secret")
	}
}

func (k *configCheck) redirectURIs(field string, c Client) {
	for i, s := range c.RedirectURIs {
		if err := oauth.ParseRegisteredRedirectURI(s); err != nil {
			k.refuse(element(field, i), "%v", valueError(err, "The redirect URI "))
		}
	}
	k.unique(field, c.RedirectURIs)
	code := slices.Contains(c.GrantTypes, oauth.GrantAuthorizationCode)
	switch {
	case code && len(c.RedirectURIs) == 0:
		k.refuse(field, "is missing; list the URIs that authorization codes may go to")
	case !code && len(c.RedirectURIs) > 0:
		k.refuse(field, "is only for the grant type authorization_code; remove it or add the grant type")
	}
}

// clientScopes wants scopes that exist, so that a typing error does not
// silently take a permission away.
func (k *configCheck) clientScopes(field string, c Client) {
	known := func(name string) bool {
		return slices.ContainsFunc(k.cfg.MCPServers, func(m MCPServer) bool {
			return slices.Contains(c.MCPServers, m.ID) &&
				slices.ContainsFunc(m.Scopes, func(s Scope) bool { return s.Name == name })
		})
	}
	for i, name := range c.Scopes {
		if !known(name) {
			k.refuse(element(field, i), "is %q, which none of the client's MCP servers has; correct or remove it", name)
		}
	}
	k.unique(field, c.Scopes)
}
