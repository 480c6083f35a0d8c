package symbolon_test

// D: dynamic client registration.

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// registrationFlood plays it against a server whose limits are low: many addresses
// at once, each beyond its share.
func registrationFlood(x *scene) {
	x.Helper()
	_, tokens := x.tokens()
	register := func(address string) int {
		r := x.server.PostJSON(registerPath, `{"redirect_uris":["http://127.0.0.1:1/cb"],"token_endpoint_auth_method":"none"}`, from(address)...)
		if r.Status == http.StatusTooManyRequests && (r.Header.Get("Retry-After") == "" || r.Header.Get("Access-Control-Allow-Origin") != "*") {
			x.Errorf("429 with %v", r.Header)
		}
		return r.Status
	}
	for range 30 { // one address with many users, six times its share
		if status := register("203.0.113.9"); status != http.StatusCreated {
			x.Fatalf("shared egress: %d", status)
		}
	}
	for i := range x.rounds(200, 10_000) {
		register(fmt.Sprint("198.51.100.", i%10))
	}
	if register("198.51.100.0") != http.StatusTooManyRequests {
		x.Error("the flood is not refused")
	}
	x.server.Clock.Advance(time.Second)
	register("198.51.100.0") // the flood goes on
	if status := register("192.0.2.1"); status != http.StatusCreated {
		x.Errorf("an honest registration: %d", status)
	}
	x.client.MustRefresh(tokens.Refresh)
	x.honest()
}

var attacksD = []attack{
	{"D01_registration_flood", func(x *scene) {
		before := x.rows()
		first := x.server.Register(map[string]any{"client_name": "Flood"})
		for range x.rounds(500, 100_000) {
			if again := x.server.Register(map[string]any{"client_name": "Flood"}); again.ID != first.ID {
				x.Fatal("the same registration got another id")
			}
		}
		x.server.Register(map[string]any{"client_name": "Flood of secrets", "token_endpoint_auth_method": "client_secret_basic"})
		if after := x.rows(); after != before {
			x.Errorf("%d rows more", after-before)
		}
		registrationFlood(x.on(symbolontest.StartServer(x, behindProxy(5, 100))))
	}},
	{"D02_unbounded_registration", func(x *scene) {
		uris := strings.Repeat(`"https://agent.example/cb",`, 10_000)
		for name, body := range map[string]string{
			"a huge body":   `{"client_name":"` + strings.Repeat("a", x.rounds(10<<20, 100<<20)) + `"}`,
			"a long name":   `{"redirect_uris":["https://agent.example/cb"],"client_name":"` + strings.Repeat("a", 1<<20) + `"}`,
			"10,000 URIs":   `{"redirect_uris":[` + strings.TrimSuffix(uris, ",") + `]}`,
			"a long URI":    `{"redirect_uris":["https://agent.example/` + strings.Repeat("a", 5000) + `"]}`,
			"depth 10,000":  `{"redirect_uris":["https://agent.example/cb"],"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
			"ids too long":  `{"redirect_uris":["https://agent.example/` + strings.Repeat("a", 900) + `"]}`,
			"21 redirects":  `{"redirect_uris":[` + strings.TrimSuffix(strings.Repeat(`"https://agent.example/cb",`, 21), ",") + `]}`,
			"a long member": `{"redirect_uris":["https://agent.example/cb"],"tos_uri":"https://agent.example/` + strings.Repeat("a", 2000) + `"}`,
		} {
			r := x.server.PostJSON(registerPath, body)
			if r.Status != http.StatusBadRequest && r.Status != http.StatusRequestEntityTooLarge {
				x.Errorf("%s: %d %.200s", name, r.Status, r.Body)
			}
		}
		x.honest()
	}},
	{"D04_privileged_metadata", func(x *scene) {
		r := x.server.TryRegister(map[string]any{
			"skip_consent": true, "trusted": true, "first_party": true, "client_id": "cli_chosen", "client_secret": "chosen", "verified": true,
			"grant_types": []string{"authorization_code", "client_credentials", "password"}, "sector_identifier_uri": "https://evil.example",
			"request_uris": []string{"https://evil.example"}, "initiate_login_uri": "https://evil.example", "software_statement": "e30.e30.e30",
			"default_max_age": 1, "mcp_servers": []string{"*"},
		})
		if r.Status != http.StatusCreated || r.Text("client_id") == "cli_chosen" || r.Text("client_secret") != "" {
			x.Fatalf("%d %s", r.Status, r.Body)
		}
		for _, name := range []string{"skip_consent", "trusted", "first_party", "verified", "sector_identifier_uri", "request_uris", "initiate_login_uri", "software_statement", "mcp_servers", "password", "client_credentials"} {
			if strings.Contains(r.Body, name) {
				x.Errorf("the answer speaks of %s: %s", name, r.Body)
			}
		}
		x.client = x.server.Client(r.Text("client_id"), "")
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b)
		if !strings.Contains(page.VisibleText(), "Unverified") {
			x.Errorf("no mark: %s", page.VisibleText())
		}
		x.client = x.server.Register(map[string]any{"scope": "admin todo:write"})
		_, tokens := x.tokens()
		if tokens.Scope != "todo:read" {
			x.Errorf("a scope of the registration became %q", tokens.Scope)
		}
	}},
	{"D05_id_collision", func(x *scene) {
		r := x.server.TryRegister(map[string]any{"client_id": "https://evil.example/client"})
		id := r.Text("client_id")
		if strings.HasPrefix(id, "https:") || id == "https://evil.example/client" {
			x.Errorf("client_id = %s", id)
		}
		_, visit := x.begin(symbolontest.NewBrowser(x))
		for _, sub := range []string{id, symbolontest.LoginClientID, symbolontest.ResourceClientID} {
			answer := x.server.App.Post(visit.LoginRequestID(), symbolontest.User{"sub": sub, "email": "a@acme.example"})
			if answer.Status != http.StatusBadRequest {
				x.Errorf("the sub %.20s: %d", sub, answer.Status)
			}
		}
	}},
	{"D06_registration_access_token", func(x *scene) {
		r := x.server.TryRegister(nil)
		if strings.Contains(r.Body, "registration_access_token") || strings.Contains(r.Body, "registration_client_uri") {
			x.Errorf("there is something to manage: %s", r.Body)
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPatch} {
			for _, path := range []string{registerPath, "/oauth/register", "/oauth/register/" + x.client.ID[:60]} {
				x.refused(method+" "+path, x.server.Do(method, path, "{}", "Authorization", "Bearer x", "Content-Type", "application/json"))
			}
		}
	}},
	{"D09_fail_closed", func(x *scene) {
		x = x.on(symbolontest.StartServer(x))
		_, tokens := x.tokens()
		x.breakDatabase()
		for name, r := range map[string]*symbolontest.Response{
			"register": x.server.TryRegister(nil), "authorize": symbolontest.NewBrowser(x).Get(x.client.Authorize().URL), "refresh": x.client.Refresh(tokens.Refresh),
			"introspect": x.server.Introspect(tokens.Access), "machine token": x.server.PostForm("/oauth/token", url.Values{
				"grant_type": {"client_credentials"}, "client_id": {symbolontest.LoginClientID}, "client_secret": {symbolontest.LoginClientSecret},
			}),
		} {
			if r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
				x.Errorf("%s: %d %.200s", name, r.Status, r.Body)
			}
			x.saysNothing(name, r)
		}
		for _, path := range []string{"/keys", "/.well-known/oauth-authorization-server", "/healthz"} {
			if r := x.server.Get(path); r.Status != http.StatusOK {
				x.Errorf("%s: %d", path, r.Status)
			}
		}
		x.repairDatabase()
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"D10_registration_off", func(x *scene) {
		x = &scene{T: x.T, server: symbolontest.StartServer(x, func(c *symbolon.Config) { c.MCPServers[0].DynamicRegistration = false })}
		before := x.server.TryRegister(nil)
		if before.Status != http.StatusNotFound || x.server.PostJSON("/oauth/register", "{}").Status != http.StatusNotFound {
			x.Errorf("%d", before.Status)
		}
		for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/resources/res_todo"} {
			if strings.Contains(x.server.Get(path).Body, "registration_endpoint") {
				x.Errorf("%s names a registration endpoint", path)
			}
		}
	}},
	{"D12_borrowed_names", func(x *scene) {
		for _, name := range []string{"Acme", "Claude", "ChatGPT", "Admin", "Acme Todo (verified)"} {
			x.client = x.server.Register(map[string]any{"client_name": name, "redirect_uris": []string{"https://evil.example/cb"}})
			_, page := x.asked(symbolontest.NewBrowser(x))
			if text := page.VisibleText(); !strings.Contains(text, "Unverified") || !strings.Contains(text, "evil.example") {
				x.Errorf("%s: %s", name, text)
			}
		}
	}},
}
