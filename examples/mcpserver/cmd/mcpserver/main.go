// Command mcpserver runs the sample MCP server alone, beside a Symbolon that runs elsewhere.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"github.com/symbolon-auth/symbolon/examples/mcpserver"
)

func main() {
	config := mcpserver.ForSymbolon(
		env("SYMBOLON_URL", "http://127.0.0.1:3010"),
		env("MCP_SERVER_ID", "res_todo"),
		env("MCP_URL", "http://127.0.0.1:3012/mcp"),
	)
	handler, err := mcpserver.New(config)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: env("LISTEN", "127.0.0.1:3012"), Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	log.Printf("MCP server: %s", config.URL)
	log.Fatal(server.ListenAndServe())
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
