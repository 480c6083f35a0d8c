package e2e

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The guard that "symbolon config guard" prints, pasted into an MCP server made of
// that language's official SDK: clients log in, and what is no token of this server,
// or one that may not do this, is told so in the words that clients understand.
func TestPrintedGuard(t *testing.T) {
	for lang, host := range guardHosts() {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			mcpURL := "http://" + address + "/mcp"
			s := newStageFor(t, mcpURL).server
			run(t, host(t, printedGuard(t, s, lang), address), &output{})
			waitListening(t, address)

			resource := `resource_metadata="` + s.base + "/resources/res_todo/.well-known/oauth-protected-resource" + `"`
			if lang == "python" { // the SDK serves a copy of its own
				resource = `resource_metadata="http://` + address + `/.well-known/oauth-protected-resource/mcp"`
			}
			for name, tt := range map[string]struct {
				token  string
				status int
				says   []string
			}{
				"no token":       {"", http.StatusUnauthorized, []string{resource}},
				"nonsense":       {"nonsense", http.StatusUnauthorized, []string{resource, `error="invalid_token"`}},
				"another server": {tokenFor(t, s, "res_other", "todo:read todo:write"), http.StatusUnauthorized, []string{`error="invalid_token"`}},
				"scope missing":  {tokenFor(t, s, "res_todo", "todo:read"), http.StatusForbidden, []string{`error="insufficient_scope"`, "todo:write"}},
				"good":           {tokenFor(t, s, "res_todo", "todo:read todo:write"), http.StatusOK, nil},
			} {
				status, challenge := callTool(t, mcpURL, tt.token)
				if status != tt.status {
					t.Errorf("%s: HTTP %d, want %d", name, status, tt.status)
				}
				for _, want := range tt.says {
					if !strings.Contains(challenge, want) {
						t.Errorf("%s: the challenge %s lacks %s", name, challenge, want)
					}
				}
			}
			typeScriptClient("v1")(t, s, mcpURL, "").check(t, s, mcpURL, "")
			peers.add("printed guard in " + lang)
		})
	}
}

// guardHosts are the programs that a guard is pasted into.
func guardHosts() map[string]func(t *testing.T, guard, address string) *exec.Cmd {
	return map[string]func(*testing.T, string, string) *exec.Cmd{
		"node": func(t *testing.T, guard, address string) *exec.Cmd {
			t.Helper()
			return exec.Command("node", "node/mcp-server.mjs", guard, address)
		},
		"python": func(t *testing.T, guard, address string) *exec.Cmd {
			t.Helper()
			return exec.Command(installed(t, pythonMCP+"/bin/python"), "python/mcp_server.py", guard, address)
		},
	}
}

// printedGuard writes the guard to a file beside the SDK. All that is changed is
// what the snippet asks to be changed: which scope is needed for what.
func printedGuard(t *testing.T, s *server, lang string) string {
	t.Helper()
	guard, err := exec.Command(serverBinary(t), "config", "guard", "--config", s.file, "--mcp-server", "res_todo", "--lang", lang).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, guard)
	}
	text := strings.NewReplacer(
		`your_tool: "todo:read"`, `add_todo: "todo:write"`,
		`required_scopes=["todo:read"]`, `required_scopes=["todo:write"]`,
	).Replace(string(guard))
	dir := t.TempDir()
	packages, err := filepath.Abs("node/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(packages, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, map[string]string{"node": "guard.mjs", "python": "guard.py"}[lang])
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// waitListening waits until somebody accepts connections.
func waitListening(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody listens on %s: %v", address, err)
		}
	}
}

// tokenFor logs Alice in and allows scope.
func tokenFor(t *testing.T, s *server, resource, scope string) string {
	t.Helper()
	c := registerClient(t, s, resource, "http://127.0.0.1:9/callback", nil)
	return c.redeem(t, c.code(t, newRobot(t, s).login(t, c.authorizeURL(scope))))
}

// callTool calls add_todo as a client without a session would.
func callTool(t *testing.T, mcpURL, token string) (status int, challenge string) {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add_todo","arguments":{"title":"Milk"}}}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, mcpURL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("MCP-Protocol-Version", "2025-06-18")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("WWW-Authenticate")
}
