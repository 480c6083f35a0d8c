package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// pause is how long a client waits before it tries again.
const pause = 20 * time.Millisecond

// Balancer reaches several nodes under one name: each connection goes to one of them at
// random, so nothing can rest on a session with a node.
type Balancer struct {
	nodes []string
	http  *http.Transport
}

// Dial returns a Balancer of nodes, by address.
func Dial(nodes ...string) *Balancer {
	b := &Balancer{nodes: nodes}
	b.http = &http.Transport{
		DialContext: b.dial, DisableKeepAlives: len(nodes) > 1, MaxIdleConns: 256, MaxIdleConnsPerHost: 256,
		ResponseHeaderTimeout: Patience,
	}
	return b
}

// RoundTrip implements [http.RoundTripper].
func (b *Balancer) RoundTrip(r *http.Request) (*http.Response, error) { return b.http.RoundTrip(r) }

func (b *Balancer) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, b.nodes[rand.IntN(len(b.nodes))])
}

// answer is what came back, or that nothing did.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (a answer) ok() bool { return a.err == nil && a.status/100 <= 3 }

// silent: no word from the server itself, so it may have done what was asked or not.
// 502 and 504 are a proxy's.
func (a answer) silent() bool {
	return a.err != nil || a.status == http.StatusBadGateway || a.status == http.StatusGatewayTimeout
}

// busy: the server says that it could not, for now. What it was about to commit may
// still have been committed.
func (a answer) busy() bool {
	return a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests
}

// String says in a line what came, without what was secret in it.
func (a answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return fmt.Sprintf("HTTP %d %s %s", a.status, a.member("error"), a.member("error_description"))
}

func (a answer) member(name string) string {
	var o map[string]any
	if json.Unmarshal(a.body, &o) != nil {
		return ""
	}
	s, _ := o[name].(string)
	return s
}

// wire sends requests and counts the trouble.
type wire struct {
	base string
	http http.RoundTripper
	// retries are requests that were sent again, silences those without an answer,
	// busies those that were answered by 503 or 429.
	retries, silences, busies atomic.Int64
	// internal are answers that no trouble excuses: 500 and its like.
	internal atomic.Int64
	// Issued, if set, is told of each access token that was issued, and when it was asked for.
	Issued func(token string, asked time.Time)
}

// once sends a request, and follows no redirect.
func (w *wire) once(ctx context.Context, method, target string, header http.Header, body string, jar http.CookieJar) answer {
	if strings.HasPrefix(target, "/") {
		target = w.base + target
	}
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	maps.Copy(req.Header, header)
	c := http.Client{Transport: w.http, Jar: jar, Timeout: Patience, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	resp, err := c.Do(req)
	if err != nil {
		w.silences.Add(1)
		return answer{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, body: text, err: err}
	switch {
	case a.silent():
		w.silences.Add(1)
	case a.busy():
		w.busies.Add(1)
	case a.status >= 500:
		w.internal.Add(1)
	}
	return a
}

// again sends a request that may be repeated until it is answered or ctx ends.
func (w *wire) again(ctx context.Context, method, target string, header http.Header, body string, jar http.CookieJar) answer {
	for {
		a := w.once(ctx, method, target, header, body, jar)
		if !a.silent() && !a.busy() || !w.sleep(ctx) {
			return a
		}
		w.retried(ctx)
	}
}

// unspent sends a request that counts once. It is repeated only while the server
// cannot have seen it, because there was no connection.
func (w *wire) unspent(ctx context.Context, method, target string, header http.Header, body string, jar http.CookieJar) answer {
	for {
		a := w.once(ctx, method, target, header, body, jar)
		op, dialing := errors.AsType[*net.OpError](a.err)
		if a.err == nil || !dialing || op.Op != "dial" || !w.sleep(ctx) {
			return a
		}
		w.retried(ctx)
	}
}

// counted is the key of a client's count of retries in its context.
type counted struct{}

// counting gives a client's requests a count of their retries.
func counting(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, counted{}, n), n
}

func (w *wire) retried(ctx context.Context) {
	w.retries.Add(1)
	if n, ok := ctx.Value(counted{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}

func (w *wire) sleep(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

func form() http.Header {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
}

// token posts to the token endpoint with send, one of the wire's two manners.
func (w *wire) token(ctx context.Context, send func(context.Context, string, string, http.Header, string, http.CookieJar) answer, pairs ...string) answer {
	v := url.Values{"client_id": {clientID}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	asked := time.Now()
	a := send(ctx, http.MethodPost, issuerPath+"/oauth/token", form(), v.Encode(), nil)
	if token := a.member("access_token"); token != "" && w.Issued != nil {
		w.Issued(token, asked)
	}
	return a
}
