package symbolon

// What an operator can set. "symbolon config example" shows it as a file, and
// config.schema.json, which editors read, is made from these comments.

import (
	"log/slog"
	"time"
)

// Config is everything that a server is told. Read it from a file with
// [LoadConfig], or fill it in and let [Config.Check] judge it; both ways obey
// the same rules. A relative path in a file counts from the file's directory,
// one in an environment variable or in a Config made by a program from the
// working directory.
//
// In a file, the scalars can also be set by environment variables, which win:
// SYMBOLON_ and the field path in capitals, as in SYMBOLON_BASE_URL or
// SYMBOLON_TLS_CERT_FILE.
type Config struct {
	// BaseURL is the origin under which browsers, clients and backends reach
	// the server: scheme, host and, unless it is the default one, port; no
	// path. It is the issuer, so it must never change. https, or http on
	// localhost, 127.0.0.1 or [::1]. Required.
	BaseURL string `yaml:"base_url"`

	// Listen is the TCP address to accept connections on, as host:port.
	// Empty means the host and port of a loopback BaseURL, otherwise
	// 127.0.0.1:3010.
	Listen string `yaml:"listen"`

	// Database is where the server keeps its state: "sqlite:" and a path, for
	// one server; or postgres://user:password@host:5432/name, for any number of
	// them, with the settings of PostgreSQL's connection URIs after a question
	// mark. Empty means sqlite:symbolon.db.
	Database string `yaml:"database"`

	// DatabasePortable does without what belongs to a session of PostgreSQL: LISTEN
	// and NOTIFY, advisory locks, prepared statements. Set it for a pooler that works
	// by transaction (PgBouncer), and for engines that lack these. Changes of
	// the configuration then take up to a quarter of a second to be known everywhere.
	// CockroachDB and YugabyteDB are recognized. False uses them.
	DatabasePortable bool `yaml:"database_portable"`

	// SecretFile holds the master secrets, one a line, each of at least 32
	// characters: the first seals, all open. The command "symbolon secret"
	// rotates them, and a running server takes a changed file over. It must not
	// be readable by others. If it does not exist, it is made for a loopback
	// BaseURL and required for any other. Empty means symbolon.secret.
	SecretFile string `yaml:"secret_file"`

	// APIClients are the backends that may call the server.
	APIClients []APIClient `yaml:"api_clients"`

	// Connections are the links to the company's own login.
	Connections []Connection `yaml:"connections"`

	// MCPServers are the protected resources, each an issuer of its own.
	MCPServers []MCPServer `yaml:"mcp_servers"`

	// Clients are the pre-registered OAuth clients. None means that clients
	// can only register themselves.
	Clients []Client `yaml:"clients"`

	// BlockedClients are the clients that no MCP server takes: client ids of any
	// kind, or hosts of metadata documents, with ":port" if it is not 443. Blocking
	// a client ends its grants; taking it off the list does not bring them back.
	BlockedClients []string `yaml:"blocked_clients"`

	// CIMD is about client id metadata documents. Zero is right for production.
	CIMD CIMD `yaml:"cimd"`

	// TLS makes the server speak HTTPS itself. Zero means plain HTTP, for
	// loopback or behind a proxy that terminates TLS.
	TLS TLS `yaml:"tls"`

	// Admin is for whoever watches this server. Zero means that nobody can.
	Admin Admin `yaml:"admin"`

	// Tracing sends OpenTelemetry traces. Zero means that nothing is traced.
	Tracing Tracing `yaml:"tracing"`

	// TrustedProxies are the addresses, or prefixes as in 10.0.0.0/8, of your own
	// proxies: for whom they ask is read from X-Forwarded-For. None means that the
	// header is ignored.
	TrustedProxies []string `yaml:"trusted_proxies"`

	// Limits bound what callers ask for that nobody vouches for: browsers,
	// registrations, requests for tokens, calls of backends, and readers of
	// documents, each kind with buckets of its own. Zero is right for most.
	Limits Limits `yaml:"limits"`

	// Grace is how long after a refresh the spent refresh token still yields
	// the same successor, for clients that lost the answer: 1 s to 30 s. Zero
	// means 30 s.
	Grace time.Duration `yaml:"grace"`

	// Retention is how long login attempts and ended grants are kept: a day or
	// more. Zero means 2160h, 90 days.
	Retention time.Duration `yaml:"retention"`

	// AuditRetention is how long audit entries are kept: a day or more. Zero means
	// 9600h, 400 days.
	AuditRetention time.Duration `yaml:"audit_retention"`

	// Keys says when the keys change that sign tokens.
	Keys Keys `yaml:"keys"`

	// Shutdown says how the server ends when it is told to. Zero is right for a
	// server that nothing balances.
	Shutdown Shutdown `yaml:"shutdown"`

	// Secret is the content of a secret file; it is used instead of
	// SecretFile. In a file's stead, it is the environment variable
	// SYMBOLON_SECRET. Empty means SecretFile.
	Secret Secret `yaml:"-"`

	// Logger receives what the server has to say. Nil means slog.Default().
	Logger *slog.Logger `yaml:"-"`

	// Now is the clock. Nil means time.Now.
	Now func() time.Time `yaml:"-"`

	// origin is where each field was written; nil for a Config made by a program.
	origin *configOrigin
}

// APIClient is a backend's machine credential. It gets its tokens by the
// client_credentials grant.
type APIClient struct {
	// ID is the client id: skc_ and letters, digits, _ or -. Required.
	ID string `yaml:"id"`

	// Secret is the client secret, of at least 32 characters: a literal,
	// "env:" and the name of a variable, or "file:" and a path. Only its
	// SHA-256 is stored. Required, or Secrets.
	Secret Secret `yaml:"secret"`

	// Secrets are up to four secrets that count at the same time, written like Secret
	// and in its stead: with the new one and the old one, a backend changes over
	// when it wants to. Machine tokens end with the secret that bought them. None
	// means Secret alone.
	Secrets []Secret `yaml:"secrets"`

	// Role is "login" for a backend that posts the users it signed in, or
	// "resource" for an MCP server that introspects tokens. Empty means login.
	Role string `yaml:"role"`

	// Connections are the ids of the connections that a login client works
	// for; ["*"] is all of them. Required for the role login, refused for others.
	Connections []string `yaml:"connections"`

	// MCPServers are the ids of the MCP servers whose tokens a resource client
	// may introspect; ["*"] is all of them. Required for the role resource,
	// refused for others.
	MCPServers []string `yaml:"mcp_servers"`
}

// Connection is the link to a company's own login.
type Connection struct {
	// ID is conn_ and letters, digits, _ or -, at most 32 characters. Required.
	ID string `yaml:"id"`

	// Name is the company as users know it; the consent page shows it.
	// Empty means ID.
	Name string `yaml:"name"`

	// LoginURL is the page of the company's app that signs a user in. The
	// parameters login_request_id and state are added to it; its own query
	// stays. https, or http on a loopback host. Required.
	LoginURL string `yaml:"login_url"`

	// LoginVerifier says what a browser that returns must carry: "required"
	// asks for the verifier from the answer to the user-details call,
	// "declared" does so only for logins whose call announced it, for apps
	// that know nothing of verifiers. Empty means required.
	LoginVerifier string `yaml:"login_verifier"`

	// RefreshCheck asks the company's backend before every refresh.
	RefreshCheck RefreshCheck `yaml:"refresh_check"`
}

// RefreshCheck is whom to ask whether a user's access goes on.
type RefreshCheck struct {
	// URL is an endpoint of the company's backend: https, or http on a loopback
	// host. It is sent a signed question and has two seconds. Empty means
	// that nobody is asked.
	URL string `yaml:"url"`

	// OnFailure says what happens when there is no proper answer: "deny"
	// has the client try again later, "allow" goes on as if nothing had changed. Empty
	// means deny.
	OnFailure string `yaml:"on_failure"`
}

// MCPServer is a protected resource (RFC 8707).
type MCPServer struct {
	// ID is res_ and letters, digits, _ or -. The server's issuer is
	// {base_url}/resources/{id}. Required.
	ID string `yaml:"id"`

	// Name is shown on the consent page. Empty means ID.
	Name string `yaml:"name"`

	// URL is the resource identifier, the URL that clients connect to; it
	// appears in the audience of tokens exactly as written. Required.
	URL string `yaml:"url"`

	// Aliases are other URLs that clients use for the same MCP server. One that
	// is for a single organization is written {url, organization}.
	Aliases []Alias `yaml:"aliases"`

	// Connection is the id of the connection that signs its users in. Required.
	Connection string `yaml:"connection"`

	// Scopes are its permissions. None means that its tokens have no scope.
	Scopes []Scope `yaml:"scopes"`

	// AccessTokenTTL is the lifetime of access tokens: 1m to 24h. Zero means 10m.
	AccessTokenTTL time.Duration `yaml:"access_token_ttl"`

	// RefreshTokenTTL is how long after consent the last refresh can be; using
	// a refresh token does not prolong it. AccessTokenTTL to 87600h. Zero means 720h, 30 days.
	RefreshTokenTTL time.Duration `yaml:"refresh_token_ttl"`

	// RefreshTokenIdleTTL is how long a refresh token lives unused: 1m to
	// RefreshTokenTTL. Zero means that idleness ends nothing.
	RefreshTokenIdleTTL time.Duration `yaml:"refresh_token_idle_ttl"`

	// DynamicRegistration lets clients register themselves (RFC 7591). False
	// refuses them, those that have registered before too.
	DynamicRegistration bool `yaml:"dynamic_registration"`

	// ClientIDMetadataDocuments admits clients whose client_id is the https URL
	// of a document that describes them, as the well-known ones do. False
	// refuses them.
	ClientIDMetadataDocuments bool `yaml:"client_id_metadata_documents"`

	// Clients says which clients may use this MCP server. Zero means any.
	Clients ClientPolicy `yaml:"clients"`

	// SigningAlg signs access tokens: RS256, ES256 or EdDSA. Empty means RS256.
	SigningAlg string `yaml:"signing_alg"`

	// TokenIssuer is the "iss" of access tokens: "resource" for the server's
	// own issuer, or "base" for BaseURL, which older verifiers expect and
	// which needs that there is only one connection. Empty means resource.
	TokenIssuer string `yaml:"token_issuer"`

	// Brand is how the consent page shows this MCP server, beside its name.
	Brand Brand `yaml:"brand"`
}

// Brand is how an MCP server looks to its users.
type Brand struct {
	// Logo is file:PATH or an https URL of a PNG, JPEG, GIF or WebP image of at most
	// 1 MB. It is drawn anew and served from BaseURL; a URL is fetched once.
	Logo string `yaml:"logo"`

	// Accent is the colour of buttons and links, #rrggbb. Where it would be hard to
	// read, in the light or the dark theme, a lighter or darker one is shown.
	Accent string `yaml:"accent"`

	// PolicyURI is the https URL of your privacy policy.
	PolicyURI string `yaml:"policy_uri"`

	// TermsURI is the https URL of your terms of service.
	TermsURI string `yaml:"tos_uri"`
}

// Alias is another URL of an MCP server. In a file, one without an organization
// is written as the URL alone.
type Alias struct {
	// URL is what clients connect to. Required.
	URL string `yaml:"url"`

	// Organization is the id, as the user-details call says it, of the only
	// organization that this URL is for: whoever is not in it is refused, and
	// nobody is asked. Empty means any.
	Organization string `yaml:"organization"`
}

// Scope is a permission of an MCP server.
type Scope struct {
	// Name is the scope token (RFC 6749 §3.3). Required.
	Name string `yaml:"name"`

	// Description is what the consent page says. Empty means Name.
	Description string `yaml:"description"`

	// Default scopes are granted to a client that asks for none. If no scope
	// is a default one, such a client is granted all.
	Default bool `yaml:"default"`

	// Optional scopes can be unticked by the user on the consent page; the MCP
	// server must do without them. False means that the user allows the scope
	// or nothing.
	Optional bool `yaml:"optional"`
}

// ClientPolicy says which clients may use an MCP server: those that match one
// of its lists. The zero ClientPolicy admits any client; in a file it is
// written "any".
type ClientPolicy struct {
	// CIMDHosts are the hosts of clients whose client_id is the URL of a
	// metadata document, with ":port" if it is not 443 (claude.ai).
	CIMDHosts []string `yaml:"cimd_hosts"`

	// RedirectHosts are the receivers of authorization codes, by the host of
	// the redirect URI, with ":port" if it is not 443 (claude.ai), or by a
	// private-use scheme with its colon (cursor:).
	RedirectHosts []string `yaml:"redirect_hosts"`

	// IDs are client ids.
	IDs []string `yaml:"ids"`
}

// Client is a pre-registered OAuth client.
type Client struct {
	// ID is the client id: cli_ and letters, digits, _ or -. Required.
	ID string `yaml:"id"`

	// Name is shown on the consent page. Empty means ID.
	Name string `yaml:"name"`

	// MCPServers are the ids of the MCP servers it may use; at least one.
	MCPServers []string `yaml:"mcp_servers"`

	// RedirectURIs are compared character by character; only the port of an
	// http URI on a loopback host may differ. Required for the grant type
	// authorization_code.
	RedirectURIs []string `yaml:"redirect_uris"`

	// TokenEndpointAuthMethod is "none" for a public client, or
	// client_secret_basic, client_secret_post or private_key_jwt. Empty means
	// client_secret_basic for a client with a secret, private_key_jwt for one
	// with keys, and none for any other.
	TokenEndpointAuthMethod string `yaml:"token_endpoint_auth_method"`

	// Secret is the client secret, written like that of an API client. None makes a
	// public client.
	Secret Secret `yaml:"secret"`

	// Secrets are up to four secrets that count at the same time, instead of Secret.
	// None means Secret alone.
	Secrets []Secret `yaml:"secrets"`

	// JWKS is the client's public keys for private_key_jwt (RFC 7517): the JSON
	// text, or "file:" and a path. Empty means JWKSURI.
	JWKS string `yaml:"jwks"`

	// JWKSURI is the https URL of those keys. Empty means JWKS.
	JWKSURI string `yaml:"jwks_uri"`

	// GrantTypes are authorization_code, refresh_token and, for a client that
	// can authenticate, client_credentials. None means the first two.
	GrantTypes []string `yaml:"grant_types"`

	// Scopes are the most that it may be granted. None means all of the MCP server's.
	Scopes []string `yaml:"scopes"`
}

// CIMD says how the documents are fetched that describe clients.
type CIMD struct {
	// AllowLoopback also admits documents on localhost, 127.0.0.1 and [::1].
	// It is for development only: it lets anybody make the server call
	// services of its own machine.
	AllowLoopback bool `yaml:"allow_loopback"`

	// PinnedDir is a directory of documents (*.json) that stand in for hosts
	// which the server cannot reach. They replace the built-in ones. Empty
	// means the built-in ones alone.
	PinnedDir string `yaml:"pinned_dir"`
}

// TLS is a certificate and its key, in PEM files. Both or neither are set.
type TLS struct {
	// CertFile has the certificate, followed by the intermediate ones.
	CertFile string `yaml:"cert_file"`

	// KeyFile has the private key.
	KeyFile string `yaml:"key_file"`
}

// Admin is a listener of its own, never the public one.
type Admin struct {
	// Listen is the TCP address of metrics (/metrics), profiles (/debug/pprof/) and
	// probes (/healthz, /readyz), as host:port. Nothing there asks for a password: who
	// can reach it can read the process's memory. Empty means that there is no such
	// listener.
	Listen string `yaml:"listen"`
}

// Keys is the schedule of signing keys. There is always one that signs and one that
// is published to sign next. All servers of a database should have the same schedule.
type Keys struct {
	// RotateEvery is how long a key signs before the next one takes its place: 24h to
	// 87600h. An MCP server that never asks for the key set again, as those with
	// the official SDKs, must be restarted at least that often: it knows the
	// next key and not the one after it. Zero means that keys change by command only.
	RotateEvery time.Duration `yaml:"rotate_every"`

	// PublishBefore is how long a key must have been published before it signs,
	// whether by schedule or by command: 1h to 720h, and at most RotateEvery.
	// Zero means 24h.
	PublishBefore time.Duration `yaml:"publish_before"`
}

// Shutdown is the time between SIGTERM and the end of the process.
type Shutdown struct {
	// Delay is how long the server serves on after it was told to end, while
	// /readyz says 503 and every answer asks for a new connection, so that whatever
	// sends requests here finds out and sends them elsewhere: up to 5m. Zero
	// means that it takes no new connections from that moment.
	Delay time.Duration `yaml:"delay"`

	// Grace is how long the requests that are then under way may take: 1s to 5m.
	// Zero means 20s.
	Grace time.Duration `yaml:"grace"`
}

// Tracing is where traces go. No span holds anything of a user, or a secret.
type Tracing struct {
	// Endpoint is the base URL of a collector that takes OTLP over HTTP, as in
	// http://127.0.0.1:4318. Its headers, the sampler and the like are what
	// OpenTelemetry's own environment variables say (OTEL_EXPORTER_OTLP_HEADERS,
	// OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME). Empty means that nothing is traced.
	Endpoint string `yaml:"endpoint"`
}

// Limits are what one address is sure of, and what all together get.
type Limits struct {
	// PerAddress is the share of one address, an IPv6 address by its /64. Who
	// asks for more gets it as long as half of Global is unused, and is the first
	// to be refused after that. Zero means a rate of 50 and a burst of 100.
	PerAddress Limit `yaml:"per_address"`

	// Global is for all addresses together. Zero means a rate of 1000 and a
	// burst of 2000.
	Global Limit `yaml:"global"`
}

// Limit is a bucket of tokens, one for each request.
type Limit struct {
	// Rate is how many requests a second are served in the long run.
	Rate int `yaml:"rate"`

	// Burst is how many are served at once. Zero means twice the rate.
	Burst int `yaml:"burst"`
}

// Secret is text that prints as "[secret]".
type Secret string

// String hides the secret from fmt.
func (Secret) String() string { return "[secret]" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "[secret]" }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalText hides the secret from encoding/json and other encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }
