// The words for a client's own requests.
package knownclients

// Authorize is the authorization request.
type Authorize struct {
	// Scope is where the scope comes from: the first of these that names any.
	// Without one the parameter is left out.
	Scope []ScopeFrom `yaml:"scope"`
	// OfflineAccess adds the scope offline_access: "never", "if-listed" in the
	// server's scopes_supported, or "always".
	OfflineAccess string `yaml:"offline_access"`
	// PromptConsent: with offline_access it also sends prompt=consent.
	PromptConsent bool     `yaml:"prompt_consent"`
	Resource      Resource `yaml:"resource"`
	// Extra parameters, as they are.
	Extra map[string]string `yaml:"extra"`
}

// ScopeFrom is a source of scope.
type ScopeFrom string

const (
	// ScopeChallenge is the scope of the MCP server's challenge.
	ScopeChallenge ScopeFrom = "challenge"
	// ScopeResource is scopes_supported of the protected resource metadata.
	ScopeResource ScopeFrom = "resource"
	// ScopeServer is scopes_supported of the authorization server metadata.
	ScopeServer ScopeFrom = "server"
	// ScopeOpenID is "openid email profile", whether or not anybody knows them.
	ScopeOpenID ScopeFrom = "openid email profile"
)

// Resource is what a client sends as resource (RFC 8707).
type Resource string

const (
	// ResourceMetadata: what the protected resource metadata says, byte by byte.
	ResourceMetadata Resource = "metadata"
	// ResourceTyped: the URL of the MCP server as its user typed it.
	ResourceTyped Resource = "typed"
	// ResourceSlash: the metadata's, with a slash added where there is none at the
	// end, as URL libraries do to a URL without a path.
	ResourceSlash Resource = "with-slash"
	// ResourceNone: nothing.
	ResourceNone Resource = "none"
)

// Token is the access token request.
type Token struct {
	Resource Resource `yaml:"resource"`
}

// Refresh is the refresh request.
type Refresh struct {
	Resource Resource `yaml:"resource"`
	// Scope is "none", "requested" or "granted".
	Scope string `yaml:"scope"`
	// Replay: it has been seen to send a refresh token a second time, moments after
	// it was rotated.
	Replay bool `yaml:"replay"`
	// Never: it does not refresh.
	Never bool `yaml:"never"`
}
