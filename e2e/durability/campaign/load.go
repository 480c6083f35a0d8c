package campaign

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
)

// Load is many people who log in at once, begin again when that fails, and keep the
// books of what they were told.
type Load struct {
	wire
	Ledger  Ledger
	Workers int

	machine atomic.Pointer[string]

	mu   sync.Mutex
	kept []*session
}

// NewLoad returns people who know the server as base and reach it by transport.
func NewLoad(base string, transport http.RoundTripper) *Load {
	return &Load{wire: wire{base: base, http: transport}, Workers: 8}
}

// enough wrongs say what there is to say.
const enough = 20

// Run logs people in while more says so, until ctx ends or too much went wrong.
func (l *Load) Run(ctx context.Context, more func() bool) {
	var people sync.WaitGroup
	for range l.Workers {
		people.Go(func() {
			for more() && ctx.Err() == nil && len(l.Ledger.Wrongs()) < enough {
				l.one(ctx)
			}
		})
	}
	people.Wait()
}

// one is one client: it begins again until it is logged in, and then uses that.
func (l *Load) one(ctx context.Context) {
	ctx, tries := counting(ctx)
	s := l.login(ctx)
	for ; s == nil; s = l.login(ctx) {
		if ctx.Err() != nil || len(l.Ledger.Wrongs()) >= enough {
			return
		}
		l.Ledger.Restarted.Add(1)
		tries.Add(1)
		l.sleep(ctx) // a process that is killed takes a moment to be gone
	}
	s.use(ctx)
	if ctx.Err() != nil {
		return // cut off by the end of the campaign, in a state that nobody knows
	}
	l.Ledger.client(tries.Load())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, s)
}

// Verify asks about everybody once more.
func (l *Load) Verify(ctx context.Context) {
	sessions := make(chan *session)
	var people sync.WaitGroup
	for range l.Workers {
		people.Go(func() {
			for s := range sessions {
				s.verify(ctx)
			}
		})
	}
	for _, s := range l.kept {
		sessions <- s
	}
	close(sessions)
	people.Wait()
}

// Trouble is how much of it the people saw.
func (l *Load) Trouble() (retries, restarted, unavailable, internal int64) {
	return l.retries.Load(), l.Ledger.Restarted.Load(), l.busies.Load(), l.internal.Load()
}

// machineToken is the company's backend's. One serves all.
func (l *Load) machineToken(ctx context.Context) string {
	if t := l.machine.Load(); t != nil {
		return *t
	}
	a := l.again(ctx, http.MethodPost, "/oauth/token", form(), url.Values{
		"grant_type": {"client_credentials"}, "client_id": {backend}, "client_secret": {backendSecret},
	}.Encode(), nil)
	t := a.member("access_token")
	if t != "" {
		l.machine.Store(&t)
	}
	return t
}

// RevokeStranger asks, as the company's backend, to end all that somebody allowed who
// was never here: it changes nothing, and goes the way of what changes much. It reports
// whether that was done.
func (l *Load) RevokeStranger(ctx context.Context) bool {
	return l.once(ctx, http.MethodPost, "/api/v1/connections/conn_acme/users:revoke", http.Header{
		"Authorization": {"Bearer " + l.machineToken(ctx)}, "Content-Type": {"application/json"},
	}, `{"sub":"nobody"}`, nil).ok()
}

// Reachable reports whether anybody answers.
func (l *Load) Reachable(ctx context.Context) bool {
	a := l.once(ctx, http.MethodGet, "/readyz", nil, "", nil)
	return a.ok()
}
