// Package mcpserver is a sample MCP server that lets Symbolon do its logins: a to-do list per user, two tools,
// a scope each. It shows everything that an MCP server owes OAuth, a file each:
//
//	server.go     what is served where
//	metadata.go   the document that says which authorization server to go to         RFC 9728
//	guard.go      401 and 403, with the challenges that make clients log in           RFC 6750
//	verify.go     an access token, verified without asking anyone                     RFC 9068
//	tools.go      the tools themselves
//	cors.go       what clients in browsers need
//
// The MCP protocol is the official SDK's. Run it alone with examples/mcpserver/cmd/mcpserver.
package mcpserver

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Config is what an MCP server has to know about its authorization server.
type Config struct {
	// URL is the MCP endpoint as clients type it. It is the resource identifier, so access tokens must name
	// it in aud, byte by byte. Required.
	URL string
	// AuthorizationServer is the issuer that clients are sent to. Required.
	AuthorizationServer string
	// TokenIssuer is the iss of access tokens, if it is not AuthorizationServer.
	TokenIssuer string
	// JWKSURL is where the keys are that sign access tokens. Required.
	JWKSURL string
	// ResourceMetadataURL is named in challenges. Empty: this server's own copy of the document.
	ResourceMetadataURL string
	// HTTPClient fetches the keys. nil: one that gives up after 5 seconds.
	HTTPClient *http.Client
	// Now is the clock. nil: time.Now.
	Now func() time.Time
}

// ForSymbolon is the configuration of an MCP server whose logins are done by the Symbolon at base, where it has
// the id resourceID ("res_…").
func ForSymbolon(base, resourceID, mcpURL string) Config {
	issuer := strings.TrimSuffix(base, "/") + "/resources/" + resourceID
	return Config{
		URL:                 mcpURL,
		AuthorizationServer: issuer,
		JWKSURL:             strings.TrimSuffix(base, "/") + "/keys",
		ResourceMetadataURL: issuer + "/.well-known/oauth-protected-resource",
	}
}

// New returns the MCP server. Its to-dos live as long as it does.
func New(c Config) (http.Handler, error) {
	endpoint, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("mcpserver: URL: %w", err)
	}
	if endpoint.Host == "" || c.AuthorizationServer == "" || c.JWKSURL == "" {
		return nil, errors.New("mcpserver: URL (absolute), AuthorizationServer and JWKSURL are required")
	}
	c = c.withDefaults(endpoint)
	path := "/" + strings.Trim(endpoint.Path, "/")

	mux := http.NewServeMux()
	mux.Handle(path, guarded(c, protocol(endpoint)))
	mux.Handle("GET "+wellKnown+strings.TrimSuffix(path, "/"), metadata(c))
	if path != "/" {
		mux.Handle("GET "+wellKnown, metadata(c)) // for clients that look at the origin's root
	}
	return withCORS(mux), nil
}

func (c Config) withDefaults(endpoint *url.URL) Config {
	if c.TokenIssuer == "" {
		c.TokenIssuer = c.AuthorizationServer
	}
	if c.ResourceMetadataURL == "" {
		own := url.URL{Scheme: endpoint.Scheme, Host: endpoint.Host, Path: wellKnown + strings.TrimSuffix(endpoint.Path, "/")}
		c.ResourceMetadataURL = own.String()
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: 5 * time.Second}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// guarded puts the guard before the protocol. The SDK's own RequireBearerToken comes last and only hands the
// verified token to the tools: its challenges name no error and no missing scope.
func guarded(c Config, next http.Handler) http.Handler {
	g := &guard{verifier: newVerifier(c), metadataURL: c.ResourceMetadataURL}
	return g.wrap(auth.RequireBearerToken(verified, nil)(next))
}

// protocol speaks MCP. Stateless: each request stands for itself and for the token it carries, so there is no
// session that another user could continue.
func protocol(endpoint *url.URL) http.Handler {
	server := mcp.NewServer(&mcp.Implementation{Name: "acme-todo", Title: "Acme Todo", Version: "1.0.0"}, nil)
	addTools(server, newTodos())
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless:    true,
		JSONResponse: true,
		// The SDK refuses foreign Host headers on loopback (DNS rebinding). Behind a tunnel the Host is foreign
		// by design; what protects then, as always, is that a browser never has the token.
		DisableLocalhostProtection: !loopback(endpoint.Hostname()),
	})
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
