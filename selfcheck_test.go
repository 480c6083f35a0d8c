package symbolon

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestSelfCheck(t *testing.T) {
	s, err := New(Config{
		BaseURL:     "https://auth.example.com",
		Database:    "sqlite:" + filepath.Join(t.TempDir(), "symbolon.db"),
		Secret:      "master-secret-of-the-tests-0123456789abcdef",
		Logger:      slog.New(slog.DiscardHandler),
		Connections: []Connection{{ID: "conn_acme", LoginURL: "https://app.example.com/login"}},
		MCPServers:  []MCPServer{{ID: "res_todo", URL: "https://mcp.example.com/mcp", Connection: "conn_acme"}},
		Limits:      Limits{PerAddress: Limit{1, 1}, Global: Limit{1, 1}}, // it asks more often, with many MCP servers far more
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.SelfCheck(t.Context()); err != nil {
		t.Errorf("nothing is wrong, but: %v", err)
	}
	steps := s.steps.Load()
	right := steps.handler
	for name, spoil := range map[string]struct{ path, old, new string }{
		"base issuer":    {"/.well-known/oauth-authorization-server", `"issuer":"https://auth.example.com"`, `"issuer":"https://auth.example.com/"`},
		"server issuer":  {"/resources/res_todo/.well-known/oauth-authorization-server", `"issuer":"https://auth.example.com/resources/`, `"issuer":"http://auth.example.com/resources/`},
		"inserted path":  {"/.well-known/oauth-authorization-server/resources/res_todo", `"issuer":"https://auth.example.com/resources/res_todo"`, `"issuer":"https://auth.example.com"`},
		"resource":       {"/resources/res_todo/.well-known/oauth-protected-resource", `https://mcp.example.com/mcp`, `https://mcp.example.com/mcp/`},
		"not a document": {"/resources/res_todo/.well-known/oauth-protected-resource", `{`, `[`},
	} {
		steps.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			recorded := httptest.NewRecorder()
			right.ServeHTTP(recorded, r)
			body := recorded.Body.Bytes()
			if r.URL.Path == spoil.path {
				body = bytes.ReplaceAll(body, []byte(spoil.old), []byte(spoil.new))
			}
			w.WriteHeader(recorded.Code)
			_, _ = w.Write(body)
		})
		if err := s.SelfCheck(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "self-check: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	steps.handler = http.NotFoundHandler()
	if err := s.SelfCheck(t.Context()); err == nil {
		t.Error("documents that do not exist were not noticed")
	}
}
