package main

// The three servers of the demo.

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/examples/acme"
	"github.com/symbolon-auth/symbolon/examples/mcpserver"
	"github.com/symbolon-auth/symbolon/internal/client"
)

// demo is the three servers, running.
type demo struct {
	base, acmeURL, mcpURL string // as browsers and clients see them
	files                 demoFiles
	config                *symbolon.Config
	server                *symbolon.Server
	acme                  *demoAcme
	trace                 *demoTrace

	failed  chan error // a server that ended by itself
	stop    context.CancelFunc
	running sync.WaitGroup
}

func startDemo(ctx context.Context, o demoOptions, log *slog.Logger) (*demo, error) {
	listeners, err := o.ports.listen(ctx, o.auto)
	if err != nil {
		return nil, err
	}
	files, err := newDemoFiles(o.database)
	if err != nil {
		listeners.close()
		return nil, err
	}
	d := &demo{
		base:    cmp.Or(o.baseURL, httpURL(listeners.symbolon)),
		acmeURL: cmp.Or(o.acmeURL, httpURL(listeners.acme)),
		mcpURL:  cmp.Or(o.mcpURL, httpURL(listeners.mcp)+"/mcp"),
		files:   files,
		trace:   &demoTrace{},
		failed:  make(chan error, 3),
	}
	if err := d.start(ctx, listeners, log); err != nil {
		listeners.close()
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func httpURL(l net.Listener) string { return "http://" + l.Addr().String() }

func (d *demo) start(ctx context.Context, l demoListeners, log *slog.Logger) error {
	secret := randomSecret()
	cfg, err := d.files.configure(demoValues{
		BaseURL: quoted(d.base), Listen: quoted(l.symbolon.Addr().String()),
		LoginURL: quoted(d.acmeURL + "/login"), MCPURL: quoted(d.mcpURL), Secret: quoted(secret),
	})
	if err != nil {
		return err
	}
	cfg.Logger = log
	d.config = cfg
	if d.server, err = symbolon.New(*cfg); err != nil {
		return err
	}
	if err := d.server.ListenForOperator(); err != nil {
		return err
	}
	local := httpURL(l.symbolon) // backends need no tunnel
	d.acme = &demoAcme{}
	d.acme.app, err = acme.New(acme.Config{
		URL: d.acmeURL, SymbolonURL: local, ConnectionID: "conn_acme", ClientID: "skc_acme", ClientSecret: secret, MCPServerURL: d.mcpURL,
		HTTPClient: &http.Client{Timeout: 10 * time.Second, Transport: d.acme.backend(d.trace.backend())}, Logger: log,
	})
	if err != nil {
		return err
	}
	todo := mcpserver.ForSymbolon(d.base, "res_todo", d.mcpURL)
	todo.JWKSURL = local + "/keys"
	tools, err := mcpserver.New(todo)
	if err != nil {
		return err
	}
	d.serve(ctx, l, tools)
	return nil
}

// serve answers on all three ports until Close.
func (d *demo) serve(ctx context.Context, l demoListeners, tools http.Handler) {
	ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx)) // requests under way at ^C are finished
	d.running.Go(func() { d.ended(d.server.Serve(ctx, l.symbolon)) })
	for _, one := range []struct {
		listener net.Listener
		handler  http.Handler
	}{{l.acme, d.acme}, {l.mcp, tools}} {
		server := &http.Server{Handler: one.handler, ReadHeaderTimeout: 10 * time.Second}
		d.running.Go(func() { d.ended(server.Serve(one.listener)) })
		d.running.Go(func() {
			<-ctx.Done()
			_ = server.Close() // nothing of the demo is worth waiting for
		})
	}
}

func (d *demo) ended(err error) {
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		d.failed <- err
	}
}

// Close ends the servers and removes what is temporary.
func (d *demo) Close() error {
	if d.stop != nil {
		d.stop()
		d.running.Wait()
	}
	var err error
	if d.server != nil {
		err = d.server.Close()
	}
	return errors.Join(err, d.files.remove())
}

// demoTrace hands the HTTP requests of all parts of the demo to whoever listens.
type demoTrace struct {
	mu   sync.Mutex
	tell func(from string, s client.Step)
}

func (t *demoTrace) listen(tell func(from string, s client.Step)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tell = tell
}

// from reports the steps of one party.
func (t *demoTrace) from(party string) func(client.Step) {
	return func(s client.Step) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.tell != nil {
			t.tell(party, s)
		}
	}
}

// backend reports the requests of Acme's backend.
func (t *demoTrace) backend() http.RoundTripper {
	return client.Traced(http.DefaultTransport, "backend", t.from("Acme"))
}
