package e2e

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/examples/mcpserver"
)

// mcpClients are the official SDKs, each with a program that connects to an MCP server,
// adds a to-do, and lists what is there with a refreshed token. With a document it
// presents that as its client_id; otherwise it registers.
func mcpClients(t *testing.T) map[string]func(t *testing.T, s *server, mcpURL, document string) played {
	t.Helper()
	return map[string]func(*testing.T, *server, string, string) played{
		"TypeScript MCP SDK " + nodeVersion(t, "@modelcontextprotocol/sdk"):    typeScriptClient("v1"),
		"TypeScript MCP SDK " + nodeVersion(t, "@modelcontextprotocol/client"): typeScriptClient("v2"),
		"Python MCP SDK " + pythonMCPVersion(t):                                pythonClient,
		"Go MCP SDK " + goSDKVersion(t):                                        playGoClient,
	}
}

// played is what an MCP client saw.
type played struct {
	Authorizations int
	Added, Listed  string
	Refreshed      bool
	AccessToken    string `json:"access_token"` // after the refresh
}

// The official SDKs find their way from the URL of an MCP server alone: discovery,
// registration or document, login, a tool call, a refresh and another call.
func TestMCPClients(t *testing.T) {
	for name, play := range mcpClients(t) {
		for _, way := range []string{"registration", "document"} {
			t.Run(name+" by "+way, func(t *testing.T) {
				t.Parallel()
				host := startDocumentHost(t)
				s, mcpURL := startTodo(t, func(c *config) {
					c.CIMD, c.roots = &cimd{AllowLoopback: true}, host.roots
				})
				document := ""
				if way == "document" {
					document = host.url
				}
				got := play(t, s, mcpURL, document)
				got.check(t, s, mcpURL, document)
				peers.add(name + " by " + way)
			})
		}
	}
}

func (p played) check(t *testing.T, s *server, mcpURL, document string) {
	t.Helper()
	if p.Authorizations != 1 || !p.Refreshed || !strings.Contains(p.Listed, "From ") {
		t.Errorf("want one login, one refresh and a to-do: %+v", p)
	}
	parts := strings.Split(p.AccessToken, ".")
	if len(parts) != 3 {
		t.Fatal("the access token is no JWT")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Iss, Sub string
		Aud      []string
		ClientID string `json:"client_id"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Iss != s.base+"/resources/res_todo" || claims.Sub != "alice" || !slices.Contains(claims.Aud, mcpURL) {
		t.Errorf("the token is for somebody else: %s", payload)
	}
	if document != "" && claims.ClientID != document || document == "" && strings.Contains(claims.ClientID, "/") {
		t.Errorf("client_id is %q", claims.ClientID)
	}
}

// typeScriptClient runs the TypeScript SDK.
func typeScriptClient(version string) func(t *testing.T, s *server, mcpURL, document string) played {
	return func(t *testing.T, s *server, mcpURL, document string) played {
		t.Helper()
		return playProgram(t, s, "node", "node/mcp-client.mjs", version, mcpURL, document)
	}
}

func pythonClient(t *testing.T, s *server, mcpURL, document string) played {
	t.Helper()
	return playProgram(t, s, pythonMCP+"/bin/python", "python/mcp_client.py", mcpURL, document)
}

// playProgram runs a client and is its browser and its user. An empty last argument
// is left out.
func playProgram(t *testing.T, s *server, name string, args ...string) (got played) {
	t.Helper()
	if args[len(args)-1] == "" {
		args = args[:len(args)-1]
	}
	said := &output{}
	run(t, exec.Command(name, args...), said)

	answer := newRobot(t, s).login(t, said.waitFor(t, "open "))
	returnTo(t, answer)
	if err := json.Unmarshal([]byte(said.waitFor(t, "done ")), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// returnTo is the browser on its way back to the client's own listener, which some
// start only after they opened the browser.
func returnTo(t *testing.T, answer *url.URL) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(answer.String())
		if err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

const pythonMCP = "python/mcp-2.3.0/.venv"

func pythonMCPVersion(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(pythonMCP + "/lib/python*/site-packages/mcp-[0-9]*.dist-info")
	if err != nil || len(found) != 1 {
		t.Fatal("the Python MCP SDK is missing: run e2e/setup")
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), "mcp-"), ".dist-info")
}

// startTodo runs the sample MCP server behind a server whose company signs Alice in.
func startTodo(t *testing.T, change func(*config)) (*server, string) {
	t.Helper()
	todo := httptest.NewUnstartedServer(nil)
	mcpURL := "http://" + todo.Listener.Addr().String() + "/mcp"
	s := newStageWith(t, mcpURL, change).server
	handler, err := mcpserver.New(mcpserver.ForSymbolon(s.base, "res_todo", mcpURL))
	if err != nil {
		t.Fatal(err)
	}
	todo.Config.Handler = handler
	todo.Start()
	t.Cleanup(todo.Close)
	return s, mcpURL
}
