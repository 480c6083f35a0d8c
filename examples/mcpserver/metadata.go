// Protected resource metadata: where to log in for this MCP server.
package mcpserver

import (
	"encoding/json"
	"net/http"
)

// wellKnown is where clients look that found no URL in the challenge (RFC 9728 §3.1).
const wellKnown = "/.well-known/oauth-protected-resource"

// metadata serves the document on the MCP server's own origin. Symbolon publishes the same one; this copy makes
// the login independent of whether a client reads challenges. offline_access is not listed: refresh tokens are
// between the client and the authorization server (MCP 2026-07-28).
func metadata(c Config) http.Handler {
	document, err := json.Marshal(map[string]any{
		"resource":                 c.URL,
		"authorization_servers":    []string{c.AuthorizationServer},
		"bearer_methods_supported": []string{"header"},
		"scopes_supported":         allScopes,
	})
	if err != nil {
		panic(err) // strings only: a mistake in this file
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=60")
		_, _ = w.Write(document)
	})
}
