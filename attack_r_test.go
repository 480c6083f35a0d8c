package symbolon_test

// R: redirect URIs.

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// asks is an authorization request with this redirect URI, as another byte string
// than any URL library would send if need be.
func (x *scene) asks(redirectURI string) *symbolontest.Response {
	x.Helper()
	return symbolontest.NewBrowser(x).Get(x.client.Authorize("redirect_uri", redirectURI).URL)
}

// stays says that the browser was not sent anywhere.
func (x *scene) stays(what string, r *symbolontest.Response) {
	x.Helper()
	if r.Status != http.StatusBadRequest || r.Header.Get("Location") != "" {
		x.Errorf("%s: %d to %q", what, r.Status, r.Header.Get("Location"))
	}
}

// notRegistered says that a redirect URI cannot be registered.
func (x *scene) notRegistered(uri string) {
	x.Helper()
	r := x.server.TryRegister(map[string]any{"redirect_uris": []string{uri}})
	if r.Status != http.StatusBadRequest || r.Error() != "invalid_redirect_uri" {
		x.Errorf("registered %q: %d %s", uri, r.Status, r.Body)
	}
}

const registeredURI = "https://agent.example/cb/done?a=1&b=2"

var mutatedURIs = []string{
	"https://agent.example/cb/done", "https://agent.example/cb/done?", "https://agent.example/cb/done?a=1", "https://agent.example/cb/done?b=2&a=1",
	"https://agent.example/cb/done?a=1&b=2&c=3", "https://agent.example/cb/done?a=1&b=2&", "https://agent.example/cb/done?A=1&b=2",
	"https://agent.example/cb/done?a=1&amp;b=2", "https://agent.example/cb/done?a=1;b=2", "https://agent.example/cb/done?a=%31&b=2",
	"https://agent.example/cb/done/?a=1&b=2", "https://agent.example/cb//done?a=1&b=2", "https://agent.example/cb/./done?a=1&b=2",
	"https://agent.example/cb/../cb/done?a=1&b=2", "https://agent.example/cb/x/../done?a=1&b=2", "https://agent.example/cb/..;/cb/done?a=1&b=2",
	"https://agent.example/cb%2fdone?a=1&b=2", "https://agent.example/cb%2Fdone?a=1&b=2", "https://agent.example/%63b/done?a=1&b=2",
	"https://agent.example/CB/done?a=1&b=2", "https://agent.example/cb/Done?a=1&b=2", "https://agent.example/cb/done;x?a=1&b=2",
	"https://agent.example/cb/done%00?a=1&b=2", "https://agent.example/cb/done%20?a=1&b=2", "https://agent.example/cb/donex?a=1&b=2",
	"https://agent.example/cb/don?a=1&b=2", "https://agent.example/?a=1&b=2", "https://agent.example",
	"https://AGENT.example/cb/done?a=1&b=2", "https://agent.EXAMPLE/cb/done?a=1&b=2", "HTTPS://agent.example/cb/done?a=1&b=2",
	"http://agent.example/cb/done?a=1&b=2", "ftp://agent.example/cb/done?a=1&b=2", "//agent.example/cb/done?a=1&b=2",
	"agent.example/cb/done?a=1&b=2", "/cb/done?a=1&b=2", "https:/agent.example/cb/done?a=1&b=2", "https:agent.example/cb/done?a=1&b=2",
	"https:///agent.example/cb/done?a=1&b=2", "https://agent.example:443/cb/done?a=1&b=2", "https://agent.example:/cb/done?a=1&b=2",
	"https://agent.example:8443/cb/done?a=1&b=2", "https://agentxexample/cb/done?a=1&b=2", "https://agent.example./cb/done?a=1&b=2",
	"https://agent.example.evil.example/cb/done?a=1&b=2", "https://evil.example/agent.example/cb/done?a=1&b=2",
	"https://evilagent.example/cb/done?a=1&b=2", "https://x.agent.example/cb/done?a=1&b=2", "https://agent.example@evil.example/cb/done?a=1&b=2",
	"https://user@agent.example/cb/done?a=1&b=2", "https://user:pw@agent.example/cb/done?a=1&b=2", "https://@agent.example/cb/done?a=1&b=2",
	"https://evil.example\\@agent.example/cb/done?a=1&b=2", "https://agent.example\\.evil.example/cb/done?a=1&b=2",
	"https:\\\\agent.example\\cb\\done?a=1&b=2", "https://agent.example/cb\\done?a=1&b=2", "https://agent.example%2f@evil.example/cb/done?a=1&b=2",
	"https://agent.example#@evil.example/cb/done?a=1&b=2", "https://agent.example/cb/done?a=1&b=2#", "https://agent.example/cb/done?a=1&b=2#x",
	"https://agent.example/cb/done?a=1&b=2%23", " https://agent.example/cb/done?a=1&b=2", "https://agent.example/cb/done?a=1&b=2 ",
	"\thttps://agent.example/cb/done?a=1&b=2", "https://agent.example/cb/done?a=1&b=2\n", "https://agent.example/cb/done?a=1&b=2\r\n",
	"https://agent\t.example/cb/done?a=1&b=2", "https://agent.example/c\nb/done?a=1&b=2", "https://agent.example/cb/done?a=1&b=2\x00",
	"https://аgent.example/cb/done?a=1&b=2", "https://xn--gent-43d.example/cb/done?a=1&b=2", "https://agent。example/cb/done?a=1&b=2",
	"https://ａgent.example/cb/done?a=1&b=2", "https://agent.example/cb/done？a=1&b=2", "https://agent%2eexample/cb/done?a=1&b=2",
	"https://[::1]/cb/done?a=1&b=2", "https://127.0.0.1/cb/done?a=1&b=2", "javascript:alert(1)//agent.example/cb/done?a=1&b=2",
	"data:text/html,https://agent.example/cb/done?a=1&b=2", "https://agent.example/cb/done?a=1&b=2&redirect=https://evil.example",
	"https://agent.example/cb/done?a=1&b=2?", "https://agent.example/cb/done??a=1&b=2", "https://*.example/cb/done?a=1&b=2", "https://agent.example/*",
	"https://agent.example/cb/done?a=1&b=3", "https://agent.example/cb/done?a=1&&b=2", "https://agent.example/cb/done?a=1&b=2&a=1", "*", "",
}

var attacksR = []attack{
	{"R01_fuzzy_match", func(x *scene) {
		x.client = x.server.Register(map[string]any{"redirect_uris": []string{registeredURI}})
		if len(mutatedURIs) < 80 {
			x.Errorf("only %d mutations", len(mutatedURIs))
		}
		for _, uri := range mutatedURIs {
			x.stays(uri, x.asks(uri))
		}
		if r := x.asks(registeredURI); r.Location() == nil {
			x.Errorf("the registered one: %d", r.Status)
		}
	}},
	{"R03_loopback_port", func(x *scene) {
		x.client = x.server.Register(map[string]any{"redirect_uris": []string{"http://127.0.0.1:8080/cb", "http://localhost:8080/local"}})
		for _, uri := range []string{"http://127.0.0.1:1/cb", "http://127.0.0.1/cb", "http://127.0.0.1:65535/cb", "http://localhost:9/local"} {
			if r := x.asks(uri); r.Location() == nil {
				x.Errorf("%s: %d", uri, r.Status)
			}
		}
		for _, uri := range []string{
			"http://127.0.0.1:8080/other", "http://127.0.0.1:8080/cb?x=1", "https://127.0.0.1:8080/cb", "http://127.0.0.2:8080/cb",
			"http://localhost:8080/cb", "http://[::1]:8080/cb", "http://127.0.0.1:99999/cb", "http://127.0.0.1:x/cb", "http://127.0.0.1:/cb",
			"http://127.0.0.1:-1/cb", "http://127.0.0.1:8080:1/cb", "http://127.1:8080/cb", "http://127.0.0.1:8080/local",
		} {
			x.stays(uri, x.asks(uri))
		}
		x.client.RedirectURI = "http://127.0.0.1:1/cb"
		a := x.client.Authorize()
		code := x.client.Code(symbolontest.NewBrowser(x), a)
		x.refusedAs("another port at the token endpoint", x.client.Redeem(a, code, "redirect_uri", "http://127.0.0.1:2/cb"), "invalid_grant")
		x.client.MustRedeem(a, code)
	}},
	{"R04_localhost_lookalike", func(x *scene) {
		x.client = x.server.Register(map[string]any{"redirect_uris": []string{"http://localhost/cb"}})
		for _, uri := range []string{
			"http://localhost.evil.com/cb", "http://127.0.0.1.nip.io/cb", "http://127.0.0.1@evil.example/cb", "http://localhost:80@evil.example/cb",
			"http://[::ffff:127.0.0.1]/cb", "http://0.0.0.0/cb", "http://2130706433/cb", "http://127.1/cb", "http://0x7f.1/cb", "http://localhost./cb",
			"http://LOCALHOST/cb", "http://127.0.0.01/cb", "http://[0:0:0:0:0:0:0:1]/cb",
		} {
			x.stays(uri, x.asks(uri))
			x.notRegistered(uri)
		}
	}},
	{"R05_plain_http", func(x *scene) {
		for _, uri := range []string{"http://agent.example/cb", "HTTP://agent.example/cb", "http://10.0.0.1/cb", "http://192.168.1.1/cb", "http://agent.local/cb"} {
			x.notRegistered(uri)
		}
	}},
	{"R06_dangerous_schemes", func(x *scene) {
		for _, uri := range []string{
			"javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "\x01javascript:alert(1)",
			"javascript\x00:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://a/b", "about:blank", "mailto:a@b.example",
			"intent://x#Intent;end", "ws://a.example/cb", "wss://a.example/cb", "ftp://a.example/cb", "view-source:https://a.example", "filesystem:x", "chrome://settings",
		} {
			x.stays(uri, x.asks(uri))
			x.notRegistered(uri)
		}
	}},
	{"R07_fragment", func(x *scene) {
		for _, uri := range []string{"https://agent.example/cb#", "https://agent.example/cb#x", "cursor://agent/cb#", "http://127.0.0.1/cb#x"} {
			x.notRegistered(uri)
		}
	}},
	{"R09_redirect_before_proof", func(x *scene) {
		for name, change := range map[string][]string{
			"unknown client": {"client_id", "cli_unknown"}, "unregistered URI": {"redirect_uri", "https://evil.example/cb"},
			"missing URI": {"redirect_uri", ""}, "forged client": {"client_id", flipped(x.client.ID)}, "both": {"client_id", "x", "redirect_uri", "https://evil.example"},
		} {
			r := symbolontest.NewBrowser(x).Get(x.client.Authorize(change...).URL)
			x.stays(name, r)
			if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
				x.Errorf("%s: %s", name, r.Header.Get("Content-Type"))
			}
		}
	}},
	{"R10_redirect_in_the_form", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		form := page.Forms()[0]
		form.Fields.Set("decision", "allow")
		form.Fields.Set("redirect_uri", "https://evil.example/cb")
		r := b.SubmitForm(page, form, form.Fields)
		if r.Location() == nil || r.Location().Host != "127.0.0.1:8765" {
			x.Fatalf("the code went to %s", r.Location())
		}
		x.client.MustRedeem(a, r.Location().Query().Get("code"))
	}},
	{"R11_open_redirector", func(x *scene) {
		x.client = x.server.Register(map[string]any{"redirect_uris": []string{"https://evil.example/cb"}})
		for name, change := range map[string][]string{
			"prompt": {"prompt", "none"}, "response type": {"response_type", "token"}, "PKCE": {"code_challenge", ""}, "resource": {"resource", "https://x.example"},
			"scope": {"scope", "\"bad\""}, "response mode": {"response_mode", "fragment"}, "state": {"state", strings.Repeat("s", 2000)},
		} {
			x.stays(name, symbolontest.NewBrowser(x).Get(x.client.Authorize(change...).URL))
		}
	}},
	{"R12_307", func(x *scene) {
		for _, path := range []string{
			"/", "/oauth/authorize", "/oauth/token", "/oauth/token/", "/oauth/revoke", "/oauth/introspect", "/oauth/register", "/oauth//token", "/oauth/../oauth/token",
			"/oauth/./token", "/consent", "/consent/", "/consent/x", "/consent/x/switch", "/keys", "/keys/", "//keys", "/sso/v1/connections/conn_acme/partner:callback",
			"/api/v1/connections/conn_acme/auth-requests/lri_x/user", "/api/v1/errors/err_x", "/resources/res_todo", "/resources/res_todo/", "/assets", "/assets/", "/assets/x",
			"/.well-known/oauth-authorization-server/", "/.well-known", "/healthz/", "/scalekit.v1.auth.AuthService/UpdateLoginUserDetails",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				r := x.server.Do(method, path, "a=b", "Content-Type", "application/x-www-form-urlencoded")
				if r.Status == http.StatusTemporaryRedirect || r.Status == http.StatusPermanentRedirect || method == http.MethodPost && r.Status/100 == 3 && r.Status != http.StatusSeeOther {
					x.Errorf("%s %s: %d", method, path, r.Status)
				}
			}
		}
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b)
		if r := b.Submit(page, "decision", "deny"); r.Status != http.StatusSeeOther {
			x.Errorf("the decision: %d", r.Status)
		}
	}},
	{"R14_state_injection", func(x *scene) {
		for _, state := range []string{
			"a\r\nSet-Cookie: evil=1", "a%0d%0aSet-Cookie: evil=1", "x&code=evil", "x&iss=https://evil.example", "x#fragment", "ünïcode ☃", `"><script>alert(1)</script>`, "a\x00b", "+ +",
		} {
			r := symbolontest.NewBrowser(x).Get(x.client.Authorize("state", state, "prompt", "none").URL)
			if r.Status == http.StatusBadRequest && r.Location() == nil {
				continue
			}
			query := r.Location().Query()
			if query.Get("state") != state || len(query["state"]) != 1 || query.Has("code") || len(query["iss"]) != 1 || r.Header.Get("Set-Cookie") != "" || r.Location().Fragment != "" {
				x.Errorf("%q came back as %s", state, r.Header)
			}
		}
		if r := symbolontest.NewBrowser(x).Get(x.client.Authorize("state", strings.Repeat("s", 8<<10)).URL); r.Location() != nil && r.Location().Query().Get("error") == "" {
			x.Errorf("8 KB of state: %d", r.Status)
		}
	}},
	{"R15_response_mode", func(x *scene) {
		for _, mode := range []string{"form_post", "fragment", "web_message", "query.jwt", "jwt", "QUERY"} {
			r := symbolontest.NewBrowser(x).Get(x.client.Authorize("response_mode", mode).URL)
			if r.Location() == nil || r.Location().Query().Get("error") != "invalid_request" || strings.Contains(r.Body, symbolontest.RedirectURI) {
				x.Errorf("%s: %d %s", mode, r.Status, r.Location())
			}
		}
	}},
	{"R17_custom_scheme", func(x *scene) {
		const uri = "cursor://anysphere.cursor-mcp/oauth/callback"
		x.client = x.server.Register(map[string]any{"redirect_uris": []string{uri}})
		for _, other := range []string{"cursor://anysphere.cursor-mcp/oauth/callback/", "cursor://evil/oauth/callback", "cursor:/anysphere.cursor-mcp/oauth/callback", "Cursor://anysphere.cursor-mcp/oauth/callback", "cursor://anysphere.cursor-mcp:1/oauth/callback"} {
			x.stays(other, x.asks(other))
		}
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		if text := page.VisibleText(); !strings.Contains(text, "cursor:") || !strings.Contains(text, "program") && !strings.Contains(text, "app") {
			x.Errorf("the consent page does not show the scheme: %s", text)
		}
		r := b.Submit(page, "decision", "allow")
		if !strings.HasPrefix(r.Header.Get("Location"), uri+"?") {
			x.Fatalf("to %s", r.Header.Get("Location"))
		}
		u, _ := url.Parse(r.Header.Get("Location"))
		x.client.MustRedeem(a, u.Query().Get("code"))
	}},
}
