// The MCP server, called with the access token, through the official SDK.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Session is an MCP session whose every request carries the access token.
type Session struct {
	*mcp.ClientSession
	transport *bearerTransport
}

// Challenge is an MCP server's 401 or 403 (RFC 6750 §3).
type Challenge struct {
	Status int
	Code   string // such as "insufficient_scope"
	Scope  string // what to ask for instead
}

// RefusedToken is the error of a request that the MCP server answered with a Challenge.
type RefusedToken struct {
	Challenge
	Cause error
}

func (e *RefusedToken) Error() string { return e.Cause.Error() }

// Unwrap returns the error of the MCP SDK.
func (e *RefusedToken) Unwrap() error { return e.Cause }

// OpenSession connects to the MCP server. Close it when done. The error is a
// [RefusedToken] if the MCP server does not accept the token.
func (c *Client) OpenSession(ctx context.Context, mcpURL string, token Secret) (*Session, error) {
	transport := &bearerTransport{client: c, token: token}
	// No client timeout: a stream lasts as long as ctx does.
	httpClient := &http.Client{Transport: transport, CheckRedirect: stay}
	protocol := mcp.NewClient(&mcp.Implementation{Name: "symbolon", Title: c.name, Version: "1"}, nil)
	session, err := protocol.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint:             mcpURL,
		HTTPClient:           httpClient,
		MaxRetries:           -1,
		DisableStandaloneSSE: true, // nothing here waits for messages that nobody asked for
	}, nil)
	if err != nil {
		return nil, transport.explain(fmt.Errorf("opening the MCP session: %w", err))
	}
	return &Session{ClientSession: session, transport: transport}, nil
}

// Call calls a tool and returns its text. A tool's own error is an error here.
func (s *Session) Call(ctx context.Context, tool string, arguments map[string]any) (string, error) {
	if arguments == nil {
		arguments = map[string]any{} // a nil map would be sent as null, which MCP servers refuse
	}
	result, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		return "", fmt.Errorf("calling %s: %w", tool, err)
	}
	var text strings.Builder
	for _, content := range result.Content {
		if t, ok := content.(*mcp.TextContent); ok {
			text.WriteString(t.Text)
		}
	}
	if result.IsError {
		return "", fmt.Errorf("%s says: %s", tool, printable(text.String()))
	}
	return text.String(), nil
}

// Explain makes err a [RefusedToken] if the server sent a challenge.
func (s *Session) Explain(err error) error { return s.transport.explain(err) }

// Challenged returns the last 401 or 403, nil if the server never sent one. A client that is short of a scope
// begins a new authorization with Challenge.Scope (MCP 2025-11-25, step-up).
func (s *Session) Challenged() *Challenge { return s.transport.challenged() }

// bearerTransport adds the token, keeps the last challenge and reports each request.
type bearerTransport struct {
	client *Client
	token  Secret

	mu        sync.Mutex
	challenge *Challenge
}

func (t *bearerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := secureURL(req.URL); err != nil {
		return nil, err
	}
	name := "MCP " + rpcMethod(req)
	req = req.Clone(req.Context()) // a RoundTripper must not change its request
	req.Header.Set("Authorization", "Bearer "+string(t.token))
	base := t.client.http.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	resp, err := base.RoundTrip(req)
	if err != nil {
		report(t.client.trace, name, req, 0, "", err)
		return nil, err
	}
	report(t.client.trace, name, req, resp.StatusCode, t.keep(resp), nil)
	return resp, nil
}

func (t *bearerTransport) challenged() *Challenge {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.challenge
}

func (t *bearerTransport) explain(err error) error {
	if c := t.challenged(); err != nil && c != nil {
		return &RefusedToken{*c, err}
	}
	return err
}

// keep records a challenge and describes it.
func (t *bearerTransport) keep(resp *http.Response) string {
	if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		return ""
	}
	params := bearerChallenge(resp.Header)
	c := &Challenge{Status: resp.StatusCode, Code: printable(params["error"]), Scope: printable(params["scope"])}
	t.mu.Lock()
	t.challenge = c
	t.mu.Unlock()
	return strings.TrimSpace(c.Code + " " + c.Scope)
}

// rpcMethod names the JSON-RPC method of a request for the trace, and the HTTP method where there is none.
func rpcMethod(req *http.Request) string {
	if req.Body == nil || req.GetBody == nil {
		return req.Method
	}
	copied, err := req.GetBody()
	if err != nil {
		return req.Method
	}
	defer copied.Close()
	body, err := io.ReadAll(io.LimitReader(copied, maxBody))
	var message struct {
		Method string `json:"method"`
		Params struct {
			Name string `json:"name"`
		} `json:"params"`
	}
	if err != nil || json.NewDecoder(bytes.NewReader(body)).Decode(&message) != nil || message.Method == "" {
		return req.Method
	}
	return strings.TrimSpace(message.Method + " " + message.Params.Name)
}
