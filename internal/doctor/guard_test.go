package doctor

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// A public target cannot send the doctor to a private address; a private one can.
func TestGuard(t *testing.T) {
	for _, address := range []string{"https://127.0.0.1:1/", "https://10.0.0.1:1/", "https://[::1]:1/", "https://169.254.169.254/", "https://[fd00::1]:1/"} {
		// A name that is nobody's counts as public.
		p := newProber(t.Context(), &url.URL{Host: "mcp.example.invalid"}, nil, time.Now)
		if r := p.send(t.Context(), http.MethodGet, address, "", http.Header{}); !errors.Is(r.Err, errPrivate) || connectionCode(r.Err) != "D609" {
			t.Errorf("%s: %v", address, r.Err)
		}
	}
	p := newProber(t.Context(), &url.URL{Host: "127.0.0.1:9"}, nil, time.Now)
	if r := p.send(t.Context(), http.MethodGet, "http://169.254.169.254/latest", "", http.Header{}); !errors.Is(r.Err, errPrivate) {
		t.Errorf("a local target sends the doctor to where clouds keep credentials: %v", r.Err)
	}
	if r := p.send(t.Context(), http.MethodGet, "http://127.0.0.1:1/", "", http.Header{}); r.Err == nil || errors.Is(r.Err, errPrivate) {
		t.Errorf("a local target: %v", r.Err)
	}
}

func TestPrivateHost(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "10.1.2.3": true, "192.168.1.1": true, "100.64.0.1": true,
		"169.254.1.1": true, "8.8.8.8": false, "2606:4700::1": false, "mcp.example.invalid": false,
	} {
		if got, linkLocal := privateHost(t.Context(), host); got != want || linkLocal != (host == "169.254.1.1") {
			t.Errorf("%s: %t, %t", host, got, linkLocal)
		}
	}
}

// A name may lead to a server of its owner's and into somebody's network besides, or first
// to the one and then to the other. Neither makes it private.
func TestGuardOfNames(t *testing.T) {
	asked := 0
	resolveAs(t, func(name string) []netip.Addr {
		addresses := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("8.8.8.8")}
		if name == "mixed.example." {
			return addresses
		}
		if asked++; asked == 1 {
			return addresses[:1]
		}
		return addresses[2:]
	})
	p := newProber(t.Context(), &url.URL{Host: "mixed.example"}, nil, time.Now)
	for _, address := range []string{"https://127.0.0.1:1/", "https://169.254.169.254/"} {
		if r := p.send(t.Context(), http.MethodGet, address, "", http.Header{}); !errors.Is(r.Err, errPrivate) {
			t.Errorf("mixed: %s: %v", address, r.Err)
		}
	}
	p = newProber(t.Context(), &url.URL{Host: "moves.example"}, nil, time.Now)
	if r := p.send(t.Context(), http.MethodGet, "http://moves.example:1/", "", http.Header{}); !p.local || !errors.Is(r.Err, errMoved) {
		t.Errorf("a name that moves: local %t, %v", p.local, r.Err)
	}
}

// resolveAs answers for the IPv4 addresses of all names, by a name server of the test's.
func resolveAs(t *testing.T, names func(string) []netip.Addr) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
		net.DefaultResolver = before
	})
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Header, m.Additionals = dnsmessage.Header{ID: m.ID, Response: true}, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				for _, a := range names(q.Name.String()) {
					m.Answers = append(m.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: a.As4()},
					})
				}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
}

type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An https server that answers in clear as well is told; one that redirects is not.
func TestClearAsWell(t *testing.T) {
	target := &url.URL{Scheme: "https", Host: "mcp.example.com", Path: "/mcp"}
	for status, want := range map[int]bool{200: true, 401: true, 301: false, 308: false, 403: false, 404: false, 503: false} {
		asked := ""
		e := &examination{probe: &prober{now: time.Now, http: &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: answering(func(r *http.Request) (*http.Response, error) {
				asked = r.URL.String()
				return &http.Response{StatusCode: status, Header: http.Header{"Location": {"https://mcp.example.com/mcp"}}, Body: http.NoBody, Request: r}, nil
			}),
		}}}
		e.examineClear(t.Context(), target)
		if e.has("D608") != want || asked != "http://mcp.example.com/mcp" {
			t.Errorf("%d: %t, asked %q", status, e.has("D608"), asked)
		}
	}
}

// A host that hangs is not asked again and again.
func TestSilence(t *testing.T) {
	asked := 0
	p := &prober{now: time.Now, local: true, silent: map[string]int{}, http: &http.Client{
		Transport: answering(func(*http.Request) (*http.Response, error) {
			asked++
			return nil, context.DeadlineExceeded
		}),
	}}
	var last response
	for range 5 {
		last = p.send(t.Context(), http.MethodGet, "http://127.0.0.1:9/", "", http.Header{})
	}
	if asked != 2 || !errors.Is(last.Err, errSilent) || connectionCode(last.Err) != "" {
		t.Errorf("asked %d times, then %v", asked, last.Err)
	}
}

func TestTimeout(t *testing.T) {
	err := withoutURL(&url.Error{Op: "Get", URL: "https://mcp.example.com", Err: context.DeadlineExceeded})
	if got := connectionCode(err); got != "D610" {
		t.Errorf("%v is %q", err, got)
	}
	if got := connectionCode(errTooLong); got != "" {
		t.Errorf("%v is %q", errTooLong, got)
	}
}
