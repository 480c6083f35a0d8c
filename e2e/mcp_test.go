package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/examples/mcpserver"
)

// The official TypeScript SDK finds its way from the URL of an MCP server alone:
// discovery, registration, login, a tool call, a refresh and another call.
func TestTypeScriptMCPClient(t *testing.T) {
	for version, pkg := range map[string]string{"v1": "@modelcontextprotocol/sdk", "v2": "@modelcontextprotocol/client"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s, mcpURL := startTodo(t)
			playTypeScriptClient(t, s, mcpURL, version)
			peers.add("TypeScript MCP SDK " + nodeVersion(t, pkg))
		})
	}
}

// startTodo runs the sample MCP server behind a server whose company signs Alice in.
func startTodo(t *testing.T) (*server, string) {
	t.Helper()
	todo := httptest.NewUnstartedServer(nil)
	mcpURL := "http://" + todo.Listener.Addr().String() + "/mcp"
	s := newStageFor(t, mcpURL).server
	handler, err := mcpserver.New(mcpserver.ForSymbolon(s.base, "res_todo", mcpURL))
	if err != nil {
		t.Fatal(err)
	}
	todo.Config.Handler = handler
	todo.Start()
	t.Cleanup(todo.Close)
	return s, mcpURL
}

// playTypeScriptClient lets the SDK add a to-do, lose its access token, and list what is there.
func playTypeScriptClient(t *testing.T, s *server, mcpURL, version string) {
	t.Helper()
	said := &output{}
	run(t, exec.Command("node", "node/mcp-client.mjs", version, mcpURL), said)

	answer := newRobot(t, s).login(t, said.waitFor(t, "open "))
	resp, err := http.Get(answer.String()) // the client's own listener
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	var got struct {
		Registrations, Authorizations, Tokens int
		Added, Listed                         string
		Refreshed                             bool
	}
	if err := json.Unmarshal([]byte(said.waitFor(t, "done ")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Registrations != 1 || got.Authorizations != 1 || got.Tokens != 2 || !got.Refreshed {
		t.Errorf("want one registration, one login and one refresh: %+v", got)
	}
	if !strings.Contains(got.Listed, "From "+version) {
		t.Errorf("list_todos said %q after add_todo said %q", got.Listed, got.Added)
	}
}
