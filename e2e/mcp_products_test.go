package e2e

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// FastMCP logs in at the sample MCP server, and at one of its own with the provider that
// it has for Scalekit, for which this server takes the place of the hosted one.
func TestFastMCP(t *testing.T) {
	python := installed(t, fastMCP+"/bin/python")
	play := func(t *testing.T, s *server, mcpURL string) {
		t.Helper()
		playProgram(t, s, python, "python/fastmcp_client.py", mcpURL).check(t, s, mcpURL, "")
	}
	t.Run("client", func(t *testing.T) {
		t.Parallel()
		s, mcpURL := startTodo(t, func(*config) {})
		play(t, s, mcpURL)
		peers.add("FastMCP " + fastMCPVersion(t))
	})
	t.Run("ScalekitProvider", func(t *testing.T) {
		t.Parallel()
		address, socket := listening(t)
		mcpURL := "http://" + address + "/mcp"
		s := newStageFor(t, mcpURL).server
		cmd := exec.Command(python, "python/fastmcp_server.py", s.base, "res_todo", address)
		cmd.ExtraFiles = []*os.File{socket}
		run(t, cmd, &output{})
		for name, tt := range map[string]struct {
			token  string
			status int
		}{
			"no token":       {"", http.StatusUnauthorized},
			"another server": {tokenFor(t, s, "res_other", "todo:read todo:write"), http.StatusUnauthorized},
			// MCP asks for 403 here; so FastMCP answers.
			"scope missing": {tokenFor(t, s, "res_todo", "todo:read"), http.StatusUnauthorized},
		} {
			if status, challenge := callTool(t, mcpURL, tt.token); status != tt.status {
				t.Errorf("%s: HTTP %d %s, want %d", name, status, challenge, tt.status)
			}
		}
		play(t, s, mcpURL)
		peers.add("FastMCP ScalekitProvider " + fastMCPVersion(t))
	})
}

// listening is a socket for a program that takes so long to start that somebody else
// would get an address that was only looked up.
func listening(t *testing.T) (address string, socket *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if socket, err = l.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	return l.Addr().String(), socket
}

const fastMCP = "python/fastmcp-4.2.3/.venv"

func fastMCPVersion(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(fastMCP + "/lib/python*/site-packages/fastmcp-[0-9]*.dist-info")
	if err != nil || len(found) != 1 {
		t.Fatal("FastMCP is missing: run e2e/setup")
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), "fastmcp-"), ".dist-info")
}

// mcp-remote stands between an MCP client that speaks over standard input and output,
// and the MCP server. The second time it is started it needs no login.
func TestMCPRemote(t *testing.T) {
	t.Parallel()
	s, mcpURL := startTodo(t, func(*config) {})
	got := playProgram(t, s, "node", "node/stdio-client.mjs", t.TempDir(), mcpURL)
	if got.Authorizations != 1 || !strings.Contains(got.Listed, "From mcp-remote") {
		t.Errorf("want one login for two starts, and a to-do: %+v", got)
	}
	peers.add("mcp-remote " + nodeVersion(t, "mcp-remote"))
}
