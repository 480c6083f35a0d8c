package symbolon

// Rules for connections and API clients.

import (
	"fmt"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

func element(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

func (k *configCheck) connections() {
	seen := map[string]bool{}
	for i, c := range k.cfg.Connections {
		field := element("connections", i)
		k.id(field+".id", c.ID, prefixConnection, maxConnectionIDLength, seen)
		k.name(field+".name", c.Name)
		k.loginURL(field+".login_url", c.LoginURL)
		k.oneOf(field+".login_verifier", c.LoginVerifier, string(catalog.VerifierRequired), string(catalog.VerifierDeclared))
		k.refreshCheck(field+".refresh_check", c.RefreshCheck)
	}
}

// loginParameters are those that a redirect to the login page adds.
var loginParameters = []string{"login_request_id", "state", "login_hint", "prompt"}

// loginURL: every user's browser is sent there, so only the schemes that load a
// page over a trustworthy path. Loopback http never leaves the machine.
func (k *configCheck) loginURL(field, s string) {
	if s == "" {
		k.refuse(field, "is missing; write the URL of the page in your app that signs a user in")
		return
	}
	u, err := parseWebURL(s)
	if err != nil {
		k.refuse(field, "%v", err)
		return
	}
	if u.Scheme == "http" && !isLoopback(u) {
		k.refuse(field, "uses http; use https, or http on localhost, 127.0.0.1 or [::1] during development")
		return
	}
	query := u.Query()
	for _, name := range loginParameters {
		if query.Has(name) {
			k.refuse(field, "has the parameter %s, which the server adds itself; remove it", name)
		}
	}
}

// refreshCheck: the question is signed but not encrypted, so it goes over TLS or stays
// on this machine.
func (k *configCheck) refreshCheck(field string, c RefreshCheck) {
	if c.URL == "" {
		if c.OnFailure != "" {
			k.refuse(field+".url", "is missing; without it nobody is asked")
		}
		return
	}
	u, err := parseWebURL(c.URL)
	switch {
	case err != nil:
		k.refuse(field+".url", "%v", err)
	case u.Scheme == "http" && !isLoopback(u):
		k.refuse(field+".url", "uses http; use https, or http on localhost, 127.0.0.1 or [::1]")
	}
	k.oneOf(field+".on_failure", c.OnFailure, string(catalog.FailureDenies), string(catalog.FailureAllows))
}

func (k *configCheck) apiClients() {
	seen := map[string]bool{}
	for i, a := range k.cfg.APIClients {
		field := element("api_clients", i)
		k.id(field+".id", a.ID, prefixAPIClient, maxIDLength, seen)
		if len(writtenSecrets(field, a.Secret, a.Secrets)) == 0 {
			k.refuse(field+".secret", "is missing; write env:NAME or file:PATH")
		}
		k.secrets(field, a.Secret, a.Secrets)
		k.apiClientRole(field, a)
	}
}

// apiClientRole: each role works on one kind of object and names which.
func (k *configCheck) apiClientRole(field string, a APIClient) {
	connections, servers := field+".connections", field+".mcp_servers"
	switch catalog.Role(a.Role) {
	case catalog.RoleLogin:
		k.reach(connections, a.Connections, "connection", k.hasConnection)
		if a.MCPServers != nil {
			k.refuse(servers, "is not for the role login, which works for connections; remove it or write role: resource")
		}
	case catalog.RoleResource:
		k.reach(servers, a.MCPServers, "MCP server", k.hasMCPServer)
		if a.Connections != nil {
			k.refuse(connections, "is not for the role resource, which works for mcp_servers; remove it")
		}
	default:
		k.oneOf(field+".role", a.Role, string(catalog.RoleLogin), string(catalog.RoleResource))
	}
}

// reach checks a list of ids that may be "*" instead.
func (k *configCheck) reach(field string, ids []string, kind string, exists func(string) bool) {
	switch {
	case len(ids) == 0:
		k.refuse(field, "is missing; list the id of each %s, or [%q] for all", kind, catalog.Any)
	case slices.Contains(ids, catalog.Any) && len(ids) > 1:
		k.refuse(field, "has %q beside other ids; write [%q] alone, or the ids", catalog.Any, catalog.Any)
	case ids[0] != catalog.Any:
		k.references(field, ids, kind, exists)
	}
}
