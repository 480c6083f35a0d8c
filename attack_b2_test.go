package symbolon_test

// B, continued: several companies, many flows, crashes and interleavings.

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

var urlSafe = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

const (
	secondSecret = "second-company-secret-of-the-tests-0123456" //nolint:gosec // G101: of test servers only
	secondURL    = "https://second.example/mcp"
)

// companies starts a server with a second company, K2, its app and its MCP server.
func (x *scene) companies() (*scene, *symbolontest.FakeApp) {
	x.Helper()
	second := symbolontest.NewFakeApp(x, "conn_second", "skc_second", secondSecret)
	server := symbolontest.StartServer(x, func(c *symbolon.Config) {
		second.ServerURL = c.BaseURL
		c.Connections = append(c.Connections, symbolon.Connection{ID: "conn_second", Name: "Second", LoginURL: second.LoginURL()})
		c.APIClients = append(c.APIClients, symbolon.APIClient{ID: "skc_second", Secret: secondSecret, Connections: []string{"conn_second"}})
		c.MCPServers = append(c.MCPServers, symbolon.MCPServer{
			ID: "res_second", URL: secondURL, Connection: "conn_second", DynamicRegistration: true,
		})
	})
	return x.on(server), second
}

// without is the configuration in which the company and its MCP server vanished.
func without(c *symbolon.Config) {
	c.Connections, c.MCPServers = nil, nil
	c.APIClients = []symbolon.APIClient{
		{ID: symbolontest.LoginClientID, Secret: symbolontest.LoginClientSecret, Connections: []string{"*"}},
		{ID: symbolontest.ResourceClientID, Secret: symbolontest.ResourceClientSecret, Role: "resource", MCPServers: []string{"*"}},
	}
}

var attacksB2 = []attack{
	{"B09_other_company", func(x *scene) {
		x, second := x.companies()
		_, visit := x.begin(symbolontest.NewBrowser(x))
		body := `{"sub":"mallory","email":"m@second.example"}`
		post := func(app *symbolontest.FakeApp, connection, lri string) *symbolontest.Response {
			path := "/api/v1/connections/" + connection + "/auth-requests/" + lri + "/user"
			return x.server.PostJSON(path, body, "Authorization", "Bearer "+app.Token())
		}
		unknown := post(second, "conn_unknown", visit.LoginRequestID())
		x.refused("an unknown connection", unknown)
		x.sameAnswer("the other company's connection", unknown, post(second, symbolontest.ConnectionID, visit.LoginRequestID()))
		x.sameAnswer("the other company's login request", unknown, post(second, "conn_second", visit.LoginRequestID()))
		x.sameAnswer("the other way round", unknown, post(x.server.App, "conn_second", visit.LoginRequestID()))
		x.honest()
	}},
	{"B16_email_is_no_identity", func(x *scene) {
		x, second := x.companies()
		second.SignIn(symbolontest.User{"sub": "alice", "email": "alice@acme.example"})
		x.server.App.SignIn(symbolontest.User{"sub": "x1", "email": "same@acme.example"})
		first := x.client.Login(symbolontest.NewBrowser(x))
		x.server.App.SignIn(symbolontest.User{"sub": "x2", "email": "same@acme.example"})
		other := x.client.Login(symbolontest.NewBrowser(x))
		x.client.Revoke(first.Refresh)
		if x.server.Claims(first.Access)["sub"] != "x1" || x.server.Claims(other.Access)["sub"] != "x2" || !x.server.Active(other.Access) {
			x.Error("two subjects with one e-mail address are one user")
		}
		x.server.App.SignIn(symbolontest.Alice())
		mine := x.server.Claims(x.client.Login(symbolontest.NewBrowser(x)).Access)
		elsewhere := x.server.Client(x.client.ID, "")
		elsewhere.Issuer, elsewhere.Resource = x.server.URL+"/resources/res_second", secondURL
		if r := symbolontest.NewBrowser(x).Get(elsewhere.Authorize().URL); r.Location() != nil && r.Location().Query().Get("login_request_id") != "" {
			x.Error("a client of one MCP server began a login at another")
		}
		answer := x.server.PostJSON("/api/v1/resources/res_second/clients:register", `{"redirect_uris":["`+symbolontest.RedirectURI+`"],"token_endpoint_auth_method":"none"}`)
		elsewhere.ID = answer.Text("client_id")
		theirs := x.server.Claims(elsewhere.Login(symbolontest.NewBrowser(x)).Access)
		if mine["iss"] == theirs["iss"] {
			x.Errorf("alice of two companies: one issuer %v", mine["iss"])
		}
		config := x.server.Config()
		config.MCPServers = slices.Clone(config.MCPServers)
		config.MCPServers[0].TokenIssuer = "base"
		if config.Check() == nil {
			x.Error("token_issuer: base is accepted with two connections")
		}
	}},
	{"B18_parallel_tabs", func(x *scene) {
		other := x.server.Register(map[string]any{"client_name": "Second client"})
		b := symbolontest.NewBrowser(x)
		a1, visit1 := x.posted(b)
		cookie1 := x.flowCookie(b)
		x2 := &scene{x.T, x.server, other}
		a2, visit2 := x2.posted(b)
		var cookie2 *http.Cookie
		for _, c := range b.Cookies(x.server.URL) {
			if c.Name != cookie1.Name {
				cookie2 = c
			}
		}
		x.refused("tab 1 with the cookie of tab 2", x.raw(visit1.RedirectURL, cookie2.Name+"="+cookie2.Value))
		x.refused("tab 1 with the value of tab 2", x.raw(visit1.RedirectURL, cookie1.Name+"="+cookie2.Value))
		code2 := b.Submit(b.Follow(b.Get(visit2.RedirectURL)), "decision", "allow").Location().Query().Get("code")
		other.MustRedeem(a2, code2)
		code1 := b.Submit(b.Follow(b.Get(visit1.RedirectURL)), "decision", "allow").Location().Query().Get("code")
		x.client.MustRedeem(a1, code1)
	}},
	{"B20_login_url_values", func(x *scene) {
		for range x.rounds(100, 10_000) {
			_, visit := x.begin(symbolontest.NewBrowser(x))
			if !urlSafe.MatchString(visit.State()) || !urlSafe.MatchString(visit.LoginRequestID()) {
				x.Fatalf("%v", visit.Query)
			}
		}
		x = x.on(symbolontest.StartServer(x, func(c *symbolon.Config) {
			c.Connections[0].LoginURL = "https://acme.example/login?tenant=1"
		}))
		_, visit := x.begin(symbolontest.NewBrowser(x), "login_hint", "a@acme.example")
		for _, name := range []string{"tenant", "state", "login_request_id", "login_hint"} {
			if len(visit.Query[name]) != 1 {
				x.Errorf("%s = %q", name, visit.Query[name])
			}
		}
		for _, bad := range []string{"javascript:alert(1)", "http://acme.example/login", "data:text/html,x", "//acme.example", "https://acme.example/login?state=theirs"} {
			config := x.server.Config()
			config.Connections = []symbolon.Connection{{ID: symbolontest.ConnectionID, LoginURL: bad}}
			if config.Check() == nil {
				x.Errorf("login_url %q is accepted", bad)
			}
		}
	}},
	{"B21_referer", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		r := b.Get(visit.RedirectURL)
		if r.Status != http.StatusSeeOther || r.Location().RawQuery != "" {
			x.Errorf("%d to %s", r.Status, r.Location())
		}
		if r.Header.Get("Referrer-Policy") != "no-referrer" || r.Header.Get("Cache-Control") != "no-store" {
			x.Errorf("%v", r.Header)
		}
	}},
	{"B23_cookie_growth", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		var visits []symbolontest.Visit
		for range x.rounds(60, 200) {
			_, visit := x.posted(b)
			visits = append(visits, visit)
			x.server.Clock.Advance(time.Second)
		}
		size := 0
		for _, c := range b.Cookies(x.server.URL) {
			size += len(c.Name) + len(c.Value) + 3
		}
		if size > 7<<10 {
			x.Errorf("%d bytes of cookies", size)
		}
		x.Logf("%d bytes in %d cookies", size, len(b.Cookies(x.server.URL)))
		for i, visit := range visits[len(visits)-10:] {
			if r := b.Get(visit.RedirectURL); r.Location() == nil {
				x.Errorf("flow %d of the newest 10: %d", i, r.Status)
			}
		}
	}},
	{"B24_authorize_flood", func(x *scene) {
		x = x.on(symbolontest.StartServer(x, behindProxy(20, 200)))
		before, served := x.rows(), 0
		authorize := x.client.Authorize().URL
		for range x.rounds(500, 100_000) {
			switch r := x.server.Get(authorize, from("198.51.100.7")...); {
			case r.Status == http.StatusSeeOther:
				served++
			case r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "":
				x.Fatalf("%d %s", r.Status, r.VisibleText())
			}
		}
		if served != 100 { // its share, and what else the upper half of all has
			x.Errorf("%d were served", served)
		}
		if after := x.rows(); after != before {
			x.Errorf("%d rows more", after-before)
		}
		x.honest()
	}},
	{"B26_disabled_company", func(x *scene) {
		x = x.on(symbolontest.StartServer(x))
		b := symbolontest.NewBrowser(x)
		intact := x.server.Config()
		off := func() { x.server.Restart(without) }
		on := func() { x.server.Restart(func(c *symbolon.Config) { *c = intact }) }

		a, visit := x.begin(b)
		off()
		if r := symbolontest.NewBrowser(x).Get(a.URL); r.Location().Query().Get("error") != "access_denied" {
			x.Errorf("authorize: %d %s", r.Status, r.Location())
		}
		x.refused("the POST", x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice()))
		on()
		posted := x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())
		off()
		x.refused("callback", b.Get(posted.Text("redirect_url")))
		on()
		page := b.Follow(b.Get(posted.Text("redirect_url")))
		off()
		x.refused("decision", b.Submit(page, "decision", "allow"))
		on()
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		off()
		x.refused("exchange", x.client.Redeem(a, code))
		on()
		tokens := x.client.MustRedeem(a, code)
		off()
		x.refused("refresh", x.client.Refresh(tokens.Refresh))
		if x.server.Active(tokens.Access) {
			x.Error("introspection: active")
		}
		on()
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"B28_other_resource", func(x *scene) {
		x, second := x.companies()
		b := symbolontest.NewBrowser(x)
		a, visit := x.posted(b)
		x.refused("another connection's callback", b.Get(strings.Replace(visit.RedirectURL, symbolontest.ConnectionID, "conn_second", 1)))
		x.refused("another connection's POST", second.Post(visit.LoginRequestID(), symbolontest.Bob()))
		page := b.Follow(b.Get(visit.RedirectURL))
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		x.refusedAs("another resource", x.client.Redeem(a, code, "resource", secondURL), "invalid_target")
		elsewhere := *x.client
		elsewhere.Issuer = x.server.URL + "/resources/res_second"
		x.refused("another issuer", elsewhere.Redeem(a, code))
		tokens := x.client.MustRedeem(a, code)
		x.refusedAs("refresh for another resource", x.client.Refresh(tokens.Refresh, "resource", secondURL), "invalid_target")
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"B29_interleavings", func(x *scene) {
		tokens := 0
		for seed := range uint64(x.rounds(150, 100_000)) {
			tokens += interleave(x, rand.New(rand.NewPCG(seed, 29)))
		}
		if tokens == 0 {
			x.Error("no trace got a token: nothing was tried")
		}
	}},
	{"B30_browser_swap", func(x *scene) {
		a, v := symbolontest.NewBrowser(x), symbolontest.NewBrowser(x)
		request, visit := x.posted(a)
		x.refused("the victim's browser", v.Follow(v.Get(visit.RedirectURL)))
		page := a.Follow(a.Get(visit.RedirectURL))
		x.refused("the consent page in the victim's browser", v.Get(page.URL.String()))
		code := a.Submit(page, "decision", "allow").Location().Query().Get("code")
		x.server.Clock.Advance(61 * time.Second)
		x.refusedAs("after a minute", x.client.Redeem(request, code), "invalid_grant")
	}},
}

// player is one of two people with a browser who does things in any order, to any
// login that either of them began.
type player struct {
	name    string
	browser *symbolontest.Browser
	user    symbolontest.User
	has     map[int]string // redirect_url, by login
}

type interleavedLogin struct {
	by      int // who started
	request *symbolontest.Authorization
	visit   symbolontest.Visit
	asked   map[int]*symbolontest.Response // consent page by player
}

// goBack keeps the consent page, if that is where the browser ends.
func (l *interleavedLogin) goBack(who int, b *symbolontest.Browser, target string) {
	if page := b.Follow(b.Get(target)); page.Status == http.StatusOK {
		l.asked[who] = page
	}
}

// interleave plays twelve random steps. Whoever holds a token for a user must have
// started, returned and consented in that user's own browser.
func interleave(x *scene, random *rand.Rand) (tokens int) {
	x.Helper()
	people := []*player{
		{"attacker", symbolontest.NewBrowser(x), symbolontest.Bob(), map[int]string{}},
		{"victim", symbolontest.NewBrowser(x), symbolontest.Alice(), map[int]string{}},
	}
	var logins []*interleavedLogin
	for who, p := range people {
		request, visit := x.begin(p.browser)
		logins = append(logins, &interleavedLogin{who, request, visit, map[int]*symbolontest.Response{}})
	}
	for range 12 {
		who, which := random.IntN(2), random.IntN(2)
		p, l := people[who], logins[which]
		switch random.IntN(4) {
		case 0: // signs in at the company, through whoever's link
			if r := x.server.App.Post(l.visit.LoginRequestID(), p.user); r.Status == http.StatusOK {
				p.has[which] = r.Text("redirect_url")
			}
		case 1: // goes back by the state alone
			l.goBack(who, p.browser, x.callback(l.visit, ""))
		case 2: // goes back as the company says
			if p.has[which] != "" {
				l.goBack(who, p.browser, p.has[which])
			}
		case 3: // allows
			if page := l.asked[who]; page != nil {
				r := p.browser.Submit(page, "decision", "allow")
				if r.Location() == nil {
					continue
				}
				claims := x.server.Claims(x.client.MustRedeem(l.request, r.Location().Query().Get("code")).Access)
				tokens++
				if claims["sub"] != p.user["sub"] || l.by != who {
					x.Fatalf("%s got a token of %v by a login that the %s began", p.name, claims["sub"], people[l.by].name)
				}
			}
		}
	}
	return tokens
}
