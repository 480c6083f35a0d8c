//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Pair is a primary and its synchronous standby, and whoever manages them: it promotes
// the standby and makes the old primary the new standby. It holds what any manager must:
//
//   - A server that is promoted was synchronous, so it has all that was acknowledged.
//   - A primary that lost its standby goes on naming it in synchronous_standby_names: it
//     acknowledges nothing, and needs nobody who tells it so.
//   - The new primary waits for nobody at first, and for its standby as soon as that one
//     has caught up. Only then may there be another failover.
type Pair struct {
	Primary, Standby *Cluster
}

// patience bounds every wait for a server.
const patience = 30 * time.Second

// NewPair starts a pair, a server on each host. It ends with the test.
func NewPair(tb testing.TB, primary, standby Host) *Pair {
	tb.Helper()
	p := &Pair{member(tb, primary), member(tb, standby)}
	if err := p.Primary.preparePrimary(); err != nil {
		tb.Fatal(err)
	}
	p.Rejoin(tb)
	return p
}

// Loopback is the host of a server in a pair that is here.
var Loopback = Host{Address: loopback}

func member(tb testing.TB, h Host) *Cluster {
	tb.Helper()
	c, err := place(h)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.remove)
	tb.Cleanup(func() { c.Signal(tb, syscall.SIGCONT) }) // one that is stopped cannot be removed
	return c
}

func (c *Cluster) preparePrimary() error {
	if err := c.prepare(); err != nil {
		return err
	}
	// Whoever can reach the servers of a test belongs to it.
	return errors.Join(
		appendTo(filepath.Join(c.data(), "pg_hba.conf"), "host all all all trust\nhost replication all all trust\n"),
		appendTo(filepath.Join(c.data(), "postgresql.conf"), "wal_keep_size = 512MB\nwal_sender_timeout = 5s\nwal_receiver_timeout = 5s\n"),
		c.run("pg_ctl", "restart", "-w", "-D", c.data(), "-m", "fast", "-l", c.log(), "-o", c.startOptions()),
	)
}

// URL addresses a database on whichever of the two takes writes. The one that is the
// standby now comes first.
func (p *Pair) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User("postgres"), Path: "/" + database, RawQuery: "sslmode=disable",
		Host: p.Standby.address() + "," + p.Primary.address(),
	}
	return u.String()
}

// Promote makes the standby the primary, and returns when it takes writes. Call it only
// after Rejoin.
func (p *Pair) Promote(tb testing.TB) {
	tb.Helper()
	if err := p.Standby.run("pg_ctl", "promote", "-w", "-D", p.Standby.data()); err != nil {
		tb.Fatal(err)
	}
	p.Primary, p.Standby = p.Standby, p.Primary
}

// Rejoin makes the standby anew, from the primary as it is: a server that was a primary
// may have what nobody else has. It returns when no COMMIT succeeds without it.
func (p *Pair) Rejoin(tb testing.TB) {
	tb.Helper()
	s := p.Standby
	s.Signal(tb, syscall.SIGKILL)
	if err := errors.Join(os.RemoveAll(s.data()), p.copyTo(s), s.start()); err != nil {
		tb.Fatal(err)
	}
	if s.guard == nil {
		var err error
		if s.guard, err = s.watch(); err != nil {
			tb.Fatal(err)
		}
	}
	p.protect(tb)
}

func (p *Pair) copyTo(s *Cluster) error {
	conninfo := fmt.Sprintf("host=%s port=%d user=postgres application_name=%s", p.Primary.host.Address, p.Primary.port, s.name())
	if err := s.run("pg_basebackup", "-D", s.data(), "-d", conninfo, "-X", "stream", "-c", "fast", "-R", "--no-sync"); err != nil {
		return err
	}
	// The primary's: the standby would wait for itself when it is promoted.
	return appendTo(filepath.Join(s.data(), "postgresql.auto.conf"), "synchronous_standby_names = ''\n")
}

// name is what a server is called in synchronous_standby_names.
func (c *Cluster) name() string { return fmt.Sprint("server_", c.port) }

// protect lets every COMMIT wait for the standby, and returns when it has all that was
// committed before that held.
func (p *Pair) protect(tb testing.TB) {
	tb.Helper()
	here := p.Primary.URL("postgres")
	p.Primary.Exec(tb, here, `ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (`+p.Standby.name()+`)'`)
	p.Primary.Exec(tb, here, `SELECT pg_reload_conf()`)
	p.await(tb, `SELECT sync_state = 'sync' FROM pg_stat_replication WHERE application_name = '`+p.Standby.name()+`'`)
	time.Sleep(300 * time.Millisecond) // the process that tells the others of the setting shows it nowhere
	position := p.ask(tb, `SELECT pg_current_wal_lsn()::text`)
	p.await(tb, `SELECT flush_lsn >= '`+position+`'::pg_lsn FROM pg_stat_replication WHERE application_name = '`+p.Standby.name()+`'`)
}

// await returns when a question to the primary is answered by true.
func (p *Pair) await(tb testing.TB, question string) {
	tb.Helper()
	for begun := time.Now(); p.ask(tb, question) != "t"; time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > patience {
			log, _ := os.ReadFile(p.Standby.log())
			tb.Fatalf("never true: %s; the standby says: %s", question, log)
		}
	}
}

// ask returns the first column of the first row, "" if there is none.
func (p *Pair) ask(tb testing.TB, question string) string {
	tb.Helper()
	answer, err := p.Primary.text(tb.Context(), question)
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(answer)
}
