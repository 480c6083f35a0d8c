package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// symbolonBinary is the server that is measured.
var symbolonBinary string

// What the measured company is made of, the same for every server where it can be.
const (
	backend       = "skc_bench"
	backendSecret = "bench-secret-of-the-company-0123456789abcd"
	mcpClient     = "skc_todo"
	machineClient = "cli_machine"
	machineSecret = "bench-secret-of-the-machine-0123456789abcd"
	appClient     = "cli_app"
	redirectURI   = "http://127.0.0.1:9/callback" // nobody listens: the code is read from the redirect
	mcpURL        = "https://mcp.example/todo"
	scope         = "todo:read"
)

// ours are the variants of Symbolon.
func ours() []subject {
	s := func(name, about string, long bool, start func(*bed) (*running, error)) subject {
		return subject{name: name, about: "Symbolon, " + about, long: long, start: start}
	}
	return []subject{
		s("symbolon sqlite", "SQLite, a commit waits for the disk; RS256", false, single("RS256", "sqlite")),
		s("symbolon postgres", "PostgreSQL; RS256", false, single("RS256", "postgres")),
		s("symbolon es256", "SQLite; ES256", true, single("ES256", "sqlite")),
		s("symbolon eddsa", "SQLite; EdDSA", true, single("EdDSA", "sqlite")),
		s("symbolon cluster", "three servers behind HAProxy, PostgreSQL; RS256", true, cluster),
	}
}

// single is one server.
func single(alg, store string) func(*bed) (*running, error) {
	return func(b *bed) (*running, error) {
		database := "sqlite:symbolon.db"
		if store == "postgres" {
			name, err := b.postgres.database()
			if err != nil {
				return nil, err
			}
			database = b.postgres.url(name)
		}
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		n := node{dir: b.dir, address: address, base: "http://" + address, database: database, alg: alg}
		if n.admin, err = freeAddress(); err != nil {
			return nil, err
		}
		if err := n.configure(); err != nil {
			return nil, err
		}
		if store == "postgres" {
			if err := n.command("apply", "--yes").run(); err != nil {
				return nil, err
			}
		}
		p, err := n.command("serve").start()
		if err != nil {
			return nil, err
		}
		r := &running{
			base: n.base, server: []int{p.pid()}, stored: store == "postgres", profile: n.admin,
			operations: symbolonOperations(n.base), stop: func() { p.stop(syscall.SIGTERM) },
		}
		return r, answers(n.base+"/readyz", p)
	}
}

// node is one server's configuration.
type node struct {
	dir, address, admin, base, database, alg string
}

func (n node) command(args ...string) command {
	return command{dir: n.dir, log: "log", args: append(append([]string{symbolonBinary}, args...), "--config", "symbolon.yaml")}
}

func (n node) configure() error {
	plenty := map[string]any{"rate": 1_000_000, "burst": 1_000_000} // all come from one address
	clients := []any{
		map[string]any{
			"id": appClient, "name": "App", "mcp_servers": []string{"res_todo"}, "redirect_uris": []string{redirectURI},
			"token_endpoint_auth_method": "none",
		},
		map[string]any{
			"id": machineClient, "name": "Machine", "mcp_servers": []string{"res_todo"}, "secret": machineSecret,
			"token_endpoint_auth_method": "client_secret_basic", "grant_types": []string{"client_credentials"},
		},
	}
	c := map[string]any{
		"base_url": n.base, "listen": n.address, "database": n.database, "secret_file": "symbolon.secret",
		"admin": map[string]any{"listen": n.admin}, "trusted_proxies": []string{"127.0.0.1"},
		"limits": map[string]any{"per_address": plenty, "global": plenty},
		"api_clients": []any{
			map[string]any{"id": backend, "secret": backendSecret, "connections": []string{"*"}},
			map[string]any{"id": mcpClient, "secret": backendSecret, "role": "resource", "mcp_servers": []string{"*"}},
		},
		"connections": []any{map[string]any{"id": "conn_acme", "name": "Acme", "login_url": "http://127.0.0.1:9/login"}},
		"mcp_servers": []any{map[string]any{
			"id": "res_todo", "name": "Acme Todo", "url": mcpURL, "connection": "conn_acme", "signing_alg": n.alg,
			"dynamic_registration": true,
			"scopes":               []any{map[string]any{"name": scope, "description": "Read your to-dos"}},
		}},
		"clients": clients,
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	files := map[string]string{"symbolon.yaml": string(text), "symbolon.secret": "bench-master-secret-0123456789abcdefghijklmn\n"}
	for name := range maps.Keys(files) {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(files[name]), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// answers waits until a server that was started says that it is ready.
func answers(url string, p *process) error {
	c := http.Client{Timeout: 2 * time.Second}
	var last error
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := c.Get(url)
		if err != nil {
			last = err
		} else {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			last = fmt.Errorf("HTTP %s", resp.Status)
		}
		if syscall.Kill(p.pid(), 0) != nil || zombie(p.pid()) {
			break
		}
	}
	return fmt.Errorf("it did not start: %w\n%s", last, tail(p.log))
}

// zombie: it has ended, and nobody has asked how.
func zombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || zombieStat(string(text))
}
