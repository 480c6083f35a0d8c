package symbolontest

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/go-jose/go-jose/v4"
)

// Claims verifies the signature of an access token against the server's published
// keys and returns its claims.
func (s *Server) Claims(accessToken string) map[string]any {
	s.t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(s.Get("/keys").Body), &set); err != nil {
		s.t.Fatal(err)
	}
	token, err := jose.ParseSignedCompact(accessToken, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil {
		s.t.Fatalf("not a JWT: %v", err)
	}
	keys := set.Key(token.Signatures[0].Header.KeyID)
	if len(keys) != 1 {
		s.t.Fatalf("%d keys are published under kid %q", len(keys), token.Signatures[0].Header.KeyID)
	}
	payload, err := token.Verify(keys[0])
	if err != nil {
		s.t.Fatalf("the signature of the access token: %v", err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		s.t.Fatal(err)
	}
	return claims
}

// Introspect asks, as the MCP server, what a token is worth (RFC 7662).
func (s *Server) Introspect(token string) *Response {
	s.t.Helper()
	return s.PostForm("/oauth/introspect", url.Values{
		"token": {token}, "client_id": {ResourceClientID}, "client_secret": {ResourceClientSecret},
	})
}

// Active reports whether a token still stands.
func (s *Server) Active(token string) bool {
	s.t.Helper()
	answer := s.Introspect(token)
	if answer.Status != http.StatusOK {
		s.t.Fatalf("introspection answered %d: %s", answer.Status, answer.Body)
	}
	active, _ := answer.JSON()["active"].(bool)
	return active
}
