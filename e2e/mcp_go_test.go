package e2e

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"
)

// goRedirect is where the Go client says that it listens. The test is the browser, so
// it reads the answer without going there.
const goRedirect = "http://127.0.0.1:49152/callback"

func goSDKVersion(t *testing.T) string {
	t.Helper()
	file, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`github.com/modelcontextprotocol/go-sdk v(\S+)`).FindSubmatch(file)
	if found == nil {
		t.Fatal("go.mod names no Go MCP SDK")
	}
	return string(found[1])
}

// playGoClient connects with the official Go SDK.
func playGoClient(t *testing.T, s *server, mcpURL, document string) played {
	t.Helper()
	var got played
	var first oauth2.Token // the one that the code gave
	handler, err := auth.NewAuthorizationCodeHandler(goConfig(t, s, document, &got.Authorizations, &first))
	if err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "symbolon-e2e", Version: "1.0.0"}, nil).
		Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: mcpURL, OAuthHandler: handler}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	got.Added = callGoTool(t, session, "add_todo", map[string]any{"title": "From Go SDK"})
	got.Listed = callGoTool(t, session, "list_todos", nil)
	last := tokenOf(t, handler)
	got.Refreshed = last.AccessToken != first.AccessToken && last.RefreshToken != first.RefreshToken
	got.AccessToken = last.AccessToken
	return got
}

func goConfig(t *testing.T, s *server, document string, logins *int, first *oauth2.Token) *auth.AuthorizationCodeHandlerConfig {
	t.Helper()
	c := &auth.AuthorizationCodeHandlerConfig{
		RedirectURL:         goRedirect,
		RequestRefreshToken: true,
		AuthorizationCodeFetcher: func(_ context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			*logins++
			answer := newRobot(t, s).login(t, args.URL).Query()
			return &auth.AuthorizationResult{Code: answer.Get("code"), State: answer.Get("state"), Iss: answer.Get("iss")}, nil
		},
		// By its own clock the first access token is old at once, so the SDK refreshes.
		NewTokenSource: func(ctx context.Context, c *oauth2.Config, token *oauth2.Token) (oauth2.TokenSource, error) {
			*first = *token
			old := *token
			old.Expiry = time.Unix(1, 0)
			return c.TokenSource(ctx, &old), nil
		},
	}
	if document != "" {
		c.ClientIDMetadataDocumentConfig = &auth.ClientIDMetadataDocumentConfig{URL: document}
		return c
	}
	c.DynamicClientRegistrationConfig = &auth.DynamicClientRegistrationConfig{Metadata: &oauthex.ClientRegistrationMetadata{
		ClientName: "Go SDK", RedirectURIs: []string{goRedirect}, TokenEndpointAuthMethod: "none",
		GrantTypes: []string{"authorization_code", "refresh_token"},
	}}
	return c
}

func tokenOf(t *testing.T, h *auth.AuthorizationCodeHandler) *oauth2.Token {
	t.Helper()
	source, err := h.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func callGoTool(t *testing.T, session *mcp.ClientSession, name string, arguments map[string]any) string {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, part := range result.Content {
		if text, ok := part.(*mcp.TextContent); ok {
			said = append(said, text.Text)
		}
	}
	return strings.Join(said, "\n")
}
