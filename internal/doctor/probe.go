package doctor

// One request: bounded, counted, never redirected, never sent into a network that
// the target is not part of.

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

const (
	// MaxRequests bounds an examination: it must not be a load test.
	MaxRequests = 60
	// requestTimeout is how long clients in the wild wait.
	requestTimeout = 10 * time.Second
	// maxBody bounds an answer; the longest honest one, a key set, has some kilobytes.
	maxBody = 1 << 20
)

var (
	errBudget  = fmt.Errorf("not asked: an examination sends at most %d requests", MaxRequests)
	errPrivate = errors.New("the address is private or special")
	errMoved   = errors.New("the name leads to a public address now, and led to a private one before")
	errClear   = errors.New("http leaves this machine in clear")
	errTooLong = errors.New("the answer is longer than 1 MB")
	errSilent  = errors.New("not asked: this host did not answer in time twice")
)

// prober sends the requests of one examination.
type prober struct {
	http *http.Client
	now  func() time.Time
	sent int
	// local: the target itself is at a private address, so private ones are part of
	// what is examined.
	local bool
	// silent counts by host how often no answer came in time: whoever waits for a server
	// that hangs must not wait for all of the requests.
	silent map[string]int
}

// response is an answer with what it came by. Err is why there is none.
type response struct {
	knownclients.Answer
	URL  string
	Err  error
	TLS  *tls.ConnectionState
	Time time.Time // when it arrived
}

func (r response) found() bool      { return r.Status >= 200 && r.Status < 300 }
func (r response) redirected() bool { return r.Status >= 300 && r.Status < 400 }

// says is how an answer is shown in a finding.
func (r response) says() string {
	switch {
	case r.Err != nil:
		return clean(r.Err.Error())
	case r.redirected():
		return fmt.Sprintf("HTTP %d to %s", r.Status, clean(r.Header.Get("Location")))
	default:
		return fmt.Sprintf("HTTP %d %s", r.Status, clean(r.Header.Get("Content-Type")))
	}
}

func newProber(ctx context.Context, target *url.URL, roots *x509.CertPool, now func() time.Time) *prober {
	p := &prober{now: now, silent: map[string]int{}}
	var linkLocal bool
	p.local, linkLocal = privateHost(ctx, target.Hostname())
	dialer := &net.Dialer{Timeout: requestTimeout, Control: onlyPublic}
	switch {
	case linkLocal:
		dialer.Control = nil
	case p.local:
		dialer.Control = notLinkLocal
	}
	// A name that was private when it was looked up stays so: whoever can answer otherwise
	// later would have the doctor read his documents, and go wherever they say.
	own := &net.Dialer{Timeout: requestTimeout, Control: onlyPrivate}
	p.http = &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				host, _, err := net.SplitHostPort(address)
				if err == nil && p.local && strings.EqualFold(host, target.Hostname()) {
					return own.DialContext(ctx, network, address)
				}
				return dialer.DialContext(ctx, network, address)
			},
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, Time: now},
			// A proxy would connect for us, past the guard.
			Proxy: nil, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
		},
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
}

var guardian = ssrf.New(ssrf.WithAnyPort())

// onlyPublic is for a public target.
func onlyPublic(network, address string, c syscall.RawConn) error {
	if guardian.Safe(network, address, c) != nil {
		return errPrivate // the guardian's words name ranges that help nobody here
	}
	return nil
}

// notLinkLocal is for a target in a private network: where clouds answer with the
// machine's credentials no document may send the doctor.
func notLinkLocal(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err != nil || to.Addr().Unmap().IsLinkLocalUnicast() {
		return errPrivate
	}
	return nil
}

// onlyPrivate is for a target in a private network itself.
func onlyPrivate(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err != nil || !isPrivate(to.Addr()) {
		return errMoved
	}
	return nil
}

// privateHost reports whether a host is this machine or in its network, and whether it is
// link-local. All of its addresses must be: a name is its owner's to point anywhere, at
// somebody's network besides his server, too. One that does not resolve is nobody's: the
// first request will say so.
func privateHost(ctx context.Context, host string) (private, linkLocal bool) {
	if strings.EqualFold(host, "localhost") {
		return true, false
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addresses) == 0 {
		return false, false
	}
	private, linkLocal = true, true
	for _, a := range addresses {
		private, linkLocal = private && isPrivate(a), linkLocal && a.Unmap().IsLinkLocalUnicast()
	}
	return private, linkLocal
}

func isPrivate(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || carrierGrade.Contains(a)
}

// carrierGrade is shared address space (RFC 6598), which overlay networks use.
var carrierGrade = netip.MustParsePrefix("100.64.0.0/10")

// get asks for a document as clients do while they discover.
func (p *prober) get(ctx context.Context, target string) response {
	return p.send(ctx, http.MethodGet, target, "", http.Header{"Accept": {"application/json"}, "Mcp-Protocol-Version": {"2025-11-25"}})
}

// send sends one request.
func (p *prober) send(ctx context.Context, method, target, body string, header http.Header) response {
	r := response{URL: target}
	if p.sent >= MaxRequests {
		r.Err = errBudget
		return r
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader([]byte(body)))
	if err != nil {
		r.Err = errors.New("this is no URL")
		return r
	}
	if err := mayAsk(req.URL, p.local); err != nil {
		r.Err = err
		return r
	}
	if p.silent[req.URL.Host] >= 2 {
		r.Err = errSilent
		return r
	}
	req.Header = header.Clone()
	req.Header.Set("User-Agent", "symbolon-doctor")
	p.sent++
	r = p.exchange(req, r)
	if connectionCode(r.Err) == "D610" {
		p.silent[req.URL.Host]++
	}
	return r
}

func (p *prober) exchange(req *http.Request, r response) response {
	resp, err := p.http.Do(req)
	r.Time = p.now()
	if err != nil {
		r.Err = withoutURL(err)
		return r
	}
	defer resp.Body.Close()
	body := io.Reader(io.LimitReader(resp.Body, maxBody+1))
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		body = http.NoBody // it has no end of its own, and is never a document
	}
	text, err := io.ReadAll(body)
	if len(text) > maxBody {
		err = errTooLong
	}
	if err != nil {
		r.Err = err
		return r
	}
	r.Status, r.Header, r.Body, r.TLS = resp.StatusCode, resp.Header, text, resp.TLS
	return r
}

// mayAsk refuses what is no web URL, and clear text over a network.
func mayAsk(u *url.URL, local bool) error {
	if u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("this is no URL that clients open")
	}
	if u.Scheme == "http" && !local {
		return errClear
	}
	return nil
}

// withoutURL drops what net/http repeats in its errors: the finding names the URL.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok && !e.Timeout() {
		return e.Err
	}
	return err
}

func (e *examination) ask(ctx context.Context, target string) response {
	if r, asked := e.answers[target]; asked {
		return r
	}
	r := e.probe.get(ctx, target)
	e.answers[target] = r
	if r.Err == nil {
		e.facts.Documents[target] = r.Answer
	}
	e.sawConnection(r)
	return r
}
