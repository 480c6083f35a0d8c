package deploy

// H11: clients that take their time, and thousands of them.

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

// How long the server waits: docs/operations.md says so, and serve.go.
const (
	headerTime  = 10 * time.Second
	requestTime = 30 * time.Second
	idleTime    = 2 * time.Minute
	leeway      = 10 * time.Second // of a busy machine
)

// slow is a way to keep a server waiting.
type slow struct {
	first string        // what is sent at once
	drip  string        // and then, again and again
	limit time.Duration // until the server ends it
	long  bool          // too long for the short form
}

// unread are requests whose answers nobody reads, more than buffers hold.
var unread = strings.Repeat("GET /keys HTTP/1.1\r\nHost: x\r\n\r\n", 20_000)

var slowWays = map[string]slow{
	"header":        {first: "GET /keys HTTP/1.1\r\n", drip: "X-A: b\r\n", limit: headerTime},
	"nothing":       {limit: headerTime},
	"body":          {first: post("/oauth/token", "application/x-www-form-urlencoded"), drip: "a", limit: requestTime},
	"registration":  {first: post("/oauth/register", "application/json"), drip: " ", limit: requestTime},
	"POST":          {first: post("/oauth/authorize", "application/x-www-form-urlencoded"), drip: "a", limit: requestTime},
	"reading":       {first: unread, limit: 3 * requestTime}, // from when the buffers are full
	"HTTP/2 silent": {first: http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00", limit: idleTime, long: true},
	"HTTP/2 head":   {first: http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00" + "\x00\x40\x00\x01\x00\x00\x00\x00\x01", drip: "\x00", limit: idleTime, long: true},
}

func post(path, contentType string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 60000\r\n\r\n", path, contentType)
}

// While hundreds (thousands, in the long form) of connections of all these kinds are open,
// honest people log in; each slow one is ended at its time.
func TestAttackH11_slow_clients(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	n := campaign.NewNode(t, campaign.Settings{})
	n.Up(t)
	before := memory(t, n.PID(), "VmRSS")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	var open, over atomic.Int64
	total := int64(0)
	each := form(100, 700) // 508 altogether, or 5,000
	for name, way := range slowWays {
		if way.long && !soak {
			continue
		}
		count := each
		if way.first == unread { // a thousand of them were a flood, and no slow clients
			count = form(8, 100)
		}
		total += int64(count)
		for range count {
			clients.Go(func() {
				conn, err := net.Dial("tcp", n.Address)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				defer conn.Close()
				open.Add(1)
				lasted := way.last(ctx, conn)
				open.Add(-1)
				over.Add(1)
				if lasted > way.limit+leeway {
					t.Errorf("%s: open for %v, and %v are allowed", name, lasted, way.limit)
				}
			})
		}
	}
	for arrived := time.Now(); open.Load()+over.Load() < total && time.Since(arrived) < campaign.Patience; {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Second)
	most := open.Load()
	people := &timed{RoundTripper: campaign.Dial(n.Address)}
	load := campaign.NewLoad("http://"+n.Address, people)
	load.Workers = 2
	until := time.Now().Add(form(5*time.Second, time.Minute))
	load.Run(ctx, func() bool { return time.Now().Before(until) })
	for _, wrong := range load.Ledger.Wrongs() {
		t.Error(wrong)
	}
	if retries, restarted, busy, internal := load.Trouble(); load.Ledger.Logins.Load() < 5 || retries+restarted+busy+internal > 0 {
		t.Errorf("%d logins, %d retries, %d begun again, %d × 503, %d × 500", load.Ledger.Logins.Load(), retries, restarted, busy, internal)
	}
	typical, worst := people.quantiles()
	if typical > 2*time.Second {
		t.Errorf("half of the honest requests took more than %v", typical)
	}
	peak := memory(t, n.PID(), "VmRSS") - before
	clients.Wait()
	figures.add(begun, "H11: %d slow connections, %d KB of memory for each; %d people logged in meanwhile, an answer took %v (median), %v (p99); all slow ones were ended in time",
		most, peak>>10/int(max(most, 1)), load.Ledger.Logins.Load(), typical.Round(time.Millisecond), worst.Round(time.Millisecond))
}

// last is how long the server bears it.
func (s slow) last(ctx context.Context, conn net.Conn) time.Duration {
	begun := time.Now()
	ended := make(chan struct{})
	if s.first != unread {
		go func() { // an answer, such as 408, is read as well
			defer close(ended)
			_, _ = io.Copy(io.Discard, conn)
		}()
	} else {
		go func() {
			defer close(ended)
			_, _ = io.WriteString(conn, s.first) // until the server reads no more, and then ends it
			for {                                // nothing is read; a write finds the end
				if _, err := io.WriteString(conn, "G"); err != nil {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		}()
	}
	drip := time.NewTicker(time.Second)
	defer drip.Stop()
	if s.first != unread {
		_, _ = io.WriteString(conn, s.first)
	}
	for {
		select {
		case <-ended:
			return time.Since(begun)
		case <-ctx.Done():
			return 0
		case <-drip.C:
			if s.drip != "" {
				_, _ = io.WriteString(conn, s.drip)
			}
		}
		if time.Since(begun) > s.limit+2*leeway {
			return time.Since(begun)
		}
	}
}

// However many connect, the server has so many connections at a time; silent ones give way
// to those that come.
func TestConnectionsHaveTheirBound(t *testing.T) {
	t.Parallel()
	const bound, many = 8192, 8192 + 500
	begun := time.Now()
	n := campaign.NewNode(t, campaign.Settings{})
	n.Up(t)
	before := memory(t, n.PID(), "VmRSS")
	for range many {
		conn, err := net.Dial("tcp", n.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	files, grown := 0, 0
	load := campaign.NewLoad("http://"+n.Address, campaign.Dial(n.Address))
	answered := make(chan bool)
	go func() { answered <- load.Keys(t.Context()) }()
	for waiting := true; waiting; {
		select {
		case ok := <-answered:
			if waiting = false; !ok {
				t.Error("who came last was not served")
			}
		case <-time.After(100 * time.Millisecond):
		}
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", n.PID()))
		if err != nil {
			t.Fatal(err)
		}
		files = max(files, len(entries))
		grown = max(grown, memory(t, n.PID(), "VmRSS")-before)
	}
	if files > bound+100 || files < bound/2 {
		t.Errorf("%d files are open", files)
	}
	figures.add(begun, "connections: %d connected, the server had %d files open and took %d MB more; who came last was served when silent ones had given way", many, files, grown>>20)
}
