package catalog

import (
	"encoding/json"
	"time"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Kind names the kinds of catalog object.
type Kind string

// The kinds, as stored and as printed in diffs.
const (
	KindConnection Kind = "connection"
	KindMCPServer  Kind = "mcp_server"
	KindAPIClient  Kind = "api_client"
	KindClient     Kind = "client"

	KindBlockedClient Kind = "blocked_client"
)

// Owner says who may change an object: the configuration file or the dashboard.
type Owner string

// The owners. What one owns is read-only for the other.
const (
	OwnerFile      Owner = "file"
	OwnerDashboard Owner = "dashboard"
)

// Object is one row of the catalog: an identity, a status, and the
// specification (a Connection, MCPServer, APIClient, Client or BlockedClient) as
// canonical JSON.
type Object struct {
	Kind     Kind            `json:"kind"`
	ID       string          `json:"id"`
	Owner    Owner           `json:"owner"`
	Disabled bool            `json:"disabled,omitempty"`
	Spec     json.RawMessage `json:"spec"`
}

// Ref names an object.
type Ref struct {
	Kind Kind
	ID   string
}

// LoginVerifier says what a connection asks of the browser that returns.
type LoginVerifier string

// The settings of a connection's login_verifier (docs/handoff.md).
const (
	// VerifierRequired refuses a callback without the login_verifier.
	VerifierRequired LoginVerifier = "required"
	// VerifierDeclared also accepts the documented state-only redirect, except
	// for logins whose user-details POST declared a verifier.
	VerifierDeclared LoginVerifier = "declared"
)

// Connection is the link to a company's own login.
type Connection struct {
	ID            string        `json:"-"`
	Disabled      bool          `json:"-"`
	Name          string        `json:"name"`
	LoginURL      string        `json:"login_url"`
	LoginVerifier LoginVerifier `json:"login_verifier"`
	RefreshCheck  RefreshCheck  `json:"refresh_check,omitzero"`
}

// RefreshCheck is whom to ask before a refresh; without URL nobody is asked.
type RefreshCheck struct {
	URL       string    `json:"url"`
	OnFailure OnFailure `json:"on_failure"`
}

// OnFailure says what becomes of a refresh about which nobody could be asked.
type OnFailure string

// The settings of on_failure.
const (
	FailureDenies OnFailure = "deny" // the client is told to try again
	FailureAllows OnFailure = "allow"
)

// Scope is a permission of an MCP server, with the words the consent page shows.
type Scope struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// Default scopes are granted when a client names none that is known.
	Default bool `json:"default,omitempty"`
	// Optional scopes can be unticked by the user on the consent page.
	Optional bool `json:"optional,omitempty"`
}

// TokenIssuer says which issuer an MCP server's access tokens name.
type TokenIssuer string

// The settings of an MCP server's token_issuer.
const (
	IssuerResource TokenIssuer = "resource" // {base}/resources/{res_id}
	IssuerBase     TokenIssuer = "base"     // the base URL, for older verifiers
)

// MCPServer is a protected resource (RFC 8707) and the issuer that guards it.
type MCPServer struct {
	ID         string  `json:"-"`
	Disabled   bool    `json:"-"`
	Name       string  `json:"name"`
	URL        string  `json:"url"` // the resource identifier, bytes as configured
	Aliases    []Alias `json:"aliases,omitempty"`
	Connection string  `json:"connection"`
	Scopes     []Scope `json:"scopes,omitempty"`

	AccessTokenTTL      time.Duration `json:"access_token_ttl"`
	RefreshTokenTTL     time.Duration `json:"refresh_token_ttl"`      // absolute, survives rotation
	RefreshTokenIdleTTL time.Duration `json:"refresh_token_idle_ttl"` // since the last rotation

	DynamicRegistration bool        `json:"dynamic_registration"`
	MetadataDocuments   bool        `json:"client_id_metadata_documents,omitempty"`
	Clients             Policy      `json:"clients"`
	SigningAlg          string      `json:"signing_alg"` // RS256, ES256 or EdDSA
	TokenIssuer         TokenIssuer `json:"token_issuer"`

	Brand Brand `json:"brand,omitzero"`
}

// Brand is how an MCP server looks on the consent page; internal/brand serves it.
type Brand struct {
	LogoPNG   []byte `json:"logo_png,omitempty"` // as internal/brand drew it, or
	LogoURL   string `json:"logo_url,omitempty"` // where it is fetched from
	Accent    string `json:"accent,omitempty"`   // "#rrggbb"
	PolicyURI string `json:"policy_uri,omitempty"`
	TermsURI  string `json:"tos_uri,omitempty"`
}

// Role says what an API client may do.
type Role string

// The roles.
const (
	// RoleLogin posts users for its connections.
	RoleLogin Role = "login"
	// RoleResource introspects tokens of its MCP servers.
	RoleResource Role = "resource"
)

// APIClient is a backend's machine credential.
type APIClient struct {
	ID         string `json:"-"`
	Disabled   bool   `json:"-"`
	SecretHash []byte `json:"secret_hash"` // SHA-256 of a secret of at least 32 characters
	// OtherSecretHashes are of secrets that count as well, while one is changed.
	OtherSecretHashes [][]byte `json:"other_secret_hashes,omitempty"`
	Role              Role     `json:"role"`
	Connections       []string `json:"connections,omitempty"` // ["*"] = all
	MCPServers        []string `json:"mcp_servers,omitempty"` // ["*"] = all
}

// Client is a pre-registered OAuth client.
type Client struct {
	ID                string           `json:"-"`
	Disabled          bool             `json:"-"`
	Name              string           `json:"name"`
	MCPServers        []string         `json:"mcp_servers"`
	RedirectURIs      []string         `json:"redirect_uris,omitempty"`
	AuthMethod        oauth.AuthMethod `json:"token_endpoint_auth_method"`
	SecretHash        []byte           `json:"secret_hash,omitempty"`
	OtherSecretHashes [][]byte         `json:"other_secret_hashes,omitempty"`
	JWKS              json.RawMessage  `json:"jwks,omitempty"`     // keys of private_key_jwt, or
	JWKSURI           string           `json:"jwks_uri,omitempty"` // where they are
	GrantTypes        []string         `json:"grant_types"`
	Scopes            []string         `json:"scopes,omitempty"` // ceiling; none = any of the MCP server's
}

// Policy says which clients may use an MCP server. The zero Policy admits any
// client; otherwise one match in one list is enough. It is enforced at
// registration, at authorize (on the redirect URI used) and at refresh.
type Policy struct {
	CIMDHosts     []string `json:"cimd_hosts,omitempty"`     // "host" or "host:port" of client metadata documents
	RedirectHosts []string `json:"redirect_hosts,omitempty"` // names of redirect URIs as RedirectName gives them
	IDs           []string `json:"ids,omitempty"`            // client ids
}
