package symbolon_test

// Attacks on several servers of one database, on PostgreSQL. They are one base URL to
// everybody, and the test says which of them answers.

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// cluster is servers of one database, each with a clock of its own that runs.
type cluster struct {
	*scene
	config  symbolon.Config
	servers []*symbolon.Server
	logs    []fmt.Stringer
	skew    []*atomic.Int64
	at      atomic.Int32
}

// ServeHTTP implements http.Handler.
func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.servers[c.at.Load()].ServeHTTP(w, r)
}

// on lets the next requests reach that server.
func (c *cluster) on(server int) *scene {
	c.at.Store(int32(server % len(c.servers))) //nolint:gosec // G115: a handful of them
	return c.scene
}

// cluster starts three servers.
func (x *scene) cluster() *cluster {
	x.Helper()
	standalone := symbolontest.StartServer(x)
	standalone.Stop()
	c := &cluster{config: shared(standalone.Config(), pgtest.Shared(x.T).Database(x.T))}
	for range 3 {
		c.add(x)
	}
	c.apply(x, c.config)
	l, err := net.Listen("tcp", strings.TrimPrefix(c.config.BaseURL, "http://"))
	if err != nil {
		x.Fatal(err)
	}
	front := &http.Server{Handler: c, ReadHeaderTimeout: time.Second}
	go func() { _ = front.Serve(l) }()
	x.Cleanup(func() { _ = front.Close() })
	c.scene = x.on(standalone)
	return c
}

func (c *cluster) add(x *scene) {
	x.Helper()
	skew, cfg := new(atomic.Int64), c.config
	cfg.Now = func() time.Time { return time.Now().Add(time.Duration(skew.Load())) }
	server, log := node(x.T, cfg)
	c.servers, c.logs, c.skew = append(c.servers, server), append(c.logs, log), append(c.skew, skew)
}

// apply brings a configuration to every server, as "symbolon apply" does, and says that
// it was there within a second.
func (c *cluster) apply(x *scene, cfg symbolon.Config) {
	x.Helper()
	begun := time.Now()
	if _, err := admin.InProcess(c.servers[0].Operator()).Apply(x.Context(), wanted(x.T, cfg)); err != nil {
		x.Fatal(err)
	}
	for i, s := range c.servers {
		for knows(s, cfg) != (len(cfg.MCPServers) > 0) {
			if time.Since(begun) > 10*time.Second {
				x.Fatalf("server %d never heard of a change", i)
			}
			time.Sleep(time.Millisecond)
		}
	}
	if took := time.Since(begun); took > time.Second {
		x.Errorf("a change reached every server after %s", took)
	}
}

var attacksNodes = []attack{
	{"S01_revoked_elsewhere", func(x *scene) {
		c := x.cluster()
		for i := range x.rounds(50, 5000) {
			tokens := c.on(i).client.Login(c.server.NewBrowser())
			if r := c.on(i + 1).client.Revoke(tokens.Refresh); r.Status != http.StatusOK {
				x.Fatalf("revoke: %d %s", r.Status, r.Body)
			}
			if c.on(i + 2).server.Active(tokens.Access) {
				x.Fatal("a token that was revoked on another server is active")
			}
			x.refusedAs("a token that was revoked on another server", c.client.Refresh(tokens.Refresh), "invalid_grant")
		}
	}},
	{"S08_clocks_of_servers", clocksOfServers},
	{"S09_restore_revives_on_PostgreSQL", restoreRevivesOnPostgreSQL},
	{"B26_disabled_everywhere", func(x *scene) {
		c := x.cluster()
		off := c.config
		without(&off)
		// next is the step on another server, when the company is off and on again.
		server := 0
		next := func(step func(*scene)) {
			c.apply(x, off)
			for range c.servers {
				server++
				step(c.on(server))
			}
			c.apply(x, c.config)
			c.on(server + 1)
		}
		b := c.server.NewBrowser()
		a, visit := c.begin(b)
		next(func(x *scene) { x.refused("the POST", x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())) })
		posted := c.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())
		next(func(x *scene) { x.refused("callback", b.Get(posted.Text("redirect_url"))) })
		page := b.Follow(b.Get(posted.Text("redirect_url")))
		next(func(x *scene) { x.refused("decision", b.Submit(page, "decision", "allow")) })
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		next(func(x *scene) { x.refused("exchange", x.client.Redeem(a, code)) })
		tokens := c.client.MustRedeem(a, code)
		next(func(x *scene) {
			if x.server.Active(tokens.Access) {
				x.Error("introspection: active")
			}
			x.refused("refresh", x.client.Refresh(tokens.Refresh))
		})
		c.client.MustRefresh(tokens.Refresh)
	}},
}

// clocksOfServers: within 20 s of the database's clock a server does everything; beyond,
// it does nothing, and says why.
func clocksOfServers(x *scene) {
	c := x.cluster()
	set := func(server int, skew time.Duration) { c.skew[server].Store(int64(skew)) }
	until := func(server, status int) {
		c.on(server)
		c.until(status)
	}
	a, code := c.on(0).code()
	for _, skew := range []time.Duration{5 * time.Minute, -5 * time.Minute, time.Hour, -time.Hour, 25 * time.Second, -25 * time.Second} {
		set(1, skew)
		until(1, http.StatusServiceUnavailable)
		if r := c.client.Redeem(a, code); r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			x.Errorf("a server whose clock is off by %s redeems: %d %s", skew, r.Status, r.Body)
		}
		if r := c.server.Get("/keys"); r.Status != http.StatusOK {
			x.Errorf("keys: %d", r.Status)
		}
		c.on(2).honest()
		set(1, 0)
		until(1, http.StatusOK)
	}
	if said := c.logs[1].String(); !strings.Contains(said, "the clock of this server is 5m0s ahead of the database's") || !strings.Contains(said, "1h0m0s behind") {
		x.Errorf("the log does not say why: %s", said)
	}
	late := c.config
	late.Now = func() time.Time { return time.Now().Add(-time.Minute) }
	if s, err := symbolon.New(late); err == nil || !strings.Contains(err.Error(), "1m0s behind the database's") {
		x.Errorf("a server whose clock is a minute late starts: %v", err)
		_ = s.Close()
	}
	// What was made before all that has not expired; and as far apart as they may be, one
	// goes on with what the other began.
	set(1, 18*time.Second)
	set(2, -18*time.Second)
	until(2, http.StatusOK)
	until(1, http.StatusOK)
	tokens := c.client.MustRedeem(a, code)
	for i := range 6 {
		tokens = c.on(1 + i%2).client.MustRefresh(tokens.Refresh)
		if !c.on(2 - i%2).server.Active(tokens.Access) {
			x.Error("a token is not active on a server whose clock is 36 s off")
		}
		b := c.server.NewBrowser()
		a, page := c.on(1 + i%2).asked(b)
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		c.on(2-i%2).client.MustRedeem(a, code)
	}
}
