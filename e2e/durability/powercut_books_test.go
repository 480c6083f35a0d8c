package durability

// What clients were told while a power cut is prepared, and when: the books are kept
// on the wire, beside people who know nothing of it.

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/powercut"
)

// exchange is a request and its answer.
type exchange struct {
	method, path string
	header       http.Header
	form         url.Values
	begun        time.Time
	port         int // of the client
	status       int
	location     string
	answer       map[string]any
	told         int // the event at which its answer began
}

func (x *exchange) says(name string) string {
	s, _ := x.answer[name].(string)
	return s
}

// books are a transport that writes down what passes.
type books struct {
	http.RoundTripper
	mu        sync.Mutex
	exchanges []*exchange
}

// RoundTrip implements [http.RoundTripper].
func (b *books) RoundTrip(r *http.Request) (*http.Response, error) {
	x := &exchange{method: r.Method, path: r.URL.RequestURI(), header: r.Header.Clone(), begun: time.Now()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		x.form, _ = url.ParseQuery(string(body)) // what is no form has no values of interest
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { x.port = c.Conn.LocalAddr().(*net.TCPAddr).Port }}
	resp, err := b.RoundTripper.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(text))
	x.status, x.location = resp.StatusCode, resp.Header.Get("Location")
	_ = json.Unmarshal(text, &x.answer) // pages are no JSON
	b.mu.Lock()
	defer b.mu.Unlock()
	b.exchanges = append(b.exchanges, x)
	return resp, nil
}

// place finds for every exchange the event at which its answer began: the n-th answer
// to a port belongs to the n-th request from there. It reports those it cannot place.
func (b *books) place(r *powercut.Record) (lost int) {
	next := map[int]int{}
	for _, x := range b.exchanges {
		if next[x.port] >= len(r.Answers[x.port]) {
			lost++
			continue
		}
		x.told = r.Answers[x.port][next[x.port]]
		next[x.port]++
	}
	return lost
}

// stage is how far somebody's login has come.
type stage int

const (
	posted stage = iota // the company said who it is
	coded               // there is a code
	live                // there is a refresh token
	ended               // revoked, or ended by a replay
)

// fact is what one answer made true.
type fact struct {
	*exchange
	stage stage
	token string // the code, or the refresh token
}

// history is what one person was told, in order.
type history struct {
	facts    []fact
	callback *exchange // which brings the browser to the consent page
}

// histories sorts the books by person: by what an answer gave and a later request
// presented.
func (b *books) histories() []*history {
	by := map[string]*history{} // callback, consent page, code, refresh token
	var all []*history
	for _, x := range b.exchanges {
		switch {
		case x.status/100 > 3 && x.says("error") != "invalid_grant":
		case strings.Contains(x.path, "/auth-requests/"):
			h := &history{facts: []fact{{x, posted, ""}}}
			all = append(all, h)
			by[pathOf(x.says("redirect_url"))] = h
		case x.method == http.MethodGet && by[x.path] != nil && by[x.path].callback == nil:
			by[x.path].callback = x
			by[pathOf(x.location)] = by[x.path]
		case x.method == http.MethodPost && by[x.path] != nil:
			by[x.path].add(by, x, coded, codeIn(x.location))
		case strings.HasSuffix(x.path, "/oauth/token"):
			if h := by[x.form.Get("code")+x.form.Get("refresh_token")]; h != nil && x.says("error") != "" {
				h.add(by, x, ended, "")
			} else if h != nil {
				h.add(by, x, live, x.says("refresh_token"))
			}
		case strings.HasSuffix(x.path, "/oauth/revoke"):
			if h := by[x.form.Get("token")]; h != nil {
				h.add(by, x, ended, "")
			}
		}
	}
	return all
}

func (h *history) add(by map[string]*history, x *exchange, s stage, token string) {
	h.facts = append(h.facts, fact{x, s, token})
	if token != "" {
		by[token] = h
	}
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

func codeIn(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get("code")
}
