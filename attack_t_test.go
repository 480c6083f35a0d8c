package symbolon_test

// T: access and refresh tokens.

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

var attacksT = []attack{
	{"T01_refresh_reuse", func(x *scene) {
		_, tokens := x.tokens()
		first, latest := tokens, tokens
		for range 3 {
			latest = x.client.MustRefresh(latest.Refresh)
		}
		x.refusedAs("the first one again", x.client.Refresh(first.Refresh), "invalid_grant")
		x.refusedAs("the latest one", x.client.Refresh(latest.Refresh), "invalid_grant")
		if x.server.Active(latest.Access) {
			x.Error("the latest access token is active")
		}
		if !strings.Contains(x.server.Logs(), "refresh_token_replayed") {
			x.Error("the log does not say so")
		}
	}},
	{"T02_refresh_race", func(x *scene) {
		_, tokens := x.tokens()
		for range x.rounds(10, 10_000) {
			successors := map[string]int{}
			for _, r := range atOnce(100, func(int) *symbolontest.Response { return x.client.Refresh(tokens.Refresh) }) {
				if r.Status != http.StatusOK {
					x.Fatalf("%d %s", r.Status, r.Body)
				}
				successors[r.Text("refresh_token")]++
			}
			if len(successors) != 1 {
				x.Fatalf("%d successors", len(successors))
			}
			tokens.Refresh = firstKeyOf(successors)
		}
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"T03_restart_revives", func(x *scene) {
		x = x.on(symbolontest.StartServer(x))
		_, tokens := x.tokens()
		next := x.client.MustRefresh(tokens.Refresh)
		x.server.Clock.Advance(31 * time.Second)
		x.server.Restart()
		x.refusedAs("the spent one after a restart", x.client.Refresh(tokens.Refresh), "invalid_grant")
		x.server.Restart()
		x.refusedAs("its successor after another", x.client.Refresh(next.Refresh), "invalid_grant")
	}},
	{"T04_grace", func(x *scene) {
		config := x.server.Config()
		config.Grace = 31 * time.Second
		if config.Check() == nil {
			x.Error("a grace of 31 s is accepted")
		}
		_, tokens := x.tokens()
		next := x.client.MustRefresh(tokens.Refresh)
		x.server.Clock.Advance(30 * time.Second)
		if again := x.client.MustRefresh(tokens.Refresh); again.Refresh != next.Refresh {
			x.Error("within the grace: another successor")
		}
		other := x.server.Register(map[string]any{"client_name": "Other"})
		x.refusedAs("another client within the grace", other.Refresh(tokens.Refresh), "invalid_grant")
		x.server.Clock.Advance(time.Second)
		x.refusedAs("a second past the grace", x.client.Refresh(tokens.Refresh), "invalid_grant")
		x.refusedAs("the family", x.client.Refresh(next.Refresh), "invalid_grant")
	}},
	{"T05_lost_response", func(x *scene) {
		_, tokens := x.tokens()
		base, _ := url.Parse(x.server.URL)
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}, "client_id": {x.client.ID}}.Encode()
		conn, err := net.Dial("tcp", base.Host)
		if err != nil {
			x.Fatal(err)
		}
		_, _ = fmt.Fprintf(conn, "POST /oauth/token HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
			base.Host, len(form), form)
		_, _ = conn.Read(make([]byte, 1)) // it was processed
		_ = conn.Close()
		first := x.client.MustRefresh(tokens.Refresh)
		if second := x.client.MustRefresh(tokens.Refresh); second.Refresh != first.Refresh {
			x.Error("two retries got two successors")
		}
		x.server.Clock.Advance(31 * time.Second)
		x.refusedAs("after the grace", x.client.Refresh(tokens.Refresh), "invalid_grant")
	}},
	{"T06_scope_expansion", func(x *scene) {
		_, tokens := x.tokens("scope", "todo:read")
		r := x.client.Refresh(tokens.Refresh, "scope", "todo:read todo:write admin")
		if r.Text("scope") != "todo:read" {
			x.Errorf("scope = %q", r.Text("scope"))
		}
		refresh := r.Text("refresh_token")
		x.refusedAs("nothing of it granted", x.client.Refresh(refresh, "scope", "todo:write"), "invalid_scope")
		x.client.MustRefresh(refresh)
		_, both := x.tokens("scope", "todo:read todo:write")
		r = x.client.Refresh(both.Refresh, "scope", "todo:read")
		if wide := x.client.MustRefresh(r.Text("refresh_token")); r.Text("scope") != "todo:read" || wide.Scope != "todo:read todo:write" {
			x.Errorf("narrow %q, then wide %q", r.Text("scope"), wide.Scope)
		}
	}},
	{"T08_refresh_of_another_client", func(x *scene) {
		_, tokens := x.tokens()
		thief := x.server.Register(map[string]any{"client_name": "Thief"})
		x.refusedAs("another client", thief.Refresh(tokens.Refresh), "invalid_grant")
		thief.Revoke(tokens.Refresh)
		thief.Revoke(tokens.Access)
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"T09_unauthenticated_refresh", func(x *scene) {
		x.client = x.server.Register(map[string]any{"token_endpoint_auth_method": "client_secret_basic"})
		_, tokens := x.tokens()
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}
		x.refusedAs("the id alone", x.server.PostForm("/oauth/token", withClient(form, x.client.ID)), "invalid_client")
		x.refusedAs("an empty Basic secret", x.server.PostForm("/oauth/token", form, "Authorization", basic(x.client.ID, "")), "invalid_client")
		x.refusedAs("a wrong secret", x.server.PostForm("/oauth/token", form, "Authorization", basic(x.client.ID, "wrong")), "invalid_client")
		assertion := withClient(form, x.client.ID)
		assertion.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		assertion.Set("client_assertion", "e30.e30.")
		x.refusedAs("another method", x.server.PostForm("/oauth/token", assertion), "invalid_client")
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"T11_revocation", func(x *scene) {
		for _, pick := range []func(symbolontest.Tokens) string{
			func(t symbolontest.Tokens) string { return t.Refresh },
			func(t symbolontest.Tokens) string { return t.Access },
		} {
			_, tokens := x.tokens()
			next := x.client.MustRefresh(tokens.Refresh)
			x.client.Revoke(pick(next))
			x.refusedAs("refresh", x.client.Refresh(next.Refresh), "invalid_grant")
			if x.server.Active(tokens.Access) || x.server.Active(next.Access) {
				x.Error("an access token is active")
			}
			claims := x.server.Claims(next.Access)
			if life := claims["exp"].(float64) - claims["iat"].(float64); life != 600 {
				x.Errorf("access tokens live %v s", life)
			}
		}
	}},
	{"T11_revocation_by_the_company_and_the_user", func(x *scene) {
		for name, end := range map[string]func(symbolontest.Tokens){
			"the company revokes":  func(symbolontest.Tokens) { x.say("revoke", object{"sub": "alice"}) },
			"the company disables": func(symbolontest.Tokens) { x.say("update", object{"sub": "alice", "disabled": true}) },
			"the company erases":   func(symbolontest.Tokens) { x.say("erase", object{"sub": "alice"}) },
			"the user ends it": func(t symbolontest.Tokens) {
				b := x.server.NewBrowser()
				b.Submit(x.portal(b), "grant", x.grantOf(t))
			},
		} {
			_, tokens := x.tokens()
			next := x.client.MustRefresh(tokens.Refresh)
			end(next)
			x.refusedAs(name+": refresh", x.client.Refresh(next.Refresh), "invalid_grant")
			x.refusedAs(name+": refresh again", x.client.Refresh(tokens.Refresh), "invalid_grant")
			if x.server.Active(tokens.Access) || x.server.Active(next.Access) {
				x.Errorf("%s: an access token is active", name)
			}
			x.say("update", object{"sub": "alice", "disabled": false})
			x.honest()
		}
	}},
	{"T12_introspection_across", func(x *scene) {
		x = x.on(symbolontest.StartServer(x, twoServers))
		_, tokens := x.tokens()
		r := x.server.PostForm("/oauth/introspect", url.Values{
			"token": {tokens.Access}, "client_id": {"skc_notes"}, "client_secret": {symbolontest.ResourceClientSecret},
		})
		if strings.TrimSpace(r.Body) != `{"active":false}` {
			x.Errorf("another MCP server is told %s", r.Body)
		}
		if r := x.server.PostForm("/oauth/introspect", url.Values{"token": {tokens.Access}}); r.Status != http.StatusUnauthorized {
			x.Errorf("nobody: %d", r.Status)
		}
		if !x.server.Active(tokens.Access) {
			x.Error("its own MCP server is told that it is not active")
		}
	}},
	{"T13_audience", func(x *scene) {
		x = x.on(symbolontest.StartServer(x, func(c *symbolon.Config) {
			c.MCPServers[0].Aliases = []symbolon.Alias{{URL: "https://todo.acme.example"}}
		}))
		for resource, want := range map[string]string{
			symbolontest.ServerURL: "[" + symbolontest.ServerURL + " res_todo]", "": "[" + symbolontest.ServerURL + " res_todo]",
			symbolontest.ServerURL + "/": "[" + symbolontest.ServerURL + " res_todo]", "https://TODO.acme.example:443": "[" + symbolontest.ServerURL + " res_todo https://todo.acme.example]",
		} {
			x.client.Resource = resource
			_, tokens := x.tokens()
			if got := fmt.Sprint(x.server.Claims(tokens.Access)["aud"]); got != want {
				x.Errorf("resource %q: aud = %s, want %s", resource, got, want)
			}
			r := x.server.PostForm("/oauth/introspect", url.Values{"token": {tokens.Access}}, "Authorization", "Bearer "+tokens.Access)
			x.refusedAs("a user's token at our own API", r, "invalid_client")
		}
	}},
	{"T14_cross_jwt", func(x *scene) {
		_, tokens := x.tokens()
		machine := x.server.App.Token()
		if x.server.Active(machine) {
			x.Error("a machine token is active as a user's token")
		}
		for name, assertion := range map[string]string{"access token": tokens.Access, "machine token": machine} {
			r := x.server.PostForm("/oauth/token", url.Values{
				"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}, "client_id": {x.client.ID},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
			})
			x.refusedAs(name+" as client assertion", r, "invalid_client")
		}
		x.client.Revoke(machine) // has no grant: nothing ends
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"T16_two_devices", func(x *scene) {
		_, deviceA := x.tokens()
		_, deviceB := x.tokens() // the same user, the same client id
		_, again := x.tokens()
		x.client.Revoke(again.Refresh)
		x.client.MustRefresh(deviceA.Refresh)
		x.client.MustRefresh(deviceB.Refresh)
	}},
	{"T17_cacheable", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a := x.client.Authorize()
		login := b.Get(a.URL)
		posted := x.server.App.Post(login.Location().Query().Get("login_request_id"), symbolontest.Alice())
		back := b.Get(posted.Text("redirect_url"))
		page := b.Follow(back)
		decision := b.Submit(page, "decision", "allow")
		token := x.client.Redeem(a, decision.Location().Query().Get("code"))
		for name, r := range map[string]*symbolontest.Response{
			"authorize": login, "user details": posted, "callback": back, "consent": page, "decision": decision, "token": token,
			"refused token": x.client.Redeem(a, "x"), "register": x.server.TryRegister(nil), "introspect": x.server.Introspect("x"),
			"revoke": x.client.Revoke("x"), "error page": b.Get(x.client.Authorize("client_id", "x").URL), "answered": b.Get(page.URL.String()),
			"error": x.server.Get("/api/v1/errors/err_x"), "refused registration": x.server.PostJSON(registerPath, "{}"),
		} {
			if !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
				x.Errorf("%s (%d): Cache-Control %q", name, r.Status, r.Header.Get("Cache-Control"))
			}
		}
	}},
	{"T19_offline_access", func(x *scene) {
		if r := x.server.Get("/resources/res_todo/.well-known/oauth-protected-resource"); strings.Contains(r.Body, "offline_access") {
			x.Error("the protected resource lists offline_access")
		}
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b, "scope", "todo:read offline_access")
		if !strings.Contains(page.VisibleText(), "Stay connected") {
			x.Errorf("the page does not say that access lasts: %s", page.VisibleText())
		}
		_, tokens := x.tokens("scope", "todo:read offline_access")
		if tokens.Scope != "todo:read" {
			x.Errorf("scope = %q", tokens.Scope)
		}
		x.client = x.server.Register(map[string]any{"grant_types": []string{"authorization_code"}})
		_, page = x.asked(b)
		_, tokens = x.tokens("scope", "todo:read offline_access")
		if tokens.Refresh != "" || strings.Contains(page.VisibleText(), "Stay connected") {
			x.Error("a client without refresh_token got one")
		}
	}},
}

func firstKeyOf(m map[string]int) string {
	for key := range m {
		return key
	}
	return ""
}
