package main

// What connect says about MCP servers that do not do their part.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/symbolon-auth/symbolon/internal/client"
)

// brokenServer is an MCP server and its authorization server on one origin. Answers
// are by path; a path without one is 404.
func brokenServer(t *testing.T, answers map[string]string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("POST /mcp", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer resource_metadata="%s/resource"`, server.URL))
		w.WriteHeader(http.StatusUnauthorized)
	})
	mux.HandleFunc("POST /open", func(http.ResponseWriter, *http.Request) {})
	for path, answer := range answers {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = strings.NewReader(strings.ReplaceAll(answer, "HERE", server.URL)).WriteTo(w)
		})
	}
	return server
}

const (
	goodResource = `{"resource":"HERE/mcp","authorization_servers":["HERE/issuer"]}`
	asMetadata   = "/.well-known/oauth-authorization-server/issuer"
)

func TestConnectExplains(t *testing.T) {
	tests := []struct {
		name, path string
		answers    map[string]string
		want       []string
	}{
		{"not an MCP server", "/nothing", nil, []string{"/nothing answers HTTP 404 where an MCP server answers 401"}},
		{"no login", "/open", nil, []string{"/open answers without a token"}},
		{"no resource metadata", "/mcp", nil, []string{"/resource (HTTP 404)", `resource_metadata="…"`}},
		{"resource metadata is a page", "/mcp", map[string]string{"/resource": "<html>"}, []string{"from HERE/resource", "RFC 9728"}},
		{"another resource", "/mcp", map[string]string{"/resource": `{"resource":"http://localhost/mcp"}`}, []string{
			`about the resource "http://localhost/mcp", not "HERE/mcp"`, "Clients must be given the URL that the document names",
		}},
		{"no server metadata", "/mcp", map[string]string{"/resource": goodResource}, []string{asMetadata + " (HTTP 404)", "authorization_servers"}},
		{"wrong issuer", "/mcp", map[string]string{
			"/resource": goodResource, asMetadata: `{"issuer":"HERE/issuer/"}`,
		}, []string{`expected exactly "HERE/issuer"`, "byte by byte"}},
		{"no registration", "/mcp", map[string]string{
			"/resource": goodResource,
			asMetadata: `{"issuer":"HERE/issuer","authorization_endpoint":"HERE/a","token_endpoint":"HERE/t",` +
				`"code_challenge_methods_supported":["S256"]}`,
		}, []string{"no registration_endpoint", "--client-id", "http://127.0.0.1/callback"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := brokenServer(t, test.answers)
			o := connectOptions{mcpURL: server.URL + test.path, timeout: time.Minute}
			var out bytes.Buffer
			err := connect(t.Context(), terminal{Writer: &out}, o)
			if err == nil {
				t.Fatalf("connected:\n%s", out.String())
			}
			for _, want := range test.want {
				if want = strings.ReplaceAll(want, "HERE", server.URL); !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
		})
	}
}

// TestConnectWithoutBrowser: the login goes on with a URL to open by hand.
func TestConnectWithoutBrowser(t *testing.T) {
	noBrowser := func(context.Context, string) error { return errors.New("no xdg-open here") }
	for _, open := range []func(context.Context, string) error{nil, noBrowser} {
		var out bytes.Buffer
		show := connectOptions{open: open}.show(terminal{Writer: &out})
		if err := show(t.Context(), "http://127.0.0.1:3010/oauth/authorize"); err != nil {
			t.Error(err)
		}
		if !strings.Contains(out.String(), "\nhttp://127.0.0.1:3010/oauth/authorize\n") {
			t.Errorf("the URL has no line of its own:\n%s", out.String())
		}
	}
}

func TestHarmless(t *testing.T) {
	reads := &mcp.ToolAnnotations{ReadOnlyHint: true}
	needs := map[string]any{"type": "object", "required": []string{"id"}}
	tools := []*mcp.Tool{
		{Name: "delete_all", InputSchema: map[string]any{"type": "object"}},
		{Name: "get", InputSchema: needs, Annotations: reads},
		{Name: "list", InputSchema: map[string]any{"type": "object"}, Annotations: reads},
	}
	if got := harmless(tools); got != "list" {
		t.Errorf("calls %q unasked", got)
	}
	if got := harmless(tools[:2]); got != "" {
		t.Errorf("calls %q unasked", got)
	}
}

// TestPrintTokenIsHarmless: claims that a user may have chosen cannot drive the terminal.
func TestPrintTokenIsHarmless(t *testing.T) {
	var out bytes.Buffer
	err := printToken(&out, client.AccessToken{
		Header: []byte(`{"alg":"RS256"}`),
		Claims: []byte("{\"name\":\"a\u202eb\u009b31m\", \"roles\": [ \"x\",\n \"y\" ]}"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "  {\n    \"alg\": \"RS256\"\n  }\n  {\n    \"name\": \"a\\u202eb\\u009b31m\",\n    \"roles\": [\"x\",\"y\"]\n  }\n"
	if out.String() != want {
		t.Errorf("got:\n%q\nwant:\n%q", out.String(), want)
	}
}

// TestPrintStepOlderProtocol: a question that older MCP servers do not know is no failure; a refused token is.
func TestPrintStepOlderProtocol(t *testing.T) {
	for status, shown := range map[int]bool{200: false, 400: false, 404: false, 401: true, 403: true, 500: true} {
		var out bytes.Buffer
		printStep(terminal{Writer: &out}, client.Step{Name: "MCP server/discover", Status: status})
		if (out.Len() > 0) != shown {
			t.Errorf("HTTP %d: %q", status, out.String())
		}
	}
}
