package catalog

// The rules that hold for a catalog as a whole and for each object in it.

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/jwks"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Limits of access_token_ttl. Signing keys stay published for the longest one.
const (
	MinAccessTokenTTL = time.Minute
	MaxAccessTokenTTL = 24 * time.Hour
)

// Validate checks what the database would hold: every object on its own, that
// what they refer to exists, and that no two MCP servers share an address. The
// error names the object and says what to change.
func Validate(objects []Object) error {
	_, err := NewSnapshot(objects, 0)
	return err
}

func (s *Snapshot) validate() error {
	return errors.Join(
		each(s.connections, s.checkConnection),
		each(s.mcpServers, s.checkMCPServer),
		each(s.apiClients, s.checkAPIClient),
		each(s.clients, s.checkClient),
		each(s.blocked, func(*BlockedClient) error { return nil }), // its id says it all
	)
}

// each checks objects in the order of ids, so that one catalog has one error.
func each[T interface {
	*E
	Spec
}, E any](objects map[string]T, check func(T) error) error {
	var errs []error
	for _, id := range sortedKeys(objects) {
		o := objects[id]
		err := checkID(o.Ref())
		if err == nil {
			err = check(o)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("catalog: %s: %w", o.Ref(), err))
		}
	}
	return errors.Join(errs...)
}

var (
	idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	// Kinds of ids that meet in one place (client ids do) must not collide.
	idPrefix = map[Kind]string{KindConnection: "conn_", KindMCPServer: "res_", KindAPIClient: "skc_", KindClient: "cli_"}
)

func checkID(r Ref) error {
	if r.Kind == KindBlockedClient {
		return CheckBlocked(r.ID)
	}
	if prefix := idPrefix[r.Kind]; !strings.HasPrefix(r.ID, prefix) || r.ID == prefix || !idPattern.MatchString(r.ID) {
		return fmt.Errorf("the id must be %s followed by letters, digits, _ or -, at most 64 characters in all", prefix)
	}
	return nil
}

func (s *Snapshot) checkConnection(c *Connection) error {
	switch {
	case c.Name == "":
		return errors.New("name is missing")
	case c.LoginVerifier != VerifierRequired && c.LoginVerifier != VerifierDeclared:
		return fmt.Errorf("login_verifier must be %s or %s, not %q", VerifierRequired, VerifierDeclared, c.LoginVerifier)
	}
	return checkLoginURL(c.LoginURL)
}

// checkLoginURL wants https because the URL carries a live login request id.
func checkLoginURL(s string) error {
	canonical, err := oauth.CanonicalResource(s)
	if err != nil {
		return fmt.Errorf("login_url %q must be an absolute https URL: %w", s, err)
	}
	if strings.HasPrefix(canonical, "http:") && !loopback(canonical) {
		return fmt.Errorf("login_url %q must be https; http is for localhost, 127.0.0.1 and [::1] only", s)
	}
	return nil
}

func loopback(canonical string) bool {
	host := authority(canonical)
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return host == "localhost" || host == "127.0.0.1" || host == "[::1]"
}

func (s *Snapshot) checkAPIClient(a *APIClient) error {
	if err := checkSecretHashes(a.SecretHash, a.OtherSecretHashes); err != nil {
		return err
	}
	switch a.Role {
	case RoleLogin:
		if len(a.MCPServers) != 0 {
			return errors.New("mcp_servers is for the role resource; remove it or change the role")
		}
		return checkRefs("connections", a.Connections, s.connections, true)
	case RoleResource:
		if len(a.Connections) != 0 {
			return errors.New("connections is for the role login; remove it or change the role")
		}
		return checkRefs("mcp_servers", a.MCPServers, s.mcpServers, true)
	}
	return fmt.Errorf("role must be %s or %s, not %q", RoleLogin, RoleResource, a.Role)
}

func (s *Snapshot) checkClient(c *Client) error {
	if c.Name == "" {
		return errors.New("name is missing")
	}
	for _, check := range []func(*Client) error{checkClientAuth, checkGrantTypes, checkRedirectURIs, checkCeiling} {
		if err := check(c); err != nil {
			return err
		}
	}
	return checkRefs("mcp_servers", c.MCPServers, s.mcpServers, false)
}

func checkClientAuth(c *Client) error {
	switch {
	case c.AuthMethod.Secret():
		return checkSecretHashes(c.SecretHash, c.OtherSecretHashes)
	case c.AuthMethod == oauth.AuthPrivateKeyJWT:
		return checkKeys(c)
	case c.AuthMethod != oauth.AuthNone:
		return fmt.Errorf("token_endpoint_auth_method must be %s, %s, %s or %s, not %q",
			oauth.AuthNone, oauth.AuthClientSecretBasic, oauth.AuthClientSecretPost, oauth.AuthPrivateKeyJWT, c.AuthMethod)
	case len(c.SecretHash)+len(c.OtherSecretHashes) != 0:
		return fmt.Errorf("a client with a secret needs the token_endpoint_auth_method %s or %s", oauth.AuthClientSecretBasic, oauth.AuthClientSecretPost)
	}
	return nil
}

// checkKeys wants one source of keys: two could disagree about who the client is.
func checkKeys(c *Client) error {
	switch {
	case len(c.SecretHash)+len(c.OtherSecretHashes) != 0:
		return errors.New("a client with a secret cannot use private_key_jwt")
	case len(c.JWKS) == 0 && c.JWKSURI == "", len(c.JWKS) != 0 && c.JWKSURI != "":
		return errors.New("private_key_jwt needs either jwks or jwks_uri")
	case c.JWKSURI != "":
		if _, err := oauth.ParseClientIDURL(c.JWKSURI); err != nil {
			return fmt.Errorf("jwks_uri: %w", err)
		}
		return nil
	}
	set, err := jwks.Parse(c.JWKS)
	if err == nil && len(set.Keys) == 0 {
		err = errors.New("there is no key in it that can be used")
	}
	if err != nil {
		return fmt.Errorf("jwks: %w", err)
	}
	return nil
}

func checkGrantTypes(c *Client) error {
	for _, g := range c.GrantTypes {
		switch g {
		case oauth.GrantAuthorizationCode:
		case oauth.GrantRefreshToken:
			if !slices.Contains(c.GrantTypes, oauth.GrantAuthorizationCode) {
				return fmt.Errorf("grant_types has %s without %s: there is no other way to a first refresh token", g, oauth.GrantAuthorizationCode)
			}
		case oauth.GrantClientCredentials:
			if c.AuthMethod == oauth.AuthNone { // RFC 6749 §4.4: confidential clients only
				return fmt.Errorf("grant type %s needs a client with a secret or keys", g)
			}
		default:
			return fmt.Errorf("grant type %q is not for clients; use %s, %s or %s", g,
				oauth.GrantAuthorizationCode, oauth.GrantRefreshToken, oauth.GrantClientCredentials)
		}
	}
	return nil
}

func checkRedirectURIs(c *Client) error {
	needed := len(c.GrantTypes) == 0 || slices.Contains(c.GrantTypes, oauth.GrantAuthorizationCode)
	if needed && len(c.RedirectURIs) == 0 {
		return errors.New("redirect_uris is missing")
	}
	for _, u := range c.RedirectURIs {
		if err := oauth.ParseRegisteredRedirectURI(u); err != nil {
			return err
		}
	}
	return nil
}

func checkCeiling(c *Client) error {
	for _, name := range c.Scopes {
		if !oauth.IsScopeToken(name) {
			return fmt.Errorf("scope %q has characters that RFC 6749 §3.3 does not allow", name)
		}
	}
	return nil
}

func checkSecretHashes(first []byte, others [][]byte) error {
	if len(others) >= oauth.MaxSecrets {
		return fmt.Errorf("more than %d secrets", oauth.MaxSecrets)
	}
	for _, hash := range append([][]byte{first}, others...) {
		if len(hash) != sha256.Size {
			return errors.New("a secret is missing")
		}
	}
	return nil
}

func checkRefs[T any](field string, ids []string, known map[string]T, wildcard bool) error {
	if len(ids) == 0 {
		return fmt.Errorf("%s is missing", field)
	}
	for _, id := range ids {
		if wildcard && id == Any {
			continue
		}
		if _, ok := known[id]; !ok {
			return fmt.Errorf("%s names %s, which does not exist", field, id)
		}
	}
	return nil
}
