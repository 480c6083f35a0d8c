package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/symbolon-auth/symbolon/internal/client"
)

// TestCallWithoutArguments: other SDKs' servers refuse arguments that are null.
func TestCallWithoutArguments(t *testing.T) {
	protocol := mcp.NewServer(&mcp.Implementation{Name: "todo", Version: "1"}, nil)
	mcp.AddTool(protocol, &mcp.Tool{Name: "list"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "nothing to do"}}}, nil, nil
	})
	serve := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return protocol }, nil)
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"tools/call"`) {
			calls = append(calls, string(body))
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		serve.ServeHTTP(w, r)
	}))
	defer server.Close()

	session, err := client.New(client.Options{}).OpenSession(t.Context(), server.URL, "a-token")
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	answer, err := session.Call(t.Context(), "list", nil)
	if err != nil || answer != "nothing to do" {
		t.Errorf("%q, %v", answer, err)
	}
	if len(calls) != 1 || !strings.Contains(calls[0], `"arguments":{}`) {
		t.Errorf("sent: %q", calls)
	}
}

// TestOpenSessionRefused: an MCP server that does not accept the token is told from one that does not work.
func TestOpenSessionRefused(t *testing.T) {
	status := http.StatusUnauthorized
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(status)
	}))
	defer server.Close()
	_, err := client.New(client.Options{}).OpenSession(t.Context(), server.URL, "a-token")
	refused, ok := errors.AsType[*client.RefusedToken](err)
	if !ok || refused.Status != status || refused.Code != "invalid_token" {
		t.Errorf("%v", err)
	}
	status = http.StatusInternalServerError
	_, err = client.New(client.Options{}).OpenSession(t.Context(), server.URL, "a-token")
	if _, ok := errors.AsType[*client.RefusedToken](err); ok || err == nil {
		t.Errorf("HTTP 500 is no challenge: %v", err)
	}
}
