package durability

// What must hold in any trouble: keys and metadata are read, whatever else cannot be
// done is answered by 503 with Retry-After, nothing hangs, nothing that was
// acknowledged is lost, and when the trouble ends, everything goes on.

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

// trial is people who log in at a server that gets into trouble.
type trial struct {
	node *campaign.Node
	load *campaign.Load
	sees *witness

	managed atomic.Int64 // what a backend did beside
}

// newTrial starts a node for it, after the steps.
func newTrial(t *testing.T, s campaign.Settings, before ...func(*campaign.Node)) *trial {
	t.Helper()
	admin := campaign.FreeAddress(t)
	s.More = map[string]any{"admin": map[string]any{"listen": admin}}
	n := campaign.NewNode(t, s)
	for _, step := range before {
		step(n)
	}
	n.Up(t)
	x := &trial{node: n, sees: &witness{next: campaign.Dial(n.Address), admin: "http://" + admin}}
	x.load = campaign.NewLoad("http://"+n.Address, x.sees)
	return x
}

// effect is what trouble does to people.
type effect bool

const (
	mayServe   effect = false // they may notice nothing
	mustRefuse effect = true  // some of them are told to come back
)

// survives lets people log in, makes trouble for a while, and ends it; then everybody
// is asked once more. The figure is what was seen of it.
func (x *trial) survives(t *testing.T, what string, e effect, trouble func(*testing.T) (end func())) {
	t.Helper()
	begun := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var over atomic.Bool
	var people, readers sync.WaitGroup
	people.Go(func() { x.load.Run(ctx, func() bool { return !over.Load() }) })
	readers.Go(func() { x.reads(ctx) })
	readers.Go(func() { x.manages(ctx) })
	x.sees.issuesAgain(t)
	end := trouble(t)
	time.Sleep(form(2500*time.Millisecond, 20*time.Second))
	end()
	normal := x.sees.issuesAgain(t)
	over.Store(true)
	people.Wait()
	x.load.Verify(ctx)
	stop()
	readers.Wait()
	nothingWrong(t, x.load.Ledger.Wrongs())
	nothingWrong(t, x.sees.Wrongs())
	if x.managed.Load() == 0 {
		t.Error("the company's backend could never do anything")
	}
	if refused := x.sees.Refused(); e == mustRefuse && refused == 0 {
		t.Error("everything was served: there was no trouble")
	}
	figures.add(begun, "%s: %s; %s; normal again after %d ms", what, &x.load.Ledger, x.sees, normal.Milliseconds())
}

// reads what must be readable whatever happens, and how the process does.
func (x *trial) reads(ctx context.Context) {
	base := "http://" + x.node.Address
	for ctx.Err() == nil {
		x.sees.mustReadAll(ctx, base)
		x.sees.measure(ctx)
		time.Sleep(50 * time.Millisecond)
	}
}

// manages does what a company's backend does now and then.
func (x *trial) manages(ctx context.Context) {
	for ctx.Err() == nil {
		if x.load.RevokeStranger(ctx) {
			x.managed.Add(1)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// witness is a transport that looks at what passes.
type witness struct {
	next  http.RoundTripper
	admin string

	issued atomic.Int64 // when the last token was, in Unix nanoseconds

	mu                 sync.Mutex
	wrongs             []string
	refusals, tokens   []answered
	slowest            time.Duration
	goroutines, memory float64 // the most there were
}

func (w *witness) wrong(format string, a ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrongs = append(w.wrongs, fmt.Sprintf(format, a...))
}

// Wrongs are all that must not be.
func (w *witness) Wrongs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wrongs
}

// Refused is how many were told to come back.
func (w *witness) Refused() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.refusals)
}

// String is what was seen.
func (w *witness) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := fmt.Sprintf("%d answers 503 with Retry-After, the slowest answer took %d ms", len(w.refusals), w.slowest.Milliseconds())
	if w.goroutines > 0 {
		seen += fmt.Sprintf(", at most %.0f goroutines and %.0f MB", w.goroutines, w.memory/(1<<20))
	}
	return seen
}

// RoundTrip implements [http.RoundTripper].
func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := time.Now()
	resp, err := w.next.RoundTrip(r)
	took := time.Since(begun)
	switch {
	case r.Context().Err() != nil:
		return resp, err
	case err != nil:
		w.wrong("%s %s: no answer after %s: %v", r.Method, r.URL.Path, took, err)
		return resp, err
	case resp.StatusCode == http.StatusOK && r.Method == http.MethodPost && r.URL.Path == "/resources/res_todo/oauth/token":
		w.issued.Store(begun.UnixNano())
		w.keep(&w.tokens, r, begun, took)
	case resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") == "":
		w.wrong("%s %s: 503 without Retry-After", r.Method, r.URL.Path)
	case resp.StatusCode >= 500 && resp.StatusCode != http.StatusServiceUnavailable:
		w.wrong("%s %s: %s", r.Method, r.URL.Path, resp.Status)
	}
	if resp.StatusCode == http.StatusServiceUnavailable {
		w.keep(&w.refusals, r, begun, took)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slowest = max(w.slowest, took)
	return resp, err
}

func (w *witness) keep(in *[]answered, r *http.Request, begun time.Time, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*in = append(*in, answered{begun, begun.Add(took), r.Method + " " + r.URL.Path})
}

// issuesAgain waits until a token was issued to a request that began from now on, and
// returns how long that took.
func (w *witness) issuesAgain(t *testing.T) time.Duration {
	t.Helper()
	from := time.Now()
	for w.issued.Load() < from.UnixNano() {
		if time.Since(from) > campaign.Patience {
			t.Fatalf("no token was issued within %s; %v", campaign.Patience, w.Wrongs())
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(from)
}
