package durability

// The network between a server and its database: cut, so that nothing arrives and
// nothing says so, or slow.

import (
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

func TestFaultNetwork(t *testing.T) {
	cluster := pgtest.New(t)
	for _, fault := range []struct {
		name, what string
		trouble    func(*network)
	}{
		{"cut", "a network that loses everything between server and PostgreSQL", func(n *network) { n.lost.Store(true) }},
		{"slow", "a network that takes 3 s to PostgreSQL", func(n *network) { n.delay.Store(int64(3 * time.Second)) }},
	} {
		t.Run(fault.name, func(t *testing.T) {
			direct := cluster.Database(t)
			between := newNetwork(t, direct)
			x := newTrial(t, campaign.Settings{Database: between.url}, func(n *campaign.Node) { n.Apply(t) })
			x.survives(t, fault.what, mustRefuse, func(*testing.T) func() {
				fault.trouble(between)
				return func() { between.lost.Store(false); between.delay.Store(0) }
			})
			if most := between.most.Load(); most > mostConnections {
				t.Errorf("%d connections at once, for a pool of 10", most)
			}
			t.Logf("at most %d connections at once", between.most.Load())
		})
	}
}

// mostConnections are the ten of a server, and those that it has given up and whose
// end is still on its way.
const mostConnections = 40

// network passes connections on to a PostgreSQL, as long as it is in order.
type network struct {
	url, to string
	lost    atomic.Bool
	delay   atomic.Int64 // nanoseconds, of every piece that passes

	open, most atomic.Int64
	running    sync.WaitGroup
}

// newNetwork listens for connections to a database.
func newNetwork(t *testing.T, database string) *network {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{to: u.Host}
	u.Host = l.Addr().String()
	n.url = u.String()
	n.running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			n.running.Go(func() { n.pass(conn) })
		}
	})
	t.Cleanup(func() {
		n.lost.Store(false)
		_ = l.Close()
		n.running.Wait()
	})
	return n
}

// pass connects both ends until one of them is closed.
func (n *network) pass(near net.Conn) {
	defer near.Close()
	n.most.Store(max(n.most.Load(), n.open.Add(1))) // one too few, now and then, is no matter
	defer n.open.Add(-1)
	far, err := net.Dial("tcp", n.to)
	if err != nil {
		return
	}
	defer far.Close()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			n.copy(way[1], way[0])
			_, _ = near.Close(), far.Close()
		})
	}
	both.Wait()
}

// copy carries what from says to the other end, late or never.
func (n *network) copy(to, from net.Conn) {
	piece := make([]byte, 32<<10)
	for {
		size, err := from.Read(piece)
		if size > 0 && !n.lost.Load() {
			time.Sleep(time.Duration(n.delay.Load()))
			if _, err := to.Write(piece[:size]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
