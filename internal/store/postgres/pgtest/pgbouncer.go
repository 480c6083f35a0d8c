package pgtest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Pooled starts a PgBouncer in transaction mode in front of the cluster, and returns
// the URL of database through it. Each transaction may meet another connection of the
// server: nothing that belongs to a session lasts. It ends with the test; a machine
// without PgBouncer skips the test, since PgBouncer is no part of PostgreSQL.
func (c *Cluster) Pooled(tb testing.TB, database string) string {
	tb.Helper()
	bin, err := exec.LookPath("pgbouncer")
	if err != nil {
		if bin = "/usr/sbin/pgbouncer"; !exists(bin) {
			tb.Skip("PgBouncer is not on this machine; on Debian: apt install pgbouncer")
		}
	}
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	dir, err := os.MkdirTemp(c.dir, "pgbouncer")
	if err != nil {
		tb.Fatal(err)
	}
	config := filepath.Join(dir, "pgbouncer.ini")
	settings := fmt.Sprintf(`[databases]
* = host=127.0.0.1 port=%d user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout,default_transaction_isolation
`, c.port, port)
	if err := os.WriteFile(config, []byte(settings), 0o644); err != nil {
		tb.Fatal(err)
	}
	if err := c.user.own(dir); err != nil {
		tb.Fatal(err)
	}
	c.runUntilTheEnd(tb, exec.Command(bin, config), filepath.Join(dir, "log"))
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	awaitPort(tb, address, filepath.Join(dir, "log"))
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	u.Host = address
	return u.String()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// runUntilTheEnd runs a program as the cluster's user and kills it after the test.
func (c *Cluster) runUntilTheEnd(tb testing.TB, cmd *exec.Cmd, log string) {
	tb.Helper()
	cmd.Dir = c.dir
	c.user.become(cmd)
	out, err := os.Create(log)
	if err != nil {
		tb.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // how a killed process ends says nothing
		_ = out.Close()
	})
}

func awaitPort(tb testing.TB, address, log string) {
	tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return
		}
	}
	said, _ := os.ReadFile(log)
	tb.Fatalf("nothing answers on %s: %s", address, strings.TrimSpace(string(said)))
}
