package e2e

// What the tests write into symbolon.yaml. JSON is YAML.

const (
	apiClient = "skc_e2e"
	apiSecret = "e2e-secret-of-the-company-app-0123456789"
)

type config struct {
	BaseURL     string       `json:"base_url"`
	Database    string       `json:"database"`
	SecretFile  string       `json:"secret_file"`
	TLS         *tlsFiles    `json:"tls,omitempty"`
	APIClients  []backend    `json:"api_clients"`
	Connections []connection `json:"connections"`
	MCPServers  []mcpServer  `json:"mcp_servers"`
	Clients     []oauthApp   `json:"clients,omitempty"`
	CIMD        *cimd        `json:"cimd,omitempty"`

	roots string // a file of certificates that the server trusts instead of the system's
}

type cimd struct {
	AllowLoopback bool `json:"allow_loopback"`
}

type tlsFiles struct {
	CertFile string `json:"cert_file"`
	KeyFile  string `json:"key_file"`
}

type backend struct {
	ID          string   `json:"id"`
	Secret      string   `json:"secret"`
	Role        string   `json:"role,omitempty"`
	Connections []string `json:"connections,omitempty"`
	MCPServers  []string `json:"mcp_servers,omitempty"`
}

type connection struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	LoginURL      string `json:"login_url"`
	LoginVerifier string `json:"login_verifier"`
}

type mcpServer struct {
	ID                  string  `json:"id"`
	Name                string  `json:"name"`
	URL                 string  `json:"url"`
	Connection          string  `json:"connection"`
	Scopes              []scope `json:"scopes"`
	DynamicRegistration bool    `json:"dynamic_registration"`
	MetadataDocuments   bool    `json:"client_id_metadata_documents"`
}

type scope struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Optional    bool   `json:"optional,omitempty"`
}

type oauthApp struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	MCPServers   []string `json:"mcp_servers"`
	RedirectURIs []string `json:"redirect_uris"`
}

// todoServer is an MCP server of the connection that everybody may register with.
func todoServer(id, url, connection string) mcpServer {
	return mcpServer{
		ID: id, Name: "Acme Todo", URL: url, Connection: connection, DynamicRegistration: true, MetadataDocuments: true,
		Scopes: []scope{{Name: "todo:read", Description: "Read your to-dos"}, {Name: "todo:write", Description: "Change your to-dos"}},
	}
}

// bothHandoffs are two connections of one login app: conn_declared takes the
// state-only redirect that the hosted service documents, conn_required wants the
// proof. The login URL tells the app which it is.
func bothHandoffs(loginURL string) ([]connection, []mcpServer) {
	var connections []connection
	var servers []mcpServer
	for _, handoff := range []string{"declared", "required"} {
		id := "conn_" + handoff
		connections = append(connections, connection{ID: id, Name: "Acme", LoginURL: loginURL + "?handoff=" + handoff, LoginVerifier: handoff})
		servers = append(servers, todoServer("res_"+handoff, "https://mcp.example/"+handoff, id))
	}
	return connections, servers
}
