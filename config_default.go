package symbolon

// What is meant where nothing is said.

import (
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// The defaults, and the bounds that go with them.
const (
	defaultListen     = "127.0.0.1:3010"
	defaultDatabase   = "sqlite:symbolon.db"
	defaultSecretFile = "symbolon.secret"

	// A longer grace would hide the theft of a refresh token.
	defaultGrace = 30 * time.Second
	minGrace     = time.Second
	maxGrace     = defaultGrace

	// What a small machine serves with ease, and what one address may have of it.
	defaultGlobalRate     = 1000
	defaultPerAddressRate = 50
	maxRate               = 1_000_000_000

	// A shorter schedule would outrun MCP servers that read the key set once a day.
	minRotateEvery       = 24 * time.Hour
	maxRotateEvery       = 87600 * time.Hour
	defaultPublishBefore = 24 * time.Hour
	minPublishBefore     = time.Hour
	maxPublishBefore     = 30 * 24 * time.Hour

	defaultShutdownGrace = 20 * time.Second
	minShutdownGrace     = time.Second
	maxShutdown          = 5 * time.Minute

	defaultRetention = 90 * 24 * time.Hour
	defaultAuditKept = 400 * 24 * time.Hour
	minRetention     = 24 * time.Hour

	defaultAccessTokenTTL = 10 * time.Minute

	defaultRefreshTokenTTL = 30 * 24 * time.Hour
	maxRefreshTokenTTL     = 87600 * time.Hour
)

const sqlitePrefix = "sqlite:"

// WithDefaults returns a copy in which every field that is zero and whose
// documentation names another meaning has that value. It presumes that
// [Config.Check] found nothing.
func (c *Config) WithDefaults() *Config {
	d := *c
	setDefault(&d.Listen, d.defaultListen())
	setDefault(&d.Database, defaultDatabase)
	setDefault(&d.SecretFile, defaultSecretFile)
	setDefault(&d.Grace, defaultGrace)
	setDefault(&d.Retention, defaultRetention)
	setDefault(&d.AuditRetention, defaultAuditKept)
	setDefault(&d.Keys.PublishBefore, defaultPublishBefore)
	setDefault(&d.Shutdown.Grace, defaultShutdownGrace)
	d.Limits.PerAddress.setDefaults(defaultPerAddressRate)
	d.Limits.Global.setDefaults(defaultGlobalRate)
	d.APIClients = eachWithDefaults(d.APIClients, (*APIClient).setDefaults)
	d.Connections = eachWithDefaults(d.Connections, (*Connection).setDefaults)
	d.MCPServers = eachWithDefaults(d.MCPServers, (*MCPServer).setDefaults)
	d.Clients = eachWithDefaults(d.Clients, (*Client).setDefaults)
	return &d
}

// defaultListen follows a loopback base URL: it says where the server is.
func (c *Config) defaultListen() string {
	u, err := parseWebURL(c.BaseURL)
	if err != nil || !isLoopback(u) {
		return defaultListen
	}
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

func (l *Limit) setDefaults(rate int) {
	setDefault(&l.Rate, rate)
	setDefault(&l.Burst, 2*l.Rate)
}

func (a *APIClient) setDefaults() { setDefault(&a.Role, string(catalog.RoleLogin)) }

func (c *Connection) setDefaults() {
	setDefault(&c.Name, c.ID)
	setDefault(&c.LoginVerifier, string(catalog.VerifierRequired))
	if c.RefreshCheck.URL != "" {
		setDefault(&c.RefreshCheck.OnFailure, string(catalog.FailureDenies))
	}
}

func (m *MCPServer) setDefaults() {
	setDefault(&m.Name, m.ID)
	setDefault(&m.AccessTokenTTL, defaultAccessTokenTTL)
	setDefault(&m.RefreshTokenTTL, defaultRefreshTokenTTL)
	setDefault(&m.SigningAlg, catalog.SigningAlgs[0])
	setDefault(&m.TokenIssuer, string(catalog.IssuerResource))
	m.Scopes = eachWithDefaults(m.Scopes, func(s *Scope) { setDefault(&s.Description, s.Name) })
}

func (c *Client) setDefaults() {
	setDefault(&c.Name, c.ID)
	method := oauth.AuthNone
	if c.Secret != "" || len(c.Secrets) > 0 {
		method = oauth.AuthClientSecretBasic // RFC 7591 §2
	} else if c.JWKS != "" || c.JWKSURI != "" {
		method = oauth.AuthPrivateKeyJWT
	}
	setDefault(&c.TokenEndpointAuthMethod, string(method))
	if c.GrantTypes == nil {
		c.GrantTypes = []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// eachWithDefaults changes a copy: the caller's lists stay as they were written.
func eachWithDefaults[T any](list []T, set func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		set(&list[i])
	}
	return list
}
