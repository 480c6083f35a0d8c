package symbolontest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// A test of an MCP server that wants real tokens.
func ExampleStartServer() {
	var t testing.TB // of the test

	server := symbolontest.StartServer(t, func(c *symbolon.Config) {
		c.MCPServers[0].AccessTokenTTL = time.Minute
	})
	server.App.SignIn(symbolontest.User{"sub": "u_42", "email": "carol@acme.example"})
	client := server.Register(map[string]any{"client_name": "My Agent"})
	tokens := client.Login(symbolontest.NewBrowser(t), "scope", symbolontest.WriteScope)

	server.Clock.Advance(2 * time.Minute)
	if server.Active(tokens.Access) {
		t.Error("an access token outlived its minute")
	}
}

func TestLogin(t *testing.T) {
	server := symbolontest.StartServer(t)
	client := server.Register(nil)
	tokens := client.Login(symbolontest.NewBrowser(t), "scope", symbolontest.WriteScope)
	claims := server.Claims(tokens.Access)
	if claims["sub"] != "alice" || claims["scope"] != symbolontest.WriteScope || claims["iss"] != server.Issuer() {
		t.Errorf("claims = %v", claims)
	}
	if next := client.MustRefresh(tokens.Refresh); next.Refresh == tokens.Refresh {
		t.Error("the refresh token was not rotated")
	}
	client.Revoke(tokens.Access)
	if server.Active(tokens.Access) {
		t.Error("a revoked token is active")
	}
}

func TestRestartKeepsTheDatabase(t *testing.T) {
	server := symbolontest.StartServer(t)
	client := server.Register(nil)
	tokens := client.Login(symbolontest.NewBrowser(t))
	server.Restart(func(c *symbolon.Config) { c.MCPServers[0].AccessTokenTTL = time.Minute })
	answer := client.Refresh(tokens.Refresh)
	if answer.Status != http.StatusOK || answer.JSON()["expires_in"] != 60.0 {
		t.Errorf("after a restart: %d %s", answer.Status, answer.Body)
	}
}

func TestHandoffs(t *testing.T) {
	server := symbolontest.StartServer(t, func(c *symbolon.Config) { c.Connections[0].LoginVerifier = "declared" })
	client := server.Register(nil)
	for name, handoff := range map[string]symbolontest.Handoff{
		"redirect_url":    symbolontest.ByRedirectURL,
		"auth_request_id": symbolontest.ByAuthRequestID,
		"state":           symbolontest.ByState,
	} {
		t.Run(name, func(t *testing.T) {
			server.App.HandOff(handoff)
			if client.Login(symbolontest.NewBrowser(t)).Access == "" {
				t.Error("no token")
			}
		})
	}
	server.App.HandOff(symbolontest.Withheld)
	browser := symbolontest.NewBrowser(t)
	if page := browser.Follow(browser.Get(client.Authorize().URL)); page.URL.Path != "/login" || server.App.Last().RedirectURL == "" {
		t.Errorf("withheld: the browser is at %s", page.URL)
	}
}

func TestTLS(t *testing.T) {
	server := symbolontest.StartServer(t, symbolontest.TLS(t))
	client := server.Register(nil)
	if client.Login(server.NewBrowser()).Access == "" {
		t.Error("no token over TLS")
	}
}
