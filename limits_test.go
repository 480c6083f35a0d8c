package symbolon_test

// What is refused because there is too much of it: how it is said, and to whom it
// is not said.

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

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

// Under overload one kind is refused, and the others are not: here browsers, of which
// 256 wait for the document of a client whose host does not answer.
func TestOverloadIsRefusedByKind(t *testing.T) {
	host, release := newDocumentHost(t), make(chan struct{})
	host.serve("/slow.json", func(http.ResponseWriter, *http.Request) { <-release })
	x := &scene{T: t, server: symbolontest.StartServer(t, func(c *symbolon.Config) { c.CIMD.AllowLoopback = true })}
	x.client = x.server.Register(nil)
	_, tokens := x.tokens()
	query := url.Values{
		"response_type": {"code"}, "client_id": {host.URL + "/slow.json"}, "redirect_uri": {symbolontest.RedirectURI},
		"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"},
	}
	answers := make(chan *http.Response)
	for range 256 + 20 {
		go func() {
			r, err := http.Get(x.server.URL + "/oauth/authorize?" + query.Encode())
			if err != nil {
				r = nil // the end
			}
			answers <- r
		}()
	}
	if r := <-answers; r == nil || r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "1" {
		t.Errorf("the first that is answered: %v", r)
	}
	x.client.MustRefresh(tokens.Refresh)
	if r := x.server.TryRegister(nil); r.Status != http.StatusCreated {
		t.Errorf("a registration: %d", r.Status)
	}
	close(release)
	for range 256 + 20 - 1 {
		if r := <-answers; r != nil {
			r.Body.Close()
		}
	}
}

// Who sends slowly takes nobody's place: not one of the 64 for registrations.
func TestSlowSendersTakeNoPlace(t *testing.T) {
	x := &scene{T: t, server: symbolontest.StartServer(t)}
	base, err := url.Parse(x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for range 90 {
		unfinished(t, base.Host, "/oauth/register")
	}
	for range 9 { // until they all must have arrived
		if r := x.server.TryRegister(nil); r.Status != http.StatusCreated {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// A body that is too long is refused at once: who waited for it would do so, in one case, in
// the place of a backend.
func TestTooLongCallsAreNotWaitedFor(t *testing.T) {
	server := symbolontest.StartServer(t)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for path, contentType := range map[string]string{
		"/scalekit.v1.auth.AuthService/UpdateLoginUserDetails": "application/grpc",
		"/oauth/token":    "application/x-www-form-urlencoded",
		"/oauth/register": "application/json",
	} {
		conn, err := net.Dial("tcp", base.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 65537\r\n\r\n\x00", path, contentType); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		defer r.Body.Close()
		if r.StatusCode != http.StatusRequestEntityTooLarge && contentType != "application/grpc" {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

// Nor do bodies that only lack their end: 64 MB of them, of one address.
func TestLongSlowBodiesTakeNoRoom(t *testing.T) {
	x := &scene{T: t, server: symbolontest.StartServer(t, func(c *symbolon.Config) { c.TrustedProxies = []string{"127.0.0.1"} })}
	x.client = x.server.Register(nil)
	_, tokens := x.tokens()
	base, err := url.Parse(x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	begun := strings.Repeat("a", 64<<10-1)
	for i := range 1034 {
		conn, err := net.Dial("tcp", base.Host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if i >= 1024 { // into what is left
			begun = begun[:1<<(1033-i)]
		}
		// The server may have hung up already.
		_, _ = fmt.Fprintf(conn, "POST /oauth/register HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", 64<<10, begun)
	}
	for range 30 { // until they all must have arrived
		tokens = x.client.MustRefresh(tokens.Refresh)
		if r := x.server.TryRegister(nil); r.Status != http.StatusCreated {
			t.Fatalf("a registration: %d %s", r.Status, r.Body)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Nor do those who ask and read nothing: 300 answers, on HTTP/2 without a window, are more
// than the 256 readers that there may be.
func TestSlowReadersTakeNoPlace(t *testing.T) {
	server := symbolontest.StartServer(t)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	asset := regexp.MustCompile(`/assets/pages\.[\w-]+\.css`).FindString(server.Get("/").Body)
	if r := server.Get(asset); len(r.Body) < 5<<10 {
		t.Fatalf("%q is too small: %d", asset, len(r.Body))
	}
	for range 3 {
		unread(t, base.Host, asset)
	}
	for range 10 { // until they all must have arrived
		if r := server.Get("/keys"); r.Status != http.StatusOK {
			t.Fatalf("the keys: %d %s", r.Status, r.Body)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// unread asks for something a hundred times over one connection, and takes no byte of it.
func unread(t *testing.T, host, path string) {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	frames := http2.NewFramer(conn, conn)
	if err := errors.Join(frames.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize}), frames.WriteSettingsAck()); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	var head bytes.Buffer
	encoder := hpack.NewEncoder(&head)
	for stream := uint32(1); stream < 200; stream += 2 {
		head.Reset()
		for _, field := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", host}, {":path", path}} {
			_ = encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}) // into memory
		}
		err := frames.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: head.Bytes(), EndHeaders: true, EndStream: true})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Whom the company has vouched for goes on while strangers use up all that there is for
// browsers; who only says so does not.
func TestUsersAreNotRefusedWithStrangers(t *testing.T) {
	x := &scene{T: t, server: symbolontest.StartServer(t, behindProxy(10, 20))}
	x.client = x.server.Register(nil)
	honest := x.server.NewBrowser()
	_, visit := x.posted(honest)
	other := x.server.NewBrowser()
	_, begun := x.begin(other)
	for i := range 100 {
		x.server.Get("/oauth/authorize", from(fmt.Sprintf("192.0.2.%d", i))...)
	}
	back := func(values url.Values) int {
		return other.Get(x.server.App.CallbackURL(values)).Status
	}
	if status := back(url.Values{"state": {begun.State()}}); status != http.StatusTooManyRequests {
		t.Errorf("a state that anybody can have: %d", status)
	}
	if status := back(url.Values{"state": {begun.State()}, "login_verifier": {"made-up"}}); status != http.StatusTooManyRequests {
		t.Errorf("a made-up verifier: %d", status)
	}
	if status := other.Get(x.server.URL + "/consent/AAAAAAAAAAAAAAAAAAAAAA").Status; status != http.StatusTooManyRequests {
		t.Errorf("a made-up page: %d", status)
	}
	consent := honest.Get(visit.RedirectURL)
	if consent.Location() == nil {
		t.Fatalf("the callback: %d", consent.Status)
	}
	page := honest.Get(consent.Location().String())
	if page.Status != http.StatusOK {
		t.Fatalf("the consent page: %d", page.Status)
	}
	if r := honest.Submit(page, "decision", "allow"); r.Location() == nil || r.Location().Query().Get("code") == "" {
		t.Errorf("the decision: %d", r.Status)
	}
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
