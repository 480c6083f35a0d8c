// What a client asks for: the scope, and what it posts to register.
package knownclients

import (
	"maps"
	"slices"
	"strings"
)

// Scope is the scope that the client asks for, without offline_access: that of the
// first of its sources that names one. challenge is the scope of the 401; resource and
// server are the metadata documents of the MCP server and the authorization server.
func (c Client) Scope(challenge string, resource, server map[string]any) string {
	for _, from := range c.Authorize.Scope {
		scope := string(from)
		switch from {
		case ScopeChallenge:
			scope = challenge
		case ScopeResource:
			scope = strings.Join(list(resource, "scopes_supported"), " ")
		case ScopeServer:
			scope = strings.Join(list(server, "scopes_supported"), " ")
		}
		if scope != "" {
			return scope
		}
	}
	return ""
}

// RegistrationBody is what the client posts to the registration endpoint (RFC 7591
// §3.1). "{port}" stands for the port of its loopback listener.
func (c Client) RegistrationBody(scope string, server map[string]any) map[string]any {
	dcr := c.Registration.DCR
	body := maps.Clone(dcr.Body)
	if dcr.Scope && scope != "" {
		body["scope"] = scope
	}
	if listed := list(server, "grant_types_supported"); dcr.ServerGrants && listed != nil {
		body["grant_types"] = slices.DeleteFunc(list(body, "grant_types"), func(g string) bool { return !slices.Contains(listed, g) })
	}
	return body
}
