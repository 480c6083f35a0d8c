package deploy

// Overload: who is anonymous is turned away, and who has signed in goes on.

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

// Strangers from thousands of addresses begin logins, open made-up pages and register
// without end. Whoever they let begin is not turned away at any later step: the backend
// posts the user, the browser comes back and decides, the client redeems and refreshes.
func TestOverloadShedsAnonymousRequests(t *testing.T) {
	begun := time.Now()
	n := campaign.NewNode(t, campaign.Settings{More: map[string]any{
		"trusted_proxies": []string{"127.0.0.1"}, "admin": map[string]any{"listen": campaign.FreeAddress(t)},
		"limits": map[string]any{"per_address": map[string]any{"rate": 5, "burst": 10}, "global": map[string]any{"rate": 200, "burst": 400}},
	}})
	n.Up(t)
	ctx, stop := context.WithCancel(t.Context())
	flood := startFlood(ctx, "http://"+n.Address)
	for begun := time.Now(); flood.refused.Load() < 1000; time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > campaign.Patience {
			t.Fatalf("the flood is not refused: %d of %d", flood.refused.Load(), flood.sent.Load())
		}
	}
	people := &spared{RoundTripper: campaign.Dial(n.Address)}
	load := campaign.NewLoad("http://"+n.Address, people)
	load.Workers = 2
	logins := form[int64](15, 500)
	load.Run(ctx, func() bool { return load.Ledger.Logins.Load() < logins })
	stop()
	flood.done.Wait()
	for _, wrong := range load.Ledger.Wrongs() {
		t.Error(wrong)
	}
	for step, n := range people.refusals() {
		if step != "authorize" {
			t.Errorf("%s was refused %d times", step, n)
		}
	}
	if load.Ledger.Logins.Load() < logins {
		t.Errorf("only %d logins", load.Ledger.Logins.Load())
	}
	figures.add(begun, "overload: %d of %d anonymous requests turned away; of %d people who got through authorize none at a later step",
		flood.refused.Load(), flood.sent.Load(), load.Ledger.Logins.Load())
}

// flood is many strangers.
type flood struct {
	sent, refused atomic.Int64
	done          sync.WaitGroup
}

func startFlood(ctx context.Context, base string) *flood {
	f := &flood{}
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	authorize := base + "/resources/res_todo/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {"cli_campaign"}, "redirect_uri": {"http://127.0.0.1:9/callback"},
		"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"},
	}.Encode()
	for i := range 12 {
		f.done.Go(func() {
			for ctx.Err() == nil {
				switch i % 4 {
				case 0:
					f.send(ctx, c, http.MethodPost, base+"/oauth/register", `{"redirect_uris":["http://localhost/callback"],"token_endpoint_auth_method":"none"}`)
				case 1:
					f.send(ctx, c, http.MethodGet, base+"/consent/AAAAAAAAAAAAAAAAAAAAAA", "")
				default:
					f.send(ctx, c, http.MethodGet, authorize, "")
				}
			}
		})
	}
	return f
}

func (f *flood) send(ctx context.Context, c *http.Client, method, target, body string) {
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {fmt.Sprintf("10.%d.%d.%d", rand.IntN(20), rand.IntN(250), rand.IntN(250))}}
	resp, err := c.Do(req)
	if err != nil {
		return // the end
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // for the next request
	f.sent.Add(1)
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		f.refused.Add(1)
	}
}

// spared are honest people from a hundred addresses. It counts what is refused to them,
// by step.
type spared struct {
	http.RoundTripper
	mu   sync.Mutex
	busy map[string]int
}

func (s *spared) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", rand.IntN(100)))
	resp, err := s.RoundTripper.RoundTrip(r)
	if err == nil && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.busy == nil {
			s.busy = map[string]int{}
		}
		step := path.Base(r.URL.Path)
		if strings.HasPrefix(r.URL.Path, "/consent/") {
			step = r.Method + " consent"
		}
		s.busy[step]++
	}
	return resp, err
}

func (s *spared) refusals() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy
}

// timed notes how long answers take.
type timed struct {
	http.RoundTripper
	mu   sync.Mutex
	took []time.Duration
}

func (c *timed) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := time.Now()
	resp, err := c.RoundTripper.RoundTrip(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, time.Since(begun))
	return resp, err
}

// quantiles are the median and the 99th of a hundred.
func (c *timed) quantiles() (median, p99 time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.took)
	if len(c.took) == 0 {
		return 0, 0
	}
	return c.took[len(c.took)/2], c.took[len(c.took)*99/100]
}
