package symbolon

// Rules for pre-registered clients.

import (
	"slices"

	"github.com/symbolon-auth/symbolon/internal/catalog"
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

func (k *configCheck) blockedClients() {
	for i, s := range k.cfg.BlockedClients {
		if err := catalog.CheckBlocked(s); err != nil {
			k.refuse(element("blocked_clients", i), "%v", err)
		}
	}
	k.unique("blocked_clients", k.cfg.BlockedClients)
}

// clientAuth: a secret that is never asked for and a method that lacks one are
// both mistakes about who can be the client.
func (k *configCheck) clientAuth(field string, c Client) {
	method, at := oauth.AuthMethod(c.TokenEndpointAuthMethod), field+".token_endpoint_auth_method"
	secrets := writtenSecrets(field, c.Secret, c.Secrets)
	switch {
	case !method.Known():
		k.oneOf(at, c.TokenEndpointAuthMethod, string(oauth.AuthNone), string(oauth.AuthClientSecretBasic),
			string(oauth.AuthClientSecretPost), string(oauth.AuthPrivateKeyJWT))
	case method == oauth.AuthPrivateKeyJWT:
		k.clientKeys(field, c)
	case c.JWKS != "" || c.JWKSURI != "":
		k.refuse(at, "is %s, but the client has keys; write private_key_jwt, or remove them", method)
	case method == oauth.AuthNone && len(secrets) > 0:
		k.refuse(at, "is none, but the client has a secret; remove one of the two")
	case method.Secret() && len(secrets) == 0:
		k.refuse(field+".secret", "is missing, and %s needs one; write env:NAME or file:PATH", method)
	default:
		k.secrets(field, c.Secret, c.Secrets)
	}
}

// clientKeys wants one source of keys and no secret beside it.
func (k *configCheck) clientKeys(field string, c Client) {
	switch {
	case len(writtenSecrets(field, c.Secret, c.Secrets)) > 0:
		k.refuse(writtenSecrets(field, c.Secret, c.Secrets)[0].field, "is not for private_key_jwt; remove the secret or the keys")
	case (c.JWKS == "") == (c.JWKSURI == ""):
		k.refuse(field+".jwks", "private_key_jwt needs the client's public keys: write either jwks or jwks_uri")
	case c.JWKSURI != "":
		if _, err := oauth.ParseClientIDURL(c.JWKSURI); err != nil {
			k.refuse(field+".jwks_uri", "is not the https URL of a key set")
		}
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
	case has(oauth.GrantClientCredentials) && c.TokenEndpointAuthMethod == string(oauth.AuthNone):
		k.refuse(at, "has client_credentials, which needs a client that authenticates (RFC 6749 §4.4); add secret, jwks or jwks_uri")
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
