package main

// The demo as a person uses it: three servers, and connect with a browser.

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/examples/acme"
	"github.com/symbolon-auth/symbolon/internal/client"
)

// screen is an output that is read while it is written.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func anyPorts() demoPorts {
	return demoPorts{symbolon: demoPort{flag: "port"}, acme: demoPort{flag: "acme-port"}, mcp: demoPort{flag: "mcp-port"}}
}

func startTestDemo(t *testing.T, o demoOptions) *demo {
	t.Helper()
	o.ports = anyPorts()
	d, err := startDemo(t.Context(), o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func testRobot() *client.Robot {
	user := acme.Accounts()[0]
	return client.NewRobot(client.RobotOptions{Username: user.Email, Password: client.Secret(user.Password)})
}

// connectTo is "symbolon connect" with the robot as the browser.
func connectTo(t *testing.T, d *demo, o connectOptions) (string, error) {
	t.Helper()
	o.mcpURL, o.timeout = d.mcpURL, cmp.Or(o.timeout, time.Minute)
	if o.open == nil {
		o.open = testRobot().Login
	}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	var out screen
	err := connect(t.Context(), terminal{Writer: &out}, o)
	return out.String(), err
}

func TestConnectToDemo(t *testing.T) {
	d := startTestDemo(t, demoOptions{})
	tests := []struct {
		name    string
		options connectOptions
		want    []string
		fails   string
	}{
		{"default tool", connectOptions{}, []string{"Signed in", "2 tools", "list_todos", "Nothing to do."}, ""},
		{"chosen tool", connectOptions{tool: "add_todo", args: `{"title":"Milk"}`}, []string{"add_todo {", "1. Milk"}, ""},
		{"token", connectOptions{showToken: true, scope: "todo:read"}, []string{`"sub": "acme-1001"`, `"typ": "at+jwt"`, `"scope": "todo:read"`}, ""},
		{"scope is missing", connectOptions{tool: "add_todo", args: `{"title":"Milk"}`, scope: "todo:read"}, nil, `--scope "todo:read todo:write"`},
		{"unknown tool", connectOptions{tool: "fly"}, nil, "fly"},
		{"unknown client", connectOptions{clientID: "cli_nobody", timeout: 200 * time.Millisecond}, nil, "symbolon attempts show err_…"},
		{"denied", connectOptions{open: denies}, nil, "said no"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := connectTo(t, d, test.options)
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in:\n%s", want, out)
				}
			}
			switch {
			case test.fails == "" && err != nil:
				t.Errorf("%v\n%s", err, out)
			case test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)):
				t.Errorf("error %v, want %q in it", err, test.fails)
			}
			if tokenOrCode.MatchString(out) {
				t.Errorf("a token or code is shown:\n%s", out)
			}
		})
	}
}

// tokenOrCode finds a JWT by its two first parts: random values may begin like one.
var tokenOrCode = regexp.MustCompile(`eyJ[\w-]+\.eyJ|syr_|syc_`)

func denies(ctx context.Context, authorizationURL string) error {
	user := acme.Accounts()[1]
	return client.NewRobot(client.RobotOptions{
		Username: user.Email, Password: client.Secret(user.Password), Decision: "deny",
	}).Login(ctx, authorizationURL)
}

// TestDemoLive: a login attempt is seen while the demo runs, and the end of ctx ends it.
func TestDemoLive(t *testing.T) {
	d := startTestDemo(t, demoOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	var out screen
	ended := make(chan error, 1)
	go func() { ended <- d.live(ctx, terminal{Writer: &out}) }()
	for !strings.Contains(out.String(), "callback") { // the watcher may come after the first login
		if _, err := connectTo(t, d, connectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "The demo has ended.") {
		t.Errorf("the end is not announced:\n%s", out.String())
	}
}

func TestDemoGuide(t *testing.T) {
	d := startTestDemo(t, demoOptions{
		baseURL: "https://auth.example.com", acmeURL: "https://acme.example.com", mcpURL: "https://todo.example.com/mcp",
	})
	var out bytes.Buffer
	d.guide(terminal{Writer: &out}, demoOptions{program: "./bin/symbolon"})
	for _, want := range []string{
		"./bin/symbolon connect https://todo.example.com/mcp", "claude mcp add --transport http todo https://todo.example.com/mcp",
		"alice@acme.example", "https://auth.example.com", "https://acme.example.com", d.files.config,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("colours without a terminal")
	}
}

func TestDemoKeepsDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kept.db")
	d := startTestDemo(t, demoOptions{database: file, baseURL: "https://auth.example.com"})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"kept.db", "kept.yaml", "kept.secret"} {
		info, err := os.Stat(filepath.Join(filepath.Dir(file), kept))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", kept, info.Mode())
		}
	}
	again := startTestDemo(t, demoOptions{database: file, baseURL: "https://auth.example.com"})
	if again.files.temporary != "" {
		t.Error("a kept database is in a temporary directory")
	}
}

// TestDemoReplacesNothing: a configuration that no demo wrote stays as it is.
func TestDemoReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "symbolon.yaml")
	if err := os.WriteFile(config, []byte("base_url: https://auth.example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := startDemo(t.Context(), demoOptions{ports: anyPorts(), database: filepath.Join(dir, "symbolon.db")}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "not a demo's") {
		t.Errorf("error %v", err)
	}
	if content, _ := os.ReadFile(config); !strings.HasPrefix(string(content), "base_url: https://auth") {
		t.Errorf("replaced by:\n%s", content)
	}
}

func TestDemoLeavesNothing(t *testing.T) {
	d, err := startDemo(t.Context(), demoOptions{ports: anyPorts()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	dir := d.files.temporary
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}

func TestDemoBusyPort(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	ports := anyPorts()
	ports.acme.number = taken.Addr().(*net.TCPAddr).Port
	for _, chosen := range []bool{false, true} {
		ports.acme.chosen = chosen
		for _, anyPort := range []bool{false, true} {
			l, err := ports.listen(t.Context(), anyPort)
			if wantErr := chosen || !anyPort; wantErr != (err != nil) || err != nil && !strings.Contains(err.Error(), "--acme-port") {
				t.Errorf("chosen %v, any port %v: error %v", chosen, anyPort, err)
			}
			l.close()
		}
	}
}
