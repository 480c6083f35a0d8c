// Command acme runs the sample company app alone, beside a Symbolon that runs elsewhere.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"github.com/symbolon-auth/symbolon/examples/acme"
)

func main() {
	config := acme.Config{
		URL:          env("ACME_URL", "http://127.0.0.1:3011"),
		SymbolonURL:  env("SYMBOLON_URL", "http://127.0.0.1:3010"),
		ConnectionID: env("SYMBOLON_CONNECTION", "conn_acme"),
		ClientID:     env("SYMBOLON_CLIENT_ID", "skc_acme"),
		ClientSecret: os.Getenv("SYMBOLON_CLIENT_SECRET"),
		MCPServerURL: os.Getenv("MCP_URL"),
	}
	if config.ClientSecret == "" {
		log.Fatal("set SYMBOLON_CLIENT_SECRET to the secret of the API client " + config.ClientID)
	}
	app, err := acme.New(config)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: env("LISTEN", "127.0.0.1:3011"), Handler: app, ReadHeaderTimeout: 10 * time.Second}
	log.Printf("Acme: %s", config.URL)
	for _, account := range acme.Accounts() {
		log.Printf("  sign in as %s with the password %s", account.Email, account.Password)
	}
	log.Fatal(server.ListenAndServe())
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
