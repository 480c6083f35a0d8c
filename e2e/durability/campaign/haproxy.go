package campaign

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Proxy is a running HAProxy in front of three nodes, with the configuration that is
// shipped.
type Proxy struct {
	Address string

	mu  sync.Mutex
	log bytes.Buffer
}

// StartProxy starts HAProxy on address; it ends with the test.
func StartProxy(t *testing.T, address string, nodes []*Node) *Proxy {
	t.Helper()
	program, err := exec.LookPath("haproxy")
	if err != nil {
		program = "/usr/sbin/haproxy" // not on everybody's PATH
	}
	file, err := filepath.Abs("../../deploy/haproxy.cfg")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: address}
	cmd := exec.Command(program, "-db", "-f", file)
	cmd.Stdout, cmd.Stderr = p, p
	cmd.Env = append(os.Environ(), "SYMBOLON_BIND="+address)
	for i, n := range nodes {
		cmd.Env = append(cmd.Env, fmt.Sprintf("SYMBOLON_NODE_%d=%s", i+1, n.Address))
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("HAProxy is missing (%v): run e2e/durability/setup", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		_ = cmd.Wait()                          // how a stopped program ends says nothing
		if t.Failed() {
			t.Logf("HAProxy said:\n%.20000s", p.Log())
		}
	})
	return p
}

// Write takes HAProxy's output.
func (p *Proxy) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

// Log is what HAProxy wrote so far.
func (p *Proxy) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}
