package cimd_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/cimd"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

const (
	unreachable = "client_document_unreachable"
	invalid     = "client_document_invalid"
	withdrawn   = "client_document_withdrawn"
	badURL      = "client_id_url_invalid"
)

func TestFetchAsksPlainly(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/oauth/client.json?v=%41&x")
	var seen *http.Request
	w.Serve(func(rw http.ResponseWriter, r *http.Request) {
		seen = r
		rw.Header().Set("Content-Type", "application/cimd+json; charset=utf-8")
		fmt.Fprint(rw, document(id))
	})
	w.Good(id)
	if seen.Method != http.MethodGet || seen.RequestURI != "/oauth/client.json?v=%41&x" || seen.Host != host+":"+w.port {
		t.Errorf("request %s %s of %s", seen.Method, seen.RequestURI, seen.Host)
	}
	if seen.Header.Get("Accept-Encoding") != "identity" || seen.Header.Get("Accept") != "application/json" || seen.Header.Get("Cookie") != "" {
		t.Errorf("header = %v", seen.Header)
	}
}

// TestAttackM01: what is no client id URL causes no fetch, not even of a name.
func TestAttackM01(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{
		"", "cli_x", "http://client.example/x", "https://client.example:" + w.port, w.URL("/x#"), w.URL("/x#y"), "https://u@client.example:" + w.port + "/x",
		"https://u:p@client.example:" + w.port + "/x", w.URL("/./x"), w.URL("/../x"), w.URL("/%2e%2E/x"), w.URL("/x/.."), w.URL("/a b"), w.URL("\\x"), w.URL("/x\n"),
		w.At("clíent.example", "/x"), w.At("client.example.", "/x"), w.URL("/" + strings.Repeat("a", 8<<10)), "https:/" + host + "/x", "//" + host + "/x", "ftp://" + host + "/x",
		"https://" + host + ":22/x", "https://" + host + ":80/x", "https://" + host + ":/x", "https://" + host + ":0443/x", "http://127.0.0.1:" + w.port + "/x", "https://localhost:" + w.port + "/x",
	} {
		w.Refused(id, badURL)
	}
	if w.Hits() != 0 || len(w.asked) != 0 {
		t.Errorf("fetched or resolved: %v", w.asked)
	}
}

// TestAttackM03: redirects are not followed, wherever they lead.
func TestAttackM03(t *testing.T) {
	w := newWorld(t)
	inside := trap(t, "127.0.0.2:"+w.port)
	id := w.URL("/client.json")
	for _, status := range []int{301, 302, 303, 307, 308, 300, 304} {
		for _, target := range []string{"https://127.0.0.2:" + w.port + "/", "http://127.0.0.2:" + w.port + "/", w.URL("/elsewhere")} {
			w.Serve(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					t.Error("redirect followed")
				}
				rw.Header().Set("Location", target)
				rw.Header().Set("Refresh", "0; url="+target)
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(status)
			})
			w.Refused(id, unreachable)
		}
	}
	if inside.Load() != 0 {
		t.Error("connected to the redirect's target")
	}
}

// TestAttackM04_traps runs the guard end to end for addresses that a test can
// listen on.
func TestAttackM04_traps(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ listen, resolves string }{
		{"127.0.0.2", "127.0.0.2"},
		{"127.255.255.254", "127.255.255.254"},
		{"127.0.0.3", "::ffff:127.0.0.3"},
		{"[::1]", "::1"},
		{"0.0.0.0", "127.0.0.9"},
		{"127.0.0.4", "0.0.0.0"},
	} {
		t.Run(c.resolves, func(t *testing.T) {
			address := c.listen + ":" + w.port
			if c.listen == "0.0.0.0" {
				address = "127.0.0.9:" + w.port
			}
			inside := trap(t, address)
			w.Resolve(func(string, int) []string { return []string{c.resolves} })
			w.Refused(w.URL("/client.json"), unreachable)
			if inside.Load() != 0 {
				t.Error("connected")
			}
		})
	}
	inside := trap(t, "127.0.0.5:"+w.port)
	for _, literal := range []string{"127.0.0.5", "127.5", "2130706437", "0x7f000005", "0177.0.0.5", "[::ffff:127.0.0.5]", "[::127.0.0.5]", "[64:ff9b::7f00:5]"} {
		if _, err := w.Source.Client(t.Context(), w.At(literal, "/client.json")); err == nil {
			t.Errorf("%s: accepted", literal)
		}
	}
	if inside.Load() != 0 || w.Hits() != 0 {
		t.Error("connected to a literal")
	}
}

// TestAttackM05: rebinding, several answers and aliases. The public address is
// reached and the other never.
func TestAttackM05(t *testing.T) {
	const tries = 100
	for name, answers := range map[string]func(string, int) []string{
		"public, then inside": func(_ string, query int) []string {
			if query%2 == 0 {
				return []string{"127.0.0.1"}
			}
			return []string{"127.0.0.2"}
		},
		"both, inside first": func(string, int) []string { return []string{"127.0.0.2", "127.0.0.1"} },
		"both, inside last":  func(string, int) []string { return []string{"127.0.0.1", "127.0.0.2"} },
		"an alias for inside": func(string, int) []string {
			return []string{"→a.example", "→b.example", "127.0.0.2"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			inside := trap(t, "127.0.0.2:"+w.port)
			w.Resolve(answers)
			reached := 0
			for i := range tries {
				id := w.URL(fmt.Sprintf("/%d", i))
				w.Publish(map[string]string{fmt.Sprintf("/%d", i): document(id)})
				if _, err := w.Source.Client(t.Context(), id); err == nil {
					reached++
				}
			}
			if inside.Load() != 0 {
				t.Errorf("connected inside %d times", inside.Load())
			}
			if want := !strings.Contains(name, "alias"); (reached > 0) != want {
				t.Errorf("the public address answered %d times", reached)
			}
		})
	}
}

// TestAttackM07: no connection is used twice, and no proxy of the environment.
func TestAttackM07(t *testing.T) {
	w := newWorld(t)
	proxy := trap(t, "127.0.0.6:"+w.port)
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.6:"+w.port)
	}
	id := w.URL("/client.json")
	w.Publish(map[string]string{"/client.json": document(id)}, "Connection", "keep-alive")
	const fetches = 5
	for range fetches {
		w.Good(id)
		w.Pass(2 * time.Hour)
	}
	if w.conns.Load() != fetches || w.Hits() != fetches {
		t.Errorf("%d connections for %d fetches", w.conns.Load(), fetches)
	}
	inside := trap(t, "127.0.0.2:"+w.port)
	w.Resolve(func(string, int) []string { return []string{"127.0.0.2"} })
	w.Good(id) // stale, from the cache
	if inside.Load() != 0 || w.Hits() != 0 {
		t.Error("the second dial was not checked, or an old connection was used")
	}
	if proxy.Load() != 0 {
		t.Error("asked the proxy of the environment")
	}
}

// TestAttackM08: of a host of which nothing is known, a stranger learns nothing.
func TestAttackM08(t *testing.T) {
	w := newWorld(t, func(o *cimd.Options) { o.Timeout = 300 * time.Millisecond })
	trap(t, "127.0.0.2:"+w.port)
	w.Resolve(func(name string, _ int) []string {
		return map[string][]string{
			"closed.example": {"127.0.0.1"}, "inside.example": {"127.0.0.2"}, host: {"127.0.0.1"}, "html.example": {"127.0.0.1"}, "other.test": {"127.0.0.1"},
		}[name]
	})
	w.Serve(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/403", "/404", "/410", "/500", "/204":
			var status int
			_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
			rw.WriteHeader(status)
		case "/html":
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprint(rw, "<h1>REMOTE-SECRET</h1>")
		case "/broken":
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprint(rw, `{"REMOTE-SECRET`)
		case "/twice":
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprint(rw, `{"REMOTE-SECRET":1,"remote-secret":2}`)
		case "/array":
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprint(rw, `["REMOTE-SECRET"]`)
		case "/large":
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprint(rw, strings.Repeat(" ", 20<<10), "{}")
		case "/headers":
			rw.Header().Set("REMOTE-SECRET", strings.Repeat("x", 100<<10))
		case "/silent":
			<-r.Context().Done()
		}
	})
	first := w.Refused(w.URL("/404"), unreachable)
	for _, id := range []string{
		w.URL("/403"), w.URL("/410"), w.URL("/500"), w.URL("/204"), w.URL("/html"), w.URL("/broken"), w.URL("/twice"), w.URL("/array"), w.URL("/large"),
		w.URL("/headers"), w.URL("/silent"), w.At("inside.example", "/x"), w.At("unknown.example", "/x"), w.At("other.test", "/x"), w.At("10.1.2.3", "/x"),
	} {
		refusal := w.Refused(id, unreachable)
		if refusal.Description != first.Description || refusal.HTTPStatus() != first.HTTPStatus() {
			t.Errorf("%s: %q", id, refusal.Description)
		}
		// M24: not even the operator's log repeats what the host sent.
		if refusal.Cause == nil || strings.Contains(strings.ToUpper(refusal.Error()), "REMOTE-SECRET") {
			t.Errorf("%s: cause %v", id, refusal.Cause)
		}
	}
	if strings.Contains(strings.ToUpper(w.Log.String()), "REMOTE-SECRET") {
		t.Error("the log repeats what a host sent")
	}
}

// TestAttackM09: bodies without end, with a false length, and compressed.
func TestAttackM09(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	var packed bytes.Buffer
	bomb := gzip.NewWriter(&packed)
	_, _ = bomb.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = bomb.Close()
	sent := make(chan int, 1)
	for name, serve := range map[string]http.HandlerFunc{
		"endless": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			total := 0
			for total < 100<<20 {
				n, err := rw.Write(make([]byte, 64<<10))
				if total += n; err != nil {
					break
				}
			}
			sent <- total
		},
		"a length that lies": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.Header().Set("Content-Length", "1000000")
			fmt.Fprint(rw, document(id))
		},
		"gzip": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.Header().Set("Content-Encoding", "gzip")
			_, _ = rw.Write(packed.Bytes())
		},
		"a good document in gzip": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.Header().Set("Content-Encoding", "x-gzip")
			z := gzip.NewWriter(rw)
			fmt.Fprint(z, document(id))
			_ = z.Close()
		},
		"a coding in name only": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.Header().Set("Content-Encoding", "br")
			fmt.Fprint(rw, document(id))
		},
		"another media type": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/json")
			fmt.Fprint(rw, document(id))
		},
		"one byte too large": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			body := document(id)
			fmt.Fprint(rw, body, strings.Repeat(" ", cimd.MaxDocument+1-len(body)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.Serve(serve)
			refusal := w.Refused(id, unreachable)
			if name == "one byte too large" && !strings.Contains(refusal.Cause.Error(), "larger than 10 KB") {
				t.Errorf("the operator reads %v", refusal.Cause)
			}
			if name == "endless" {
				if total := <-sent; total > 50<<20 {
					t.Errorf("%d bytes were taken", total)
				}
			}
		})
	}
	w.Serve(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		body := document(id)
		fmt.Fprint(rw, body, strings.Repeat(" ", cimd.MaxDocument-len(body)))
	})
	w.Good(id)
}

// TestAttackM10: slow headers and slow bodies end with the timeout, and leave
// nothing behind.
func TestAttackM10(t *testing.T) {
	w := newWorld(t, func(o *cimd.Options) { o.Timeout = 150 * time.Millisecond })
	before := runtime.NumGoroutine()
	drip := func(write func(string) error, text string) {
		for _, c := range text {
			if write(string(c)) != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	for name, serve := range map[string]http.HandlerFunc{
		"headers": func(rw http.ResponseWriter, _ *http.Request) {
			conn, _, err := rw.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			drip(func(s string) error { _, err := conn.Write([]byte(s)); return err }, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}")
		},
		"body": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			drip(func(s string) error {
				if _, err := rw.Write([]byte(s)); err != nil {
					return err
				}
				return http.NewResponseController(rw).Flush()
			}, document(w.URL("/body")))
		},
	} {
		w.Serve(serve)
		refusal := w.Refused(w.URL("/"+name), unreachable)
		if refusal.Cause == nil {
			t.Errorf("%s: no cause", name)
		}
	}
	for range 200 {
		if runtime.NumGoroutine() <= before+2 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestAttackM22: certificates and protocol versions that browsers refuse.
func TestAttackM22(t *testing.T) {
	stranger := *issue(issue(nil, time.Hour), time.Hour, host)
	for name, config := range map[string]*tls.Config{
		"self-signed": {Certificates: []tls.Certificate{*issue(nil, time.Hour, host)}},
		"another CA":  {Certificates: []tls.Certificate{stranger}},
		"expired":     {Certificates: []tls.Certificate{certificate(-time.Hour, host)}},
		"other host":  {Certificates: []tls.Certificate{certificate(time.Hour, "other.example")}},
		"TLS 1.1":     {Certificates: []tls.Certificate{certificate(time.Hour, host)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
		"TLS 1.2":     {Certificates: []tls.Certificate{certificate(time.Hour, host)}, MaxVersion: tls.VersionTLS12},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
			if err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(listener.Addr().String())
			id := "https://" + host + ":" + port + "/client.json"
			server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Content-Type", "application/json")
				fmt.Fprint(rw, document(id))
			}), ErrorLog: slogDiscard()}
			go func() { _ = server.Serve(listener) }()
			t.Cleanup(func() { _ = server.Close() })
			w := newWorld(t, func(o *cimd.Options) { o.Ports = []uint16{uint16(listener.Addr().(*net.TCPAddr).Port)} })
			if name == "TLS 1.2" {
				w.Good(id)
				return
			}
			refusal := w.Refused(id, unreachable)
			if !strings.Contains(refusal.Cause.Error(), "TLS") {
				t.Errorf("the operator reads %v", refusal.Cause)
			}
		})
	}
}

// TestAttackM23: this server's own host, a hundred times at once.
func TestAttackM23(t *testing.T) {
	w := newWorld(t)
	w.Resolve(func(string, int) []string { return []string{"127.0.0.1"} })
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			for _, id := range []string{"https://auth.example/x", "https://AUTH.example/resources/res_a/x", w.At("auth.example", fmt.Sprintf("/%d", i))} {
				_, err := w.Source.Client(context.Background(), id)
				if refusal, ok := errors.AsType[*oauth.Error](err); !ok || refusal.Reason != badURL {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	group.Wait()
	id := w.URL("/client.json")
	w.Publish(map[string]string{"/client.json": document(id, `"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"`+w.At("auth.example", "/keys")+`"`)})
	w.Refused(id, invalid)
	if w.Hits() != 1 {
		t.Error("fetched from itself")
	}
}

func TestLoopbackInDevelopment(t *testing.T) {
	server := func(h http.HandlerFunc) string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: h}
		go func() { _ = s.Serve(listener) }()
		t.Cleanup(func() { _ = s.Close() })
		return "http://" + listener.Addr().String()
	}
	var id string
	id = server(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		fmt.Fprint(rw, document(id))
	}) + "/client.json"

	strict := newWorld(t)
	strict.Refused(id, badURL)
	w := newWorld(t, func(o *cimd.Options) { o.AllowLoopback = true })
	w.Good(id)
	if !strings.Contains(w.Log.String(), "development") {
		t.Error("nothing says that loopback documents are allowed")
	}
	// Only that: other addresses stay closed, also under the name of localhost.
	inside := trap(t, "127.0.0.2:"+w.port)
	w.Refused("http://127.0.0.2:"+w.port+"/client.json", badURL)
	w.Refused(w.At("127.0.0.2", "/client.json"), unreachable)
	if inside.Load() != 0 {
		t.Error("connected")
	}

	self := newWorld(t, func(o *cimd.Options) { o.AllowLoopback, o.BaseURL = true, "http://localhost:3010" })
	for _, own := range []string{"http://127.0.0.1:3010/x", "http://[::1]:3010/x", "https://localhost:3010/x"} {
		self.Refused(own, badURL)
	}
	self.Good(id)
}

func TestReachIsNarrow(t *testing.T) {
	if _, err := cimd.New(cimd.Options{}.Reach(netip.MustParsePrefix("127.0.0.1/32"))); err == nil {
		t.Error("a Source without base URL cannot know itself")
	}
}
