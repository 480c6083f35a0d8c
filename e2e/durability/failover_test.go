package durability

// A primary of PostgreSQL that fails, and its synchronous standby that takes over, under
// load: nothing that was acknowledged is lost, and nobody is told anything but to come
// back.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
)

const (
	// prompt is how soon after the new primary takes writes there are tokens again, and
	// settled how soon nobody is refused any more, who asks then. Both are far more than it
	// takes: the figures tell.
	prompt, settled = time.Second, 2 * time.Second
	// beside is how long an old primary that comes back may stay, before somebody ends it.
	beside = time.Second
)

func TestFailover(t *testing.T) {
	hosts, cut := twoHosts(t)
	if hosts == nil {
		return // it ran elsewhere
	}
	begun := time.Now()
	f := startFailover(t, hosts)
	faults := []fault{killed, stopped, forsaken}
	if cut != nil {
		faults = append(faults, cutOff(cut))
	}
	f.while(t, func() {
		for i := range form(len(faults), 100) {
			f.over(t, faults[i%len(faults)])
		}
	})
	f.judge(t)
	figures.add(begun, "failover of PostgreSQL, three nodes: %s; %s; %s", f.figures(), &f.load.Ledger, f.sees)
}

// fault is how a primary fails.
type fault struct {
	name string
	// fail returns when nothing can be acknowledged any more.
	fail func(*testing.T, *pgtest.Pair)
	// dies is what happens to it at last, just before the promotion; nil for nothing.
	dies func(*testing.T, *pgtest.Pair)
	// comesBack lets it go on, without knowing that there is another, until somebody ends
	// it; nil if it does not.
	comesBack func(*testing.T, *pgtest.Cluster)
}

var (
	killed = fault{name: "killed", fail: func(t *testing.T, p *pgtest.Pair) { p.Primary.Signal(t, syscall.SIGKILL) }}

	stopped = fault{
		name:      "stopped",
		fail:      func(t *testing.T, p *pgtest.Pair) { p.Primary.Signal(t, syscall.SIGSTOP) },
		comesBack: func(t *testing.T, c *pgtest.Cluster) { c.Signal(t, syscall.SIGCONT) },
	}
	// forsaken is a primary whose standby stands still, while somebody cancels whatever
	// waits for it: PostgreSQL then reports success (attack S02).
	forsaken = fault{name: "forsaken", fail: forsake, dies: func(t *testing.T, p *pgtest.Pair) {
		p.Primary.Signal(t, syscall.SIGKILL)
		p.Standby.Signal(t, syscall.SIGCONT)
	}}
)

func forsake(t *testing.T, p *pgtest.Pair) {
	t.Helper()
	p.Standby.Signal(t, syscall.SIGSTOP)
	conn := session(t, p.Primary.URL("postgres"))
	ctx := context.WithoutCancel(t.Context())
	go func() {
		defer conn.Close(ctx)
		for {
			_, err := conn.Exec(ctx, `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
			if err != nil {
				return // the primary has died
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
}

// failover is three nodes on a pair of PostgreSQL servers, and people who log in.
type failover struct {
	pair  *pgtest.Pair
	nodes []*campaign.Node
	load  *campaign.Load
	sees  *witness

	outages map[string][]outage
}

// outage is how long nobody got a token, since the fault and since the new primary took
// writes; and when the last one asked who was refused, since then.
type outage struct{ all, rest, last time.Duration }

func startFailover(t *testing.T, hosts []pgtest.Host) *failover {
	t.Helper()
	f := &failover{pair: pgtest.NewPair(t, hosts[0], hosts[1]), outages: map[string][]outage{}}
	f.nodes, _ = threeNodes(t, f.pair.URL("postgres"))
	var addresses []string
	for _, n := range f.nodes {
		addresses = append(addresses, n.Address)
	}
	f.sees = &witness{next: campaign.Dial(addresses...)}
	f.load = campaign.NewLoad("http://"+f.nodes[0].Address, f.sees)
	return f
}

// while lets people log in, and others read keys and metadata of every node, while
// something happens; then everybody is asked once more.
func (f *failover) while(t *testing.T, happens func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var over atomic.Bool
	var people, readers sync.WaitGroup
	people.Go(func() { f.load.Run(ctx, func() bool { return !over.Load() }) })
	for _, n := range f.nodes {
		readers.Go(func() { f.reads(ctx, "http://"+n.Address) })
	}
	f.sees.issuesAgain(t)
	happens()
	over.Store(true)
	people.Wait()
	f.load.Verify(ctx)
	stop()
	readers.Wait()
}

func (f *failover) reads(ctx context.Context, base string) {
	for ctx.Err() == nil {
		f.sees.mustReadAll(ctx, base)
		time.Sleep(50 * time.Millisecond)
	}
}

// over lets the primary fail, promotes the standby some time later, and makes the old
// primary the new standby.
func (f *failover) over(t *testing.T, by fault) {
	t.Helper()
	by.fail(t, f.pair)
	failed := time.Now()
	time.Sleep(detection())
	if by.dies != nil {
		by.dies(t, f.pair)
	}
	promoting := time.Now()
	f.pair.Promote(t)
	promoted := time.Now()
	f.sees.nothingIssued(t, by.name, failed, promoting)
	f.sees.issuesAgain(t)
	first := f.sees.firstSince(promoted)
	time.Sleep(time.Until(promoted.Add(settled)))
	f.outages[by.name] = append(f.outages[by.name], outage{first.Sub(failed), first.Sub(promoted), f.sees.lastRefused(promoted)})
	if by.comesBack != nil {
		by.comesBack(t, f.pair.Standby)
		time.Sleep(beside)
	}
	f.sees.allServed(t, by.name, promoted.Add(settled), time.Now())
	f.pair.Rejoin(t)
}

func (f *failover) judge(t *testing.T) {
	t.Helper()
	nothingWrong(t, f.load.Ledger.Wrongs())
	nothingWrong(t, f.sees.Wrongs())
	if f.sees.Refused() == 0 {
		t.Error("everything was served: there was no trouble")
	}
	for name, outages := range f.outages {
		for _, o := range outages {
			if o.rest > prompt {
				t.Errorf("primary %s: the first token came %s after the new one took writes", name, o.rest)
			}
		}
	}
}

// figures are the outages, longest and median.
func (f *failover) figures() (s string) {
	for _, name := range []string{"killed", "stopped", "forsaken", "cut off"} {
		of := f.outages[name]
		if len(of) == 0 {
			continue
		}
		if s != "" {
			s += ", "
		}
		s += fmt.Sprintf("primary %s %d× (no token for %s ms, %s ms of them after the promotion; the last who was refused asked %s ms after it)", name, len(of),
			spread(of, func(o outage) time.Duration { return o.all }),
			spread(of, func(o outage) time.Duration { return o.rest }),
			spread(of, func(o outage) time.Duration { return o.last }))
	}
	return s
}

// detection is how long it takes until the standby is promoted. Whoever is quicker than
// the second for which a node trusts what it has read would let it trust a primary that
// is one no more.
func detection() time.Duration {
	return form(1500*time.Millisecond, time.Duration(1500+rand.IntN(4000))*time.Millisecond)
}
