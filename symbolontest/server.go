package symbolontest

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
)

// Server is a running Symbolon.
type Server struct {
	// URL is the base URL, without a trailing slash.
	URL string
	// DB is the path of the SQLite database.
	DB string
	// Clock is the server's clock.
	Clock *Clock
	// App is the company's app, the login of ConnectionID.
	App *FakeApp

	t    testing.TB
	log  *buffer
	http *http.Client
	*process
}

// process is what a restart replaces.
type process struct {
	config symbolon.Config
	stop   func()
}

// StartServer starts a server on a loopback port, with a database in a temporary
// directory and the objects that the constants of this package name, after change
// has had its way with the configuration. It stops when the test ends.
func StartServer(t testing.TB, change ...func(*symbolon.Config)) *Server {
	t.Helper()
	l := listen(t, "127.0.0.1:0")
	s := &Server{
		DB:    filepath.Join(t.TempDir(), "symbolon.db"),
		Clock: NewClock(),
		App:   NewFakeApp(t, ConnectionID, LoginClientID, LoginClientSecret),
		t:     t, log: &buffer{}, process: &process{},
	}
	s.config = defaults("http://"+l.Addr().String(), s.DB, s.App)
	s.config.Now = s.Clock.Now
	s.config.Logger = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, f := range change {
		f(&s.config)
	}
	s.URL = s.config.BaseURL
	s.http = newHTTPClient(t, s.config.TLS.CertFile)
	s.App.ServerURL, s.App.http = s.URL, s.http
	s.start(l)
	t.Cleanup(s.Stop)
	return s
}

// For is the same server for a subtest, which can then fail for itself.
func (s *Server) For(t testing.TB) *Server {
	same := *s
	same.t = t
	return &same
}

func (s *Server) start(l net.Listener) {
	s.t.Helper()
	server, err := symbolon.New(s.config)
	if err != nil {
		_ = l.Close()
		s.t.Fatalf("the server did not start: %v", err)
	}
	if err := server.ListenForAdmin(); err != nil {
		_ = l.Close()
		s.t.Fatalf("the admin listener did not start: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, l) }()
	s.stop = func() {
		cancel()
		s.http.CloseIdleConnections()
		if err := <-done; err != nil {
			s.t.Errorf("the server did not end well: %v", err)
		}
		if err := server.Close(); err != nil {
			s.t.Errorf("the server did not close well: %v", err)
		}
	}
}

// Stop ends the server. Stopping it twice is no error.
func (s *Server) Stop() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// Restart ends the server and starts it again on the same port and database, after
// change has had its way with the configuration.
func (s *Server) Restart(change ...func(*symbolon.Config)) {
	s.t.Helper()
	s.Stop()
	for _, f := range change {
		f(&s.config)
	}
	base, err := url.Parse(s.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	s.start(listen(s.t, base.Host))
}

// Config is a copy of the configuration that the server runs with.
func (s *Server) Config() symbolon.Config { return s.config }

// Logs is what the server has logged so far, on all levels.
func (s *Server) Logs() string { return s.log.String() }

// Issuer is the issuer of the MCP server [ServerID].
func (s *Server) Issuer() string { return s.URL + "/resources/" + ServerID }

// Get asks for a path or a URL, as a program does: without cookies.
func (s *Server) Get(path string, header ...string) *Response {
	s.t.Helper()
	return s.Do(http.MethodGet, path, "", header...)
}

// PostForm posts a form, as a program does.
func (s *Server) PostForm(path string, form url.Values, header ...string) *Response {
	s.t.Helper()
	return s.Do(http.MethodPost, path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

// PostJSON posts a JSON text as it is.
func (s *Server) PostJSON(path, body string, header ...string) *Response {
	s.t.Helper()
	return s.Do(http.MethodPost, path, body, append([]string{"Content-Type", "application/json"}, header...)...)
}

// Do sends a request with these header names and values, in pairs; a repeated name
// is sent repeatedly. Redirects are not followed.
func (s *Server) Do(method, path, body string, header ...string) *Response {
	s.t.Helper()
	return send(s.t, s.http, newRequest(s.t, method, s.absolute(path), body, header))
}

func (s *Server) absolute(path string) string {
	if strings.HasPrefix(path, "/") {
		return s.URL + path
	}
	return path
}

func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	var l net.Listener
	var err error
	// A server that restarts wants its port back, which may be the source port of
	// somebody's connection for a moment.
	for range 100 {
		if l, err = net.Listen("tcp", address); err == nil {
			return l
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("no port to listen on: %v", err)
	return nil
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
