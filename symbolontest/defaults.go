package symbolontest

import (
	"github.com/symbolon-auth/symbolon"
)

// The objects of the configuration that [StartServer] begins with.
const (
	ConnectionID = "conn_acme" // its login is Server.App
	ServerID     = "res_todo"  // the MCP server
	// ServerURL is its resource identifier. Nothing listens there.
	ServerURL = "https://todo.acme.example/mcp"

	// The backend of the company's app: role login.
	LoginClientID     = "skc_acme"
	LoginClientSecret = "acme-backend-secret-of-the-tests-0123456789" //nolint:gosec // G101: of test servers only

	// The MCP server as an API client: role resource.
	ResourceClientID     = "skc_todo"
	ResourceClientSecret = "todo-server-secret-of-the-tests-0123456789" //nolint:gosec // G101: of test servers only

	// ReadScope is granted to clients that ask for no scope, WriteScope is not.
	ReadScope  = "todo:read"
	WriteScope = "todo:write"

	// MasterSecret seals the database.
	MasterSecret = "master-secret-of-the-tests-0123456789abcdef"
)

// unlimited is more than any test asks for.
var unlimited = symbolon.Limit{Rate: 1_000_000, Burst: 10_000_000}

// defaults is one company with one MCP server where clients register themselves.
func defaults(baseURL, database string, app *FakeApp) symbolon.Config {
	return symbolon.Config{
		BaseURL:  baseURL,
		Database: "sqlite:" + database,
		Secret:   MasterSecret,
		// All that a test plays come from one address, and the clock stands still.
		Limits: symbolon.Limits{PerAddress: unlimited, Global: unlimited},
		APIClients: []symbolon.APIClient{
			{ID: LoginClientID, Secret: LoginClientSecret, Role: "login", Connections: []string{ConnectionID}},
			{ID: ResourceClientID, Secret: ResourceClientSecret, Role: "resource", MCPServers: []string{ServerID}},
		},
		Connections: []symbolon.Connection{{ID: ConnectionID, Name: "Acme", LoginURL: app.LoginURL()}},
		MCPServers: []symbolon.MCPServer{{
			ID: ServerID, Name: "Acme Todo", URL: ServerURL, Connection: ConnectionID,
			Scopes: []symbolon.Scope{
				{Name: ReadScope, Description: "Read your to-dos", Default: true},
				{Name: WriteScope, Description: "Change your to-dos"},
			},
			DynamicRegistration: true, ClientIDMetadataDocuments: true,
		}},
	}
}
