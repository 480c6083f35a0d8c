// The table's row: one MCP client, and the words that describe it.
package knownclients

// Client is one MCP client.
type Client struct {
	ID     string `yaml:"-"` // the name of its file
	Name   string `yaml:"name"`
	Vendor string `yaml:"vendor"`
	// Checked is the day on which the facts were last compared with the sources.
	Checked string   `yaml:"checked"`
	Sources []Source `yaml:"sources"`

	Discovery    Discovery    `yaml:"discovery"`
	Registration Registration `yaml:"registration"`
	// RedirectURI is where it wants its code; {port} is a port that it is given by
	// the system for this one login.
	RedirectURI string    `yaml:"redirect_uri"`
	Authorize   Authorize `yaml:"authorize"`
	Token       Token     `yaml:"token"`
	Refresh     Refresh   `yaml:"refresh"`
	// Checks are what it insists on, in no particular order.
	Checks []Check `yaml:"checks"`

	Quirks  []string `yaml:"quirks"`
	Unknown []string `yaml:"unknown"` // what the sources do not say
}

// Source is where facts were read.
type Source struct {
	// Kind is "code" (the client's own), "document" (the vendor's), "issue" (a
	// report about it) or "secondary" (somebody who quotes one of those).
	Kind  string `yaml:"kind"`
	Where string `yaml:"where"`
	// Version is the version or date of what was read; "unknown" where it has none.
	Version string `yaml:"version"`
}

// Discovery is which documents it asks for, in its order.
type Discovery struct {
	// Header is sent with every one of these requests.
	Header map[string]string `yaml:"header"`
	// Resource is where it looks for protected resource metadata (RFC 9728),
	// Server for the authorization server's (RFC 8414).
	Resource []Place `yaml:"resource"`
	Server   []Place `yaml:"server"`
	// AddsSlash: it adds a slash to the URL of an MCP server without a path before it
	// compares or sends it.
	AddsSlash bool `yaml:"adds_slash"`
	// Origin: without protected resource metadata it takes the MCP server's origin
	// for the authorization server, as MCP 2025-03-26 said.
	Origin bool `yaml:"origin_fallback"`
}

// Place is a well-known URL, made from the URL of the MCP server or the issuer.
type Place string

const (
	// PlaceChallenge is the URL that the challenge of the MCP server names. A client
	// that is given one looks nowhere else.
	PlaceChallenge Place = "challenge"
	// PlaceChallengeFirst is the same for a client that looks further if there is
	// nothing.
	PlaceChallengeFirst Place = "challenge-first"
	// PlaceChallengeOwn is the same for a client that ignores a URL on another origin
	// than the MCP server's.
	PlaceChallengeOwn Place = "challenge-same-origin"
	// PlaceResourcePath is /.well-known/oauth-protected-resource before the path.
	PlaceResourcePath Place = "resource-path"
	// PlaceResourceRoot is the same at the root.
	PlaceResourceRoot Place = "resource-root"
	// PlaceOAuthPath is /.well-known/oauth-authorization-server before the path.
	PlaceOAuthPath Place = "oauth-path"
	// PlaceOAuthRoot is the same at the root.
	PlaceOAuthRoot Place = "oauth-root"
	// PlaceOIDCPath is /.well-known/openid-configuration before the path.
	PlaceOIDCPath Place = "oidc-path"
	// PlaceOIDCSuffix is the same behind the path (OpenID Connect Discovery §4).
	PlaceOIDCSuffix Place = "oidc-suffix"
	// PlaceOIDCRoot is the same at the root.
	PlaceOIDCRoot Place = "oidc-root"
)

// Registration is how the server gets to know it.
type Registration struct {
	// Ways are tried in this order; the first that the server offers is taken.
	Ways []Way `yaml:"ways"`
	// CIMD are its client id metadata documents: the first whose When holds.
	CIMD []Document `yaml:"cimd"`
	// DCR is what it posts to the registration endpoint (RFC 7591 §3.1).
	DCR DCR `yaml:"dcr"`
}

// Way is a way for a client to become known to a server.
type Way string

const (
	// WayCIMD: its client_id is the URL of a document about it.
	WayCIMD Way = "cimd"
	// WayDCR: it registers itself (RFC 7591).
	WayDCR Way = "dcr"
	// WayPreregistered: a person types a client id, and perhaps a secret.
	WayPreregistered Way = "preregistered"
)

// Document is a client id metadata document.
type Document struct {
	// ClientID is the document's URL; "application" is one that whoever builds on an
	// SDK brings along.
	ClientID string `yaml:"client_id"`
	// RedirectURI is the one it uses with this document; empty is the client's.
	RedirectURI string `yaml:"redirect_uri"`
	// When is what the metadata must say besides that documents are understood.
	When []Condition `yaml:"when"`
	Auth Auth        `yaml:"auth"`
}

// Condition is something that authorization server metadata says or does not.
type Condition string

const (
	// NoneListed: token_endpoint_auth_methods_supported has "none".
	NoneListed Condition = "none-listed"
	// PrivateKeyJWTListed: it has "private_key_jwt".
	PrivateKeyJWTListed Condition = "private-key-jwt-listed"
	// IssPromised: authorization_response_iss_parameter_supported is true.
	IssPromised Condition = "iss-promised"
)

// DCR is a registration request.
type DCR struct {
	// Body is posted as it is, but that {port} in it is replaced.
	Body map[string]any `yaml:"body"`
	// ServerGrants: its grant_types are only those of the body that the server
	// lists.
	ServerGrants bool `yaml:"only_grants_that_the_server_lists"`
	// Scope says that the scope it will ask for is registered as well.
	Scope bool `yaml:"with_scope"`
	// Auth is how it authenticates afterwards.
	Auth Auth `yaml:"auth"`
}

// Auth is how a client authenticates at the token endpoint.
type Auth string

const (
	// AuthNone: client_id in the body.
	AuthNone Auth = "none"
	// AuthAsRegistered: as the answer to its registration says.
	AuthAsRegistered Auth = "as-registered"
	// AuthBasicEmptyFirst: first HTTP Basic with an empty secret and nothing in the
	// body, then, if that fails, client_id in the body with the same code.
	AuthBasicEmptyFirst Auth = "basic-with-empty-secret-first"
	// AuthPrivateKeyJWT: a signed assertion (RFC 7523 §2.2).
	AuthPrivateKeyJWT Auth = "private_key_jwt"
)
