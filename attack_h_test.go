package symbolon_test

// H: HTTP itself.

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// wire sends bytes that no HTTP library would and returns the answer.
func (x *scene) wire(request string) *http.Response {
	x.Helper()
	base, _ := url.Parse(x.server.URL)
	conn, err := net.Dial("tcp", base.Host)
	if err != nil {
		x.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprint(conn, request); err != nil {
		x.Logf("the server stopped reading: %v", err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		x.Fatalf("no answer: %v", err)
	}
	r.Body.Close()
	return r
}

var attacksH = []attack{
	{"H01_duplicate_parameters", func(x *scene) {
		target, query, _ := strings.Cut(x.client.Authorize("scope", "todo:read", "prompt", "login", "login_hint", "a").URL, "?")
		params, _ := url.ParseQuery(query)
		for name := range params {
			twice := query + "&" + url.Values{name: params[name]}.Encode()
			b := symbolontest.NewBrowser(x)
			r, posted := b.Get(target+"?"+twice), b.Post(target, mustParse(twice))
			if name == "resource" {
				if r.Location() == nil || r.Location().Query().Get("login_request_id") == "" {
					x.Errorf("resource twice: %d", r.Status)
				}
				continue
			}
			x.stays(name+" twice in the query", r)
			x.stays(name+" twice in the body", posted)
			x.stays(name+" in both", b.Post(target+"?"+url.Values{name: params[name]}.Encode(), params))
		}
		a, code := x.code()
		form := url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {a.Verifier}, "client_id": {x.client.ID}, "redirect_uri": {x.client.RedirectURI}, "scope": {"todo:read"},
		}
		for name := range form {
			twice := mustParse(form.Encode())
			twice.Add(name, form.Get(name))
			x.refusedAs(name+" twice at the token endpoint", x.server.PostForm("/oauth/token", twice), "invalid_request")
			x.refusedAs(name+" in both", x.server.PostForm("/oauth/token?"+name+"=x", form), "invalid_request")
		}
		x.client.MustRedeem(a, code)
	}},
	{"H02_semicolons", func(x *scene) {
		a := x.client.Authorize()
		for _, tail := range []string{"&state=a;state=b", ";state=a", "&x=a;b"} {
			x.stays(tail, symbolontest.NewBrowser(x).Get(a.URL+tail))
		}
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		x.refused("at the callback", b.Get(visit.RedirectURL+";state=x"))
		x.refused("at the token endpoint", x.server.Do(http.MethodPost, "/oauth/token", "grant_type=refresh_token;client_id=x", "Content-Type", "application/x-www-form-urlencoded"))
		x.refused("a bad escape", symbolontest.NewBrowser(x).Get(a.URL+"&x=%zz"))
	}},
	{"H03_secrets_in_urls", func(x *scene) {
		a, code := x.code()
		query := url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {a.Verifier}, "client_id": {x.client.ID}, "redirect_uri": {x.client.RedirectURI},
		}.Encode()
		x.refused("GET token", x.server.Get("/oauth/token?"+query))
		x.refused("POST with the query", x.server.Do(http.MethodPost, "/oauth/token?"+query, "", "Content-Type", "application/x-www-form-urlencoded"))
		x.refused("a client secret in the URL", x.server.PostForm("/oauth/token?client_secret=x", url.Values{"grant_type": {"client_credentials"}}))
		_, visit := x.begin(symbolontest.NewBrowser(x))
		target := x.server.App.UserURL(visit.LoginRequestID()) + "?access_token=" + x.server.App.Token()
		x.refused("access_token in the URL", x.server.PostJSON(target, `{"sub":"mallory","email":"m@acme.example"}`))
		x.refused("access_token in the body", x.server.PostForm("/oauth/introspect", url.Values{"token": {"x"}, "access_token": {x.server.App.Token()}}))
		x.client.MustRedeem(a, code)
	}},
	{"H15_forwarded_for", func(x *scene) {
		// An address of one's own choice for every request would be no limit at all.
		spoof := func(x *scene, header func(i int) string) (served int) {
			for i := range x.rounds(60, 60) {
				if x.server.Get("/keys", "X-Forwarded-For", header(i), "Forwarded", "for=192.0.2.1", "X-Real-Ip", fmt.Sprint("192.0.2.", i)).Status == http.StatusOK {
					served++
				}
			}
			return served
		}
		x = x.on(symbolontest.StartServer(x, behindProxy(1, 10)))
		// The proxy appends whom it saw; what the client wrote stands before it.
		if got := spoof(x, func(i int) string { return fmt.Sprintf("192.0.2.%d, 198.51.100.7", i) }); got != 5 {
			x.Errorf("behind the proxy %d were served, want 5", got)
		}
		x = x.on(symbolontest.StartServer(x, behindProxy(1, 10), func(c *symbolon.Config) { c.TrustedProxies = nil }))
		if got := spoof(x, func(i int) string { return fmt.Sprint("192.0.2.", i) }); got != 5 {
			x.Errorf("without a proxy %d were served, want 5", got)
		}
	}},
	{"H05_host_header", func(x *scene) {
		evil := []string{"Host", "evil.example", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example", "X-Original-Host", "evil.example"}
		fresh := x.on(symbolontest.StartServer(x)) // its very first request is the attacker's
		if first := fresh.server.Get("/.well-known/oauth-authorization-server", evil...); first.Text("issuer") != fresh.server.URL {
			x.Errorf("issuer %s", first.Text("issuer"))
		}
		for _, path := range []string{
			"/.well-known/oauth-authorization-server", "/resources/res_todo/.well-known/oauth-protected-resource", "/resources/res_todo/.well-known/oauth-authorization-server", "/keys",
		} {
			if x.server.Get(path).Body != x.server.Get(path, evil...).Body {
				x.Errorf("%s follows the Host header", path)
			}
		}
		b := symbolontest.NewBrowser(x)
		r := b.Get(x.client.Authorize().URL, evil...)
		if strings.Contains(r.Header.Get("Set-Cookie"), "Domain") || strings.Contains(fmt.Sprint(r.Header), "evil.example") {
			x.Errorf("%v", r.Header)
		}
		posted := x.server.App.Post(r.Location().Query().Get("login_request_id"), symbolontest.Alice(), "X-Forwarded-Host", "evil.example")
		if !strings.HasPrefix(posted.Text("redirect_url"), x.server.URL+"/") {
			x.Errorf("redirect_url %s", posted.Text("redirect_url"))
		}
		absolute := x.wire("GET http://evil.example/.well-known/oauth-authorization-server HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
		none := x.wire("GET /keys HTTP/1.1\r\nConnection: close\r\n\r\n")
		if absolute.StatusCode != http.StatusOK && absolute.StatusCode/100 != 4 || none.StatusCode != http.StatusBadRequest {
			x.Errorf("absolute form %d, no Host %d", absolute.StatusCode, none.StatusCode)
		}
	}},
	{"H07_paths", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		_, query, _ := strings.Cut(visit.RedirectURL, "?")
		for _, path := range []string{
			"/sso/v1/connections/conn_acme/partner%3Acallback", "/sso/v1/connections/..%2f..%2fadmin/partner:callback", "/sso/v1/connections/%2e%2e/partner:callback",
			"/sso/v1/connections/conn_acme;x=1/partner:callback", "/sso/v1/connections//partner:callback", "/sso/v1//connections/conn_acme/partner:callback",
			"/sso/v1/connections/conn_acme%00/partner:callback", "/SSO/v1/connections/conn_acme/partner:callback", "/sso/v1/connections/conn_acme/partner:callback/",
			"/sso/v1/connections/conn_acme/Partner:Callback", "/sso/v1/connections/./conn_acme/partner:callback", "/x/../sso/v1/connections/conn_acme/partner:callback",
			"/sso/v1/connections/" + strings.Repeat("c", 65) + "/partner:callback", "/sso/v1/connections/c\u00f6nn/partner:callback", "/sso/v1/connections/conn_acme/partner:callback%20",
		} {
			r := b.Get(x.server.URL + path + "?" + query)
			if r.Status/100 != 4 || r.Header.Get("Location") != "" {
				x.Errorf("%s: %d", path, r.Status)
			}
		}
		for _, path := range []string{"/resources/..%2f/oauth/token", "/resources/res_todo%2f..%2f/oauth/token", "/resources/RES_TODO/oauth/token", "/oauth/token/", "//oauth/token", "/oauth/%74oken"} {
			r := x.server.PostForm(path, url.Values{"grant_type": {"client_credentials"}, "client_id": {symbolontest.LoginClientID}, "client_secret": {symbolontest.LoginClientSecret}})
			if r.Status != http.StatusNotFound {
				x.Errorf("%s: %d", path, r.Status)
			}
		}
		if r := b.Get(visit.RedirectURL); r.Location() == nil {
			x.Errorf("the honest path: %d", r.Status)
		}
	}},
	{"H08_methods", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		callback, _ := url.Parse(visit.RedirectURL)
		cookie := x.flowCookie(b)
		for path, allowed := range map[string]string{
			callback.RequestURI(): "GET", "/oauth/token": "POST OPTIONS", "/oauth/revoke": "POST OPTIONS", "/oauth/introspect": "POST", "/oauth/register": "POST OPTIONS",
			"/oauth/authorize": "GET POST", "/consent/AAAAAAAAAAAAAAAA": "GET POST", "/consent/AAAAAAAAAAAAAAAA/switch": "POST", "/keys": "GET HEAD OPTIONS",
			"/.well-known/oauth-authorization-server": "GET HEAD OPTIONS", "/healthz": "GET HEAD", "/api/v1/connections/conn_acme/auth-requests/lri_x/user": "POST",
		} {
			for _, method := range []string{"HEAD", "TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "PROPFIND"} {
				if slices.Contains(strings.Fields(allowed), method) {
					continue
				}
				r := x.server.Do(method, path, "", "Cookie", cookie.Name+"="+cookie.Value, "X-HTTP-Method-Override", "POST", "Sec-Fetch-Mode", "navigate")
				if r.Status != http.StatusMethodNotAllowed || r.Header.Get("Allow") == "" || r.Header.Get("Set-Cookie") != "" {
					x.Errorf("%s %s: %d Allow %q", method, path, r.Status, r.Header.Get("Allow"))
				}
			}
		}
		r := x.server.Do(http.MethodGet, "/oauth/authorize", "client_id="+url.QueryEscape(x.client.ID), "Content-Type", "application/x-www-form-urlencoded", "X-HTTP-Method-Override", "POST")
		x.stays("GET with a body", r)
		if r := b.Get(visit.RedirectURL); r.Location() == nil {
			x.Errorf("the honest callback: %d", r.Status)
		}
	}},
	{"H09_sizes", func(x *scene) {
		const tail = "Host: x\r\nConnection: close\r\n\r\n"
		for name, request := range map[string]string{
			"1 MB of URL":          "GET /oauth/authorize?x=" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\n" + tail,
			"1 MB of header":       "GET /keys HTTP/1.1\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n" + tail,
			"10,000 headers":       "GET /keys HTTP/1.1\r\n" + strings.Repeat("X-A: a\r\n", 10_000) + tail,
			"a body of 10 MB":      "POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10485760\r\n" + tail + strings.Repeat("a", 100<<10),
			"a JSON body of 10 MB": "POST /oauth/register HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\n" + tail + strings.Repeat(" ", 100<<10),
		} {
			if r := x.wire(request); !slices.Contains([]int{400, 413, 414, 431}, r.StatusCode) {
				x.Errorf("%s: %d", name, r.StatusCode)
			}
		}
		many := strings.Repeat("a=b&", 1000)
		x.refused("1,000 parameters", x.server.Do(http.MethodPost, "/oauth/token", many, "Content-Type", "application/x-www-form-urlencoded"))
		x.honest()
	}},
	{"H13_scopes", func(x *scene) {
		var many strings.Builder
		for i := range 100_000 {
			fmt.Fprintf(&many, "s%d ", i)
		}
		_, tokens := x.tokens()
		for name, scope := range map[string]string{
			"100,000 scopes": many.String(), "64 KB in one": strings.Repeat("a", 64<<10), "quotes": `"todo:read"`, "backslashes": `todo\read`, "control": "todo:read\x01", "non-ASCII": "todo:réad",
		} {
			target, query, _ := strings.Cut(x.client.Authorize("scope", scope).URL, "?")
			r := symbolontest.NewBrowser(x).Post(target, mustParse(query))
			if l := r.Location(); l != nil && l.Query().Get("error") == "" {
				x.Errorf("%s at authorize: to %s", name, l)
			}
			x.refused(name+" at refresh", x.client.Refresh(tokens.Refresh, "scope", scope))
			x.refused(name+" at registration", x.server.TryRegister(map[string]any{"scope": scope}))
		}
		x.client.MustRefresh(tokens.Refresh)
	}},
}

func mustParse(query string) url.Values {
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	return values
}
