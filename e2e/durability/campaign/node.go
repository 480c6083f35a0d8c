package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// Patience bounds every wait for a server.
	Patience = 30 * time.Second

	backend       = "skc_campaign"
	backendSecret = "campaign-secret-of-the-company-0123456789"
	clientID      = "cli_campaign"
	redirectURI   = "http://127.0.0.1:9/callback" // nobody listens: the code is read from the redirect
	mcpURL        = "https://mcp.example/todo"
	issuerPath    = "/resources/res_todo"
	masterSecret  = "campaign-master-secret-0123456789abcdefghijk"
)

// Node is one server: a directory with its configuration, and a process or none.
type Node struct {
	Address string // where it listens
	Dir     string
	Under   []string // a command that runs the server, as strace does; nil for none
	binary  string
	env     []string

	mu  sync.Mutex
	cmd *exec.Cmd
	log bytes.Buffer
}

// Settings are what nodes of one campaign may differ in.
type Settings struct {
	BaseURL  string // "" is the node's own address
	Database string // "" is SQLite in the node's directory
	Binary   string // "" is SYMBOLON_BIN, or bin/symbolon of the repository
	// More is merged into the configuration.
	More map[string]any
	Env  []string
}

// NewNode writes a configuration. The node is not started, and killed when the test ends.
func NewNode(t *testing.T, s Settings) *Node {
	t.Helper()
	n := &Node{Address: FreeAddress(t), Dir: t.TempDir(), binary: s.Binary, env: s.Env}
	if n.binary == "" {
		n.binary = Binary(t)
	}
	base := s.BaseURL
	if base == "" {
		base = "http://" + n.Address
	}
	database := s.Database
	if database == "" {
		database = "sqlite:symbolon.db"
	}
	plenty := map[string]any{"rate": 10000, "burst": 10000}
	c := map[string]any{
		"base_url": base, "listen": n.Address, "database": database, "secret_file": "symbolon.secret",
		"api_clients": []any{map[string]any{"id": backend, "secret": backendSecret, "connections": []string{"*"}}},
		"connections": []any{map[string]any{"id": "conn_acme", "name": "Acme", "login_url": "http://127.0.0.1:9/login"}},
		"mcp_servers": []any{map[string]any{
			"id": "res_todo", "name": "Acme Todo", "url": mcpURL, "connection": "conn_acme",
			"scopes": []any{map[string]any{"name": "todo:read", "description": "Read your to-dos"}},
		}},
		"clients": []any{map[string]any{
			"id": clientID, "name": "Campaign", "mcp_servers": []string{"res_todo"}, "redirect_uris": []string{redirectURI},
			"token_endpoint_auth_method": "none",
		}},
		// All of this machine's people come from one address.
		"limits": map[string]any{"per_address": plenty, "global": plenty},
	}
	maps.Copy(c, s.More)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"symbolon.yaml": string(text), "symbolon.secret": masterSecret + "\n"} {
		if err := os.WriteFile(filepath.Join(n.Dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		n.Kill()
		if t.Failed() {
			t.Logf("node %s said:\n%s", n.Address, n.Log())
		}
	})
	return n
}

// Binary is the server to test.
func Binary(t *testing.T) string {
	t.Helper()
	name := os.Getenv("SYMBOLON_BIN")
	if name == "" {
		name = "../../bin/symbolon"
	}
	path, err := filepath.Abs(name)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("there is no server to test (%v): run \"make build\", or \"make e2e\" for everything", err)
	}
	return path
}

// FreeAddress is a loopback address that nobody listens on.
func FreeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Log is what the node wrote so far.
func (n *Node) Log() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.String()
}

// Write takes the process's output.
func (n *Node) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.Write(p)
}

// Start runs the server; it is not ready yet.
func (n *Node) Start() error {
	command := append(slices.Clone(n.Under), n.binary, "serve", "--config", "symbolon.yaml")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = n.Dir, n, n
	cmd.Env = append(os.Environ(), n.env...)
	if err := cmd.Start(); err != nil {
		return err
	}
	n.mu.Lock()
	n.cmd = cmd
	n.mu.Unlock()
	return nil
}

// Apply puts the node's configuration into its database, as operators of many nodes
// do before the first start.
func (n *Node) Apply(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), n.binary, "apply", "--yes", "--config", "symbolon.yaml")
	cmd.Dir, cmd.Env = n.Dir, append(os.Environ(), n.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("symbolon apply: %v\n%s", err, out)
	}
}

// Upgrade lets the node run another binary from its next start on.
func (n *Node) Upgrade(binary string) { n.binary = binary }

// Ready waits until the server says that it is.
func (n *Node) Ready() error {
	c := http.Client{Timeout: 2 * time.Second}
	var last string
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		resp, err := c.Get("http://" + n.Address + "/readyz")
		if err != nil {
			last = err.Error()
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
		last = resp.Status
	}
	return fmt.Errorf("node %s is not ready after %s: %s\n%s", n.Address, Patience, last, n.Log())
}

// Up starts the server and waits until it is ready.
func (n *Node) Up(t *testing.T) {
	t.Helper()
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	if err := n.Ready(); err != nil {
		t.Fatal(err)
	}
}

// Kill ends the process as the kernel does, without a word (SIGKILL).
func (n *Node) Kill() { n.end(syscall.SIGKILL) }

// Stop asks the process to end (SIGTERM) and waits until it has. It returns how long
// that took.
func (n *Node) Stop() time.Duration {
	begun := time.Now()
	n.end(syscall.SIGTERM)
	return time.Since(begun)
}

func (n *Node) end(with syscall.Signal) {
	n.mu.Lock()
	cmd := n.cmd
	n.cmd = nil
	n.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(with) // it may have ended by itself
	_ = cmd.Wait()               // how a killed process ends says nothing
}

// PID is the process, 0 for none.
func (n *Node) PID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return 0
	}
	return n.cmd.Process.Pid
}
