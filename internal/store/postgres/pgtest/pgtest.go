// Package pgtest runs a real PostgreSQL for tests: a cluster in a temporary
// directory, on a socket there and a port of the loopback interface, with
// everything that makes it durable switched on.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a running PostgreSQL.
type Cluster struct {
	bin, dir string
	port     int
	user     *account
	// guard ends the server when this process is gone, however it ends.
	guard *guard
}

var shared struct {
	sync.Mutex
	cluster *Cluster
	err     error
}

// Main runs the tests of a package and then stops the cluster that they used. It
// is for a TestMain that does nothing else.
func Main(m *testing.M) {
	code := m.Run()
	shared.Lock()
	if shared.cluster != nil {
		shared.cluster.remove()
	}
	os.Exit(code)
}

// Shared returns the cluster of this test process, starting it on first use. A
// test that stops it must not be parallel, and must start it again. Without
// PostgreSQL on the machine a test fails: what was not tested does not work.
func Shared(tb testing.TB) *Cluster {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil && shared.err == nil {
		shared.cluster, shared.err = create()
	}
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.cluster
}

// New starts a cluster that is this test's own, and is gone when the test ends.
func New(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := create()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.remove)
	return c
}

// create makes a cluster and starts it.
func create() (*Cluster, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin}
	if c.user, err = unprivileged(); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "pgtest"); err != nil {
		return nil, err
	}
	if err := c.prepare(); err != nil {
		c.remove()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) prepare() error {
	if err := c.user.own(c.dir); err != nil {
		return err
	}
	if err := c.run("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	c.port = port
	settings := fmt.Sprintf("port = %d\nunix_socket_directories = '%s'\nlisten_addresses = '127.0.0.1'\n"+
		"fsync = on\nsynchronous_commit = on\nmax_connections = 300\nshared_buffers = 64MB\n", port, c.dir)
	if err := appendTo(filepath.Join(c.data(), "postgresql.conf"), settings); err != nil {
		return err
	}
	if err := c.start(); err != nil {
		return err
	}
	c.guard, err = c.watch()
	return err
}

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// find returns the directory of PostgreSQL's programs: on the PATH, or where
// Debian puts the newest.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("these tests need PostgreSQL (initdb, pg_ctl) on this machine, and found none on the PATH or in /usr/lib/postgresql; on Debian: apt install postgresql")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// run runs one of PostgreSQL's programs, as a user whom PostgreSQL accepts.
func (c *Cluster) run(program string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), args...)
	cmd.Dir = c.dir
	c.user.become(cmd)
	out, err := os.CreateTemp(c.dir, program)
	if err != nil {
		return err
	}
	defer out.Close()
	// Not a pipe: the server inherits it and would keep it open.
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("pgtest: %s: %w: %s", program, err, strings.TrimSpace(string(said)))
	}
	return nil
}

func (c *Cluster) start() error {
	return c.run("pg_ctl", "start", "-w", "-D", c.data(), "-l", filepath.Join(c.dir, "log"))
}

// Start starts the cluster after Stop, and returns when it answers.
func (c *Cluster) Start(tb testing.TB) {
	tb.Helper()
	if err := c.start(); err != nil {
		tb.Fatal(err)
	}
}

// Stop ends the server: "fast" closes connections and writes everything out;
// "immediate" is as good as a crash.
func (c *Cluster) Stop(tb testing.TB, mode string) {
	tb.Helper()
	if err := c.run("pg_ctl", "stop", "-w", "-m", mode, "-D", c.data()); err != nil {
		tb.Fatal(err)
	}
}

func (c *Cluster) remove() {
	c.guard.dismiss()
	if _, err := os.Stat(c.dir); err != nil {
		return // the guard has done it
	}
	_ = c.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", c.data())
	_ = os.RemoveAll(c.dir)
}

// URL addresses a database of the cluster.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User("postgres"),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

var serial atomic.Int64

// Database makes an empty database and returns its URL. It is dropped when the
// test ends.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	name := "test_" + strconv.FormatInt(serial.Add(1), 10)
	c.Exec(tb, c.URL("postgres"), `CREATE DATABASE `+name)
	tb.Cleanup(func() { c.Exec(tb, c.URL("postgres"), `DROP DATABASE `+name+` WITH (FORCE)`) })
	return c.URL(name)
}

// Exec runs SQL, of one or several statements, on a connection of its own.
func (c *Cluster) Exec(tb testing.TB, databaseURL, query string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.PgConn().Exec(ctx, query).ReadAll(); err != nil {
		tb.Fatal(err)
	}
}
