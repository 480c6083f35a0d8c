// Package pgtest runs a real PostgreSQL for tests: a cluster in a temporary
// directory, on a socket there and a port of the loopback interface, with
// everything that makes it durable switched on.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	host     Host
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
	c, err := place(Host{Address: loopback})
	if err != nil {
		return nil, err
	}
	if err := c.prepare(); err != nil {
		c.remove()
		return nil, err
	}
	return c, nil
}

const loopback = "127.0.0.1"

// place makes room for a cluster.
func place(host Host) (c *Cluster, err error) {
	c = &Cluster{host: host}
	if c.bin, err = find(); err != nil {
		return nil, err
	}
	if c.user, err = unprivileged(); err != nil {
		return nil, err
	}
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "pgtest"); err != nil {
		return nil, err
	}
	if err := c.user.own(c.dir); err != nil {
		return nil, errors.Join(err, os.Remove(c.dir))
	}
	return c, nil
}

func (c *Cluster) prepare() error {
	if err := c.run("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"); err != nil {
		return err
	}
	const settings = "fsync = on\nsynchronous_commit = on\nmax_connections = 300\nshared_buffers = 64MB\n"
	if err := appendTo(filepath.Join(c.data(), "postgresql.conf"), settings); err != nil {
		return err
	}
	if err := c.start(); err != nil {
		return err
	}
	var err error
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

// freePort is a port that nobody listens on, and not one of those that connections get:
// a server that is started again must find it free.
func freePort() (port int, err error) {
	for range 100 {
		port = 20000 + rand.IntN(10000)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// run runs one of PostgreSQL's programs, as a user whom PostgreSQL accepts.
func (c *Cluster) run(program string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := c.command(ctx, append([]string{filepath.Join(c.bin, program)}, args...))
	cmd.Dir = c.dir
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
	err := c.run("pg_ctl", "start", "-w", "-D", c.data(), "-l", c.log(), "-o", c.startOptions())
	if err != nil {
		said, _ := os.ReadFile(c.log())
		err = fmt.Errorf("%w\n%s", err, said[max(0, len(said)-2000):])
	}
	return err
}

func (c *Cluster) log() string { return filepath.Join(c.dir, "log") }

func (c *Cluster) startOptions() string {
	return fmt.Sprintf("-c port=%d -c listen_addresses=%s -c unix_socket_directories=%s", c.port, c.host.Address, c.dir)
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
		Host: c.address(), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (c *Cluster) address() string { return net.JoinHostPort(c.host.Address, strconv.Itoa(c.port)) }

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

// text asks for one value, "" if there is no row.
func (c *Cluster) text(ctx context.Context, query string) (value string, err error) {
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	results, err := conn.PgConn().Exec(ctx, query).ReadAll()
	if err != nil || len(results[0].Rows) == 0 {
		return "", err
	}
	return string(results[0].Rows[0][0]), nil
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
