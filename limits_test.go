package symbolon_test

// What is refused because there is too much of it: how it is said, and to whom it
// is not said.

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// behindProxy is a server that learns addresses from a proxy, and serves little.
func behindProxy(perAddress, global int) func(*symbolon.Config) {
	return func(c *symbolon.Config) {
		c.TrustedProxies = []string{"127.0.0.1"}
		c.Limits = symbolon.Limits{
			PerAddress: symbolon.Limit{Rate: 1, Burst: perAddress},
			Global:     symbolon.Limit{Rate: global / 2, Burst: global},
		}
	}
}

// from is the header that the proxy sends for a client.
func from(address string) []string { return []string{"X-Forwarded-For", address} }

func TestTooManyRequestsInEveryProtocol(t *testing.T) {
	server := symbolontest.StartServer(t, behindProxy(1, 2))
	const (
		page    = "text/html; charset=utf-8"
		object  = "application/json"
		problem = "application/problem+json"
		form    = "application/x-www-form-urlencoded"
	)
	for _, tt := range []struct {
		method, path, contentType string // of the request
		answer                    string // Content-Type
		says                      string // in the body
	}{
		{"GET", "/resources/res_todo/oauth/authorize", "", page, "Wait a minute"},
		{"POST", "/oauth/authorize", form, page, "Wait a minute"},
		{"GET", "/sso/v1/connections/conn_acme/partner:callback", "", page, "Wait a minute"},
		{"GET", "/consent/AAAAAAAAAAAAAAAA", "", page, "Wait a minute"},
		{"GET", "/portal", "", page, "Wait a minute"},
		{"POST", "/oauth/register", object, object, `"temporarily_unavailable"`},
		{"POST", "/resources/res_todo/oauth/token", form, object, `"temporarily_unavailable"`},
		{"POST", "/oauth/revoke", form, object, `"temporarily_unavailable"`},
		{"POST", "/oauth/introspect", form, object, `"temporarily_unavailable"`},
		{"POST", "/api/v1/connections/conn_acme/auth-requests/lri_x/user", object, problem, `"too_many_requests"`},
		{"GET", "/api/v1/errors/err_x", "", object, `"temporarily_unavailable"`},
		{"GET", "/keys", "", object, `"temporarily_unavailable"`},
		{"GET", "/.well-known/oauth-authorization-server", "", object, `"temporarily_unavailable"`},
	} {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			server := server.For(t)
			server.Clock.Advance(time.Minute) // the others' requests are forgotten
			ask := func(address string) *symbolontest.Response {
				return server.Do(tt.method, tt.path, "", append(from(address), "Content-Type", tt.contentType)...)
			}
			if first := ask("198.51.100.7"); first.Status == http.StatusTooManyRequests {
				t.Fatalf("the first: %d", first.Status)
			}
			r := ask("198.51.100.7")
			if r.Status != http.StatusTooManyRequests || r.Header.Get("Content-Type") != tt.answer || !strings.Contains(r.VisibleText()+r.Body, tt.says) {
				t.Errorf("%d %s %s", r.Status, r.Header.Get("Content-Type"), r.Body)
			}
			if wait, err := strconv.Atoi(r.Header.Get("Retry-After")); err != nil || wait != 1 {
				t.Errorf("Retry-After: %q", r.Header.Get("Retry-After"))
			}
			if other := ask("203.0.113.9"); other.Status == http.StatusTooManyRequests {
				t.Error("another address is refused")
			}
			server.Clock.Advance(time.Second)
			if again := ask("198.51.100.7"); again.Status == http.StatusTooManyRequests {
				t.Error("refused after the wait that it was told")
			}
		})
	}
}

// A browser's error page carries the reason for the operator.
func TestTooManyRequestsIsExplained(t *testing.T) {
	x := &scene{T: t, server: symbolontest.StartServer(t, behindProxy(1, 2))}
	var r *symbolontest.Response
	for range 2 {
		r = x.server.Get("/oauth/authorize", from("198.51.100.7")...)
	}
	id := errorID(r)
	if id == "" {
		t.Fatalf("no error id: %s", r.VisibleText())
	}
	if info := x.server.Get("/api/v1/errors/"+id, from("203.0.113.9")...); info.Error() != "temporarily_unavailable" {
		t.Errorf("%d %s", info.Status, info.Body)
	}
}

func TestTooManyGRPCCalls(t *testing.T) {
	server := symbolontest.StartServer(t, behindProxy(1, 2))
	const path = "/scalekit.v1.auth.AuthService/UpdateLoginUserDetails"
	ask := func() *symbolontest.Response {
		return server.Do(http.MethodPost, path, "", append(from("198.51.100.7"), "Content-Type", "application/grpc")...)
	}
	ask()
	if r := ask(); r.Status != http.StatusOK || r.Header.Get("Grpc-Status") != "8" || r.Header.Get("Retry-After") != "1" {
		t.Errorf("%d %v", r.Status, r.Header)
	}
}

// Probes and preflights are never refused: the one would restart the server, the
// other hide the reason from a script.
func TestProbesAreNotLimited(t *testing.T) {
	server := symbolontest.StartServer(t, behindProxy(1, 2))
	for range 20 {
		for _, path := range []string{"/healthz", "/readyz"} {
			if r := server.Get(path); r.Status != http.StatusOK {
				t.Fatalf("%s: %d", path, r.Status)
			}
		}
		if r := server.Do(http.MethodOptions, "/oauth/token", ""); r.Status != http.StatusNoContent {
			t.Fatalf("preflight: %d", r.Status)
		}
	}
}

// Under overload registrations are refused, and tokens are not.
func TestOverloadIsRefusedByKind(t *testing.T) {
	x := &scene{T: t, server: symbolontest.StartServer(t)}
	x.client = x.server.Register(nil)
	_, tokens := x.tokens()
	base, err := url.Parse(x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	const kept = 64 // registrations at once
	for range kept {
		unfinished(t, base.Host, "/oauth/register")
	}
	var r *symbolontest.Response
	for range 200 { // until all have arrived; one may have met the one that asks
		unfinished(t, base.Host, "/oauth/register")
		if r = x.server.TryRegister(nil); r.Status == http.StatusServiceUnavailable {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if r.Status != http.StatusServiceUnavailable || r.Error() != "temporarily_unavailable" || r.Header.Get("Retry-After") != "1" {
		t.Errorf("a registration more: %d %s", r.Status, r.Body)
	}
	x.client.MustRefresh(tokens.Refresh)
}

// unfinished begins a POST whose body never ends.
func unfinished(t *testing.T, host, path string) {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	out := bufio.NewWriter(conn)
	fmt.Fprintf(out, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", path, host)
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
}
