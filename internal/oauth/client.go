package oauth

// An OAuth client, whichever way it became known, and the one place that
// decides whether a redirect URI is its own.

import (
	"encoding/json"
	"slices"
	"strings"
)

// Kind is how a client is known.
type Kind string

const (
	// Preregistered clients come from the operator: file or dashboard.
	Preregistered Kind = "preregistered"
	// Dynamic clients registered themselves (RFC 7591); the client id holds
	// what they said.
	Dynamic Kind = "dynamic"
	// MetadataDocument clients are described by the document at their client
	// id (draft-ietf-oauth-client-id-metadata-document).
	MetadataDocument Kind = "metadata_document"
)

// AuthMethod is how a client authenticates at the token endpoint (RFC 7591 §2).
type AuthMethod string

const (
	AuthNone              AuthMethod = "none"
	AuthClientSecretBasic AuthMethod = "client_secret_basic"
	AuthClientSecretPost  AuthMethod = "client_secret_post"
	AuthPrivateKeyJWT     AuthMethod = "private_key_jwt"
)

// Secret reports whether the method presents a shared secret.
func (m AuthMethod) Secret() bool {
	return m == AuthClientSecretBasic || m == AuthClientSecretPost
}

// Known reports whether the server implements the method.
func (m AuthMethod) Known() bool {
	return m == AuthNone || m.Secret() || m == AuthPrivateKeyJWT
}

// Grant types and the one response type.
const (
	GrantAuthorizationCode = "authorization_code"
	GrantRefreshToken      = "refresh_token"
	GrantClientCredentials = "client_credentials"

	ResponseTypeCode = "code"

	// AssertionTypeJWT is the client_assertion_type of RFC 7523 §2.2.
	AssertionTypeJWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// MaxSecrets is how many secrets of one client count at the same time: a new one, an old
// one, and a few for mistakes. A secret is compared with that many, however many there are.
const MaxSecrets = 4

// A Client is an OAuth client. Steps get it from a lookup and never change it.
type Client struct {
	ID   string
	Kind Kind
	// Name is what the client calls itself. It proves nothing: show it through
	// [DisplayName] and beside a host.
	Name                            string
	URI, LogoURI, PolicyURI, TosURI string
	RedirectURIs                    []string
	AuthMethod                      AuthMethod
	// AuthMethods are all the methods that the client may use, where it named
	// more than the AuthMethod that it prefers; nil: that one alone. ChatGPT
	// prefers private_key_jwt and, depending on the server, uses none.
	AuthMethods                 []AuthMethod
	GrantTypes                  []string // nil: authorization_code and refresh_token
	Scopes                      Scopes   // the most it may be granted; nil: any
	MCPServers                  []string // the MCP server ids it may be used with; nil: any
	ApplicationType             string   // "web", "native" or unknown
	SoftwareID, SoftwareVersion string
	Verified                    bool            // the operator vouches for it
	Disabled                    bool            // every step refuses it
	SecretHashes                [][]byte        // SHA-256 of each secret, at most MaxSecrets; nil if it has none
	JWKS                        json.RawMessage // keys of private_key_jwt
	JWKSURI                     string
	// Digest identifies the version of a metadata document, so that a login
	// that began under one version cannot end under another. Empty otherwise.
	Digest string
}

// Public reports whether the client has said that it cannot authenticate. A
// client without method is not public: forgetting to say how it authenticates
// must not mean that it need not.
func (c *Client) Public() bool { return c.AuthMethod == AuthNone }

// Accepts reports whether the client may present itself by method m. What it
// accepts besides AuthMethod it has published itself.
func (c *Client) Accepts(m AuthMethod) bool {
	if c.AuthMethods == nil {
		return c.AuthMethod == m
	}
	return slices.Contains(c.AuthMethods, m)
}

// Binding is what the client's codes and refresh tokens are sealed for: its id,
// and, where its metadata document demands keys, that it does. No database is asked
// before such a token opens, and without an assertion it cannot open.
func (c *Client) Binding() string {
	if c.Kind == MetadataDocument && !c.Accepts(AuthNone) {
		return c.ID + " " + string(AuthPrivateKeyJWT)
	}
	return c.ID
}

// Allows reports whether the client may use a grant type.
func (c *Client) Allows(grantType string) bool {
	if c.GrantTypes == nil {
		return grantType == GrantAuthorizationCode || grantType == GrantRefreshToken
	}
	return slices.Contains(c.GrantTypes, grantType)
}

// Match proves that requested is a redirect URI of c. The comparison is of
// strings, byte by byte (RFC 9700 §4.1.3), with one exception: the port of an
// http URI on a loopback host is not compared, for clients of every kind
// (RFC 8252 §7.3; OAuth 2.1 §4.1.1 adds localhost). requested must be present
// even if only one URI is registered.
//
// The error is an [*Error] with [InvalidRequest]. It must be shown to the user
// and never sent to requested.
func (c *Client) Match(requested string) (RedirectURI, error) {
	if requested == "" {
		return RedirectURI{}, E(InvalidRequest, "redirect_uri_missing", "The parameter redirect_uri is required.")
	}
	u, err := parseRedirectURI(requested)
	if err != nil {
		return RedirectURI{}, E(InvalidRequest, "redirect_uri_not_registrable", "The redirect_uri "+err.Error()+".")
	}
	for _, registered := range c.RedirectURIs {
		if registered == requested || u.sameLoopback(registered) {
			return RedirectURI{value: requested, uri: u}, nil
		}
	}
	return RedirectURI{}, E(InvalidRequest, "redirect_uri_not_registered",
		"The redirect_uri is not one that this client registered. It must be the same, character by character.")
}

// sameLoopback compares all but the port. u passed parseRedirectURI, so its
// host is spelled as it is compared here.
func (u *uri) sameLoopback(registered string) bool {
	if u.scheme != "http" || !strings.HasPrefix(registered, "http://") {
		return false
	}
	r, err := parseRedirectURI(registered)
	return err == nil && r.scheme == "http" && r.host == u.host && r.rest == u.rest
}
