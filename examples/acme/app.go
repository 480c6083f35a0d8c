// Package acme is a sample company app: its own users, passwords, sessions and pages, as many apps have them, and
// beside that the one thing it needs so that its users can connect MCP clients. To add it to your app, read
//
//	login.go      the login handler, the integration itself
//	symbolon.go   the two REST calls it makes
//
// The rest (app.go, account.go, users.go, session.go, pages.go) is any app, as small as it gets.
package acme

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config connects Acme with Symbolon.
type Config struct {
	// URL is where users open Acme. https makes its cookies Secure. Required.
	URL string
	// SymbolonURL is the base URL of Symbolon, without a slash at the end. Required.
	SymbolonURL string
	// ConnectionID is Acme's connection there ("conn_…"). Required.
	ConnectionID string
	// ClientID and ClientSecret are Acme's API client ("skc_…") of role login. Required.
	ClientID, ClientSecret string
	// MCPServerURL is shown on the home page as what to connect to. May be empty.
	MCPServerURL string
	// HTTPClient carries the calls to Symbolon. nil: one that gives up after 10 seconds.
	HTTPClient *http.Client
	// Logger is told why a login could not be completed. nil: slog.Default().
	Logger *slog.Logger
	// Now is the clock. nil: time.Now.
	Now func() time.Time
}

// App is Acme.
type App struct {
	symbolon *symbolon
	users    map[string]*User // by email
	sessions *sessions
	mcpURL   string
	secure   bool
	log      *slog.Logger
	now      func() time.Time
	handler  http.Handler
}

// New returns Acme with its two sample users.
func New(c Config) (*App, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("acme: URL: %w", err)
	}
	if u.Host == "" || c.SymbolonURL == "" || c.ConnectionID == "" || c.ClientID == "" || c.ClientSecret == "" {
		return nil, errors.New("acme: URL, SymbolonURL, ConnectionID, ClientID and ClientSecret are required")
	}
	c.defaults()
	a := &App{
		symbolon: &symbolon{
			base: strings.TrimSuffix(c.SymbolonURL, "/"), connection: c.ConnectionID,
			clientID: c.ClientID, clientSecret: c.ClientSecret, http: c.HTTPClient, now: c.Now,
		},
		users:    map[string]*User{},
		sessions: &sessions{byID: map[string]*session{}},
		mcpURL:   c.MCPServerURL,
		secure:   u.Scheme == "https",
		log:      c.Logger,
		now:      c.Now,
	}
	for _, user := range sampleUsers() {
		a.users[user.Email] = user
	}
	a.handler = a.routes()
	return a, nil
}

func (c *Config) defaults() {
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("POST /login", a.signIn)
	mux.HandleFunc("POST /login/continue", a.connectMCP)
	mux.HandleFunc("POST /logout", a.signOut)
	mux.HandleFunc("GET /style.css", style)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, http.StatusNotFound, "There is no such page.")
	})
	// No other site may post here: neither a "continue" nor a sign-in as somebody else.
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, http.StatusForbidden, "That was sent from another site, so nothing happened. Open Acme and try again.")
	}))
	return bounded(csrf.Handler(mux))
}

// bounded limits what a form can hold.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		next.ServeHTTP(w, r)
	})
}
