package symbolon_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// TestServeUntilKilled is no test: it is the process that B25 kills.
func TestServeUntilKilled(t *testing.T) {
	base := os.Getenv("SYMBOLON_TEST_BASE_URL")
	if base == "" {
		t.Skip("only B25 runs this, in a process of its own")
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	server, err := symbolon.New(symbolon.Config{
		BaseURL: base, Database: os.Getenv("SYMBOLON_TEST_DATABASE"), Secret: symbolontest.MasterSecret, Logger: slog.New(slog.DiscardHandler),
		APIClients:  []symbolon.APIClient{{ID: symbolontest.LoginClientID, Secret: symbolontest.LoginClientSecret, Connections: []string{"*"}}},
		Connections: []symbolon.Connection{{ID: symbolontest.ConnectionID, LoginURL: os.Getenv("SYMBOLON_TEST_LOGIN_URL")}},
		MCPServers: []symbolon.MCPServer{{
			ID: symbolontest.ServerID, URL: symbolontest.ServerURL, Connection: symbolontest.ConnectionID, DynamicRegistration: true,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("serving")
	t.Fatal(server.Serve(context.Background(), l))
}
