package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is a running "symbolon serve".
type server struct {
	base  string
	file  string         // its configuration
	roots *x509.CertPool // nil without TLS
	log   *output
}

// startServer runs the binary on c.BaseURL until the test ends. Its database and
// secret live in a temporary directory.
func startServer(t *testing.T, c config) *server {
	t.Helper()
	binary := serverBinary(t)
	dir := t.TempDir()
	c.Database, c.SecretFile = "sqlite:symbolon.db", "symbolon.secret"
	c.APIClients = append(c.APIClients, backend{ID: apiClient, Secret: apiSecret, Connections: []string{"*"}})
	file, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "symbolon.yaml")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}

	s := &server{base: c.BaseURL, file: path, log: &output{}}
	if c.TLS != nil {
		s.roots = rootsFrom(t, c.TLS.CertFile)
	}
	cmd := exec.Command(binary, "serve", "--config", path)
	cmd.Dir = dir
	if c.roots != "" {
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+c.roots, "SSL_CERT_DIR=/nonexistent")
	}
	run(t, cmd, s.log)
	t.Cleanup(func() { s.log.holdsNoSecret(t) })
	s.waitReady(t)
	return s
}

func serverBinary(t *testing.T) string {
	t.Helper()
	name := os.Getenv("SYMBOLON_BIN")
	if name == "" {
		name = "../bin/symbolon"
	}
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("there is no server to test (%v): run \"make build\", or \"make e2e\" for everything", err)
	}
	return path
}

func (s *server) waitReady(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.http().Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the server did not become ready: %v\n%s", err, s.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// http returns a client that trusts the server and follows no redirect.
func (s *server) http() *http.Client {
	return &http.Client{
		Timeout:       20 * time.Second,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// run starts a program, ends it with the test and shows its output if that failed.
func run(t *testing.T, cmd *exec.Cmd, out *output) {
	t.Helper()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", cmd.Path, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		stuck := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer stuck.Stop()
		_ = cmd.Wait() // how a stopped program ends says nothing
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), out)
		}
	})
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// output is what a program prints, read while it runs.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// What must not be in a log: codes, refresh tokens, JWTs, verifiers.
var secretShapes = regexp.MustCompile(`sy[cr]_[A-Za-z0-9_-]{8}|eyJ[A-Za-z0-9_-]{10}|req_[A-Za-z0-9_-]{30}|lri_[A-Za-z0-9_-]{8}`)

func (o *output) holdsNoSecret(t *testing.T) {
	log := o.String()
	if found := secretShapes.FindString(log); found != "" {
		t.Errorf("the server logged %q", found[:8]+"…")
	}
	if strings.Contains(log, apiSecret) {
		t.Error("the server logged an API client's secret")
	}
}
