package symbolon_test

// U: the pages that people see.

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// harmless parses a page as a browser does and says that nothing in it runs.
func (x *scene) harmless(what string, page *symbolontest.Response) {
	x.Helper()
	csp := page.Header.Get("Content-Security-Policy")
	if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") || page.Header.Get("X-Content-Type-Options") != "nosniff" {
		x.Errorf("%s: %v", what, page.Header)
	}
	for n := range page.Document().Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains([]string{"iframe", "object", "embed", "img", "svg", "base", "style", "math"}, n.Data) && attr(n, "src") != "" && !strings.HasPrefix(attr(n, "src"), "/assets/") {
			x.Errorf("%s: <%s>", what, n.Data)
		}
		if n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(attr(n, "src"), "/assets/")) {
			x.Errorf("%s: a script: %s", what, attr(n, "src"))
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") {
				x.Errorf("%s: %s=%q", what, a.Key, a.Val)
			}
		}
	}
}

var payloads = []string{
	`<script>alert(1)</script>`, `"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `</title><script>alert(1)</script>`, `</script><script>alert(1)</script>`,
	`<svg onload=alert(1)>`, `" onmouseover="alert(1)`, `' autofocus onfocus='alert(1)`, `javascript:alert(1)`, `<a href="javascript:alert(1)">x</a>`, `{{7*7}}`, `${7*7}`,
	`<iframe srcdoc="<script>alert(1)</script>">`, `<math><mi xlink:href="data:x,<script>alert(1)</script>">`, `<base href=//evil.example>`, `<style>@import'//evil.example'</style>`,
	`--><script>alert(1)</script><!--`, `]]><script>alert(1)</script>`, "<scr\x00ipt>alert(1)</scr\x00ipt>", `&lt;script&gt;alert(1)&lt;/script&gt;`, `<ſcript>alert(1)</ſcript>`,
	`<form action=//evil.example><button name=decision value=allow>`, `<meta http-equiv=refresh content="0;url=//evil.example">`, `<link rel=stylesheet href=//evil.example>`,
}

var attacksU = []attack{
	{"U01_consent_always", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		for range 3 {
			a, page := x.asked(b) // the same user, client, scopes and browser
			x.client.MustRedeem(a, b.Submit(page, "decision", "allow").Location().Query().Get("code"))
		}
		for name, client := range map[string]*symbolontest.Client{
			"another client": x.server.Register(map[string]any{"client_name": "Other"}), "another redirect host": x.server.Register(map[string]any{"redirect_uris": []string{"https://other.example/cb"}}),
		} {
			other := &scene{x.T, x.server, client}
			if _, page := other.asked(b); len(page.Forms()) == 0 {
				x.Errorf("%s: no question", name)
			}
		}
	}},
	{"U03_form_without_browser", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		_, otherPage := x.asked(symbolontest.NewBrowser(x))
		form := page.Forms()[0]
		body := url.Values{"decision": {"allow"}, "form_token": {form.Fields.Get("form_token")}}.Encode()
		target, cookie := x.server.URL+form.Action, x.flowCookie(b)
		own := cookie.Name + "=" + cookie.Value
		post := func(header ...string) *symbolontest.Response {
			return x.server.Do(http.MethodPost, target, body, header...)
		}
		const kind, formType = "Content-Type", "application/x-www-form-urlencoded"
		x.refused("no cookie", post(kind, formType))
		x.refused("a changed cookie", post(kind, formType, "Cookie", cookie.Name+"="+flipped(cookie.Value)))
		x.refused("another origin", post(kind, formType, "Cookie", own, "Origin", "https://evil.example"))
		x.refused("no origin", post(kind, formType, "Cookie", own, "Origin", "null"))
		x.refused("cross-site", post(kind, formType, "Cookie", own, "Sec-Fetch-Site", "cross-site"))
		x.refused("same-site", post(kind, formType, "Cookie", own, "Sec-Fetch-Site", "same-site"))
		x.refused("text/plain", post(kind, "text/plain", "Cookie", own))
		x.refused("JSON", post(kind, "application/json", "Cookie", own))
		x.refused("another page's token", b.SubmitForm(page, form, url.Values{"decision": {"allow"}, "form_token": {otherPage.Forms()[0].Fields.Get("form_token")}}))
		x.refused("no token", b.SubmitForm(page, form, url.Values{"decision": {"allow"}}))
		x.client.MustRedeem(a, b.Submit(page, "decision", "allow").Location().Query().Get("code"))
	}},
	{"U05_tampered_fields", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		form := page.Forms()[0]
		for name, value := range map[string]string{
			"decision": "allow", "client_id": "cli_evil", "scope": "todo:write", "redirect_uri": "https://evil.example/cb", "resource": "https://evil.example",
			"user": "bob", "sub": "bob", "flow": "AAAAAAAAAAAAAAAA", "state": "evil", "code_challenge": strings.Repeat("a", 43),
		} {
			form.Fields.Set(name, value)
		}
		r := b.SubmitForm(page, form, form.Fields)
		tokens := x.client.MustRedeem(a, r.Location().Query().Get("code"))
		if claims := x.server.Claims(tokens.Access); claims["sub"] != "alice" || claims["scope"] != "todo:read" || r.Location().Query().Get("state") != a.State {
			x.Errorf("%v %s", claims, r.Location())
		}
	}},
	{"U06_clickjacking", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b)
		x.posted(b)
		unlisted := &scene{x.T, x.server, x.server.Register(map[string]any{"redirect_uris": []string{"https://unlisted.example/cb"}})}
		for name, r := range map[string]*symbolontest.Response{
			"consent": page, "unknown client": b.Get(x.client.Authorize("client_id", "x").URL), "a link back": b.Get(unlisted.client.Authorize("prompt", "none").URL),
			"callback": b.Get(x.server.App.CallbackURL(url.Values{"state": {"x"}})), "cross-site": b.Post(page.URL.String(), url.Values{"decision": {"allow"}}),
			"answered":   func() *symbolontest.Response { b.Submit(page, "decision", "deny"); return b.Get(page.URL.String()) }(),
			"front page": b.Get(x.server.URL + "/"), "not found": b.Get(x.server.URL + "/nowhere"), "no such flow": b.Get(x.server.URL + "/consent/AAAAAAAAAAAAAAAA"),
		} {
			if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
				x.Errorf("%s is no page: %d %s", name, r.Status, r.Header.Get("Content-Type"))
			}
			if !strings.Contains(r.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || r.Header.Get("X-Frame-Options") != "DENY" {
				x.Errorf("%s can be framed: %v", name, r.Header)
			}
		}
	}},
	{"U08_xss", func(x *scene) {
		defer x.server.App.SignIn(symbolontest.Alice())
		for _, payload := range payloads {
			clean := strings.ReplaceAll(payload, "\x00", "")
			client := x.server.Register(map[string]any{"client_name": clean, "redirect_uris": []string{"https://unlisted.example/cb"}, "client_uri": "https://a.example/?" + url.QueryEscape(payload)})
			own := &scene{x.T, x.server, client}
			b := symbolontest.NewBrowser(x)
			_, visit := own.begin(b, "state", clean, "login_hint", clean)
			posted := x.server.App.Post(visit.LoginRequestID(), symbolontest.User{
				"sub": clean, "email": clean, "name": clean, "organization_external_name": clean, "locale": clean, "picture": clean,
			})
			if posted.Status != http.StatusOK {
				x.Fatalf("%q: %d %s", clean, posted.Status, posted.Body)
			}
			page := b.Follow(b.Get(posted.Text("redirect_url")))
			x.harmless("consent with "+payload, page)
			if len(page.Forms()) != 2 {
				x.Errorf("%q: %d forms", payload, len(page.Forms()))
			}
			for name, change := range map[string][]string{
				"state": {"state", payload, "prompt", "none"}, "client_id": {"client_id", payload}, "redirect_uri": {"redirect_uri", payload},
				"resource": {"resource", payload}, "response_type": {"response_type", payload}, "scope": {"scope", payload}, "ui_locales": {"ui_locales", payload, "prompt", "none"},
			} {
				r := b.Get(client.Authorize(change...).URL, "User-Agent", "UA "+clean, "Accept-Language", "en "+clean)
				if r.Status != http.StatusSeeOther {
					x.harmless(name+" with "+payload, r)
				}
			}
			x.harmless("state of the callback", b.Get(x.server.App.CallbackURL(url.Values{"state": {payload}, "login_verifier": {payload}})))
		}
	}},
	{"U09_link_schemes", func(x *scene) {
		x.client = x.server.Register(map[string]any{
			"client_uri": "https://agent.example/about", "policy_uri": "http://agent.example/policy", "tos_uri": "javascript:alert(1)", "logo_uri": "https://agent.example/logo.svg",
		})
		_, page := x.asked(symbolontest.NewBrowser(x))
		x.harmless("links", page)
		links := 0
		for n := range page.Document().Descendants() {
			if n.Type == html.ElementNode && n.Data == "a" {
				links++
				if attr(n, "href") != "https://agent.example/about" || attr(n, "rel") != "noopener noreferrer" {
					x.Errorf("a link: %v", n.Attr)
				}
			}
			if n.Type == html.ElementNode && n.Data == "img" {
				x.Error("the page loads a picture")
			}
		}
		if links != 1 {
			x.Errorf("%d links", links)
		}
	}},
	{"U10_deceptive_names", func(x *scene) {
		for _, name := range []string{"Cla\u202eedu", "Cl\u200baude", "Сlaude", strings.Repeat("Claude ", 80), "Claude (claude.ai)", "a\u2066b\u2069", "x\r\ny"} {
			x.client = x.server.Register(map[string]any{"client_name": name, "redirect_uris": []string{"https://xn--lude-73d7c.example/cb"}})
			_, page := x.asked(symbolontest.NewBrowser(x))
			if strings.ContainsAny(page.Body, "\u202e\u200b\u2066\u2069") || len(page.Body) > 64<<10 {
				x.Errorf("%q reached the page", name)
			}
			if text := page.VisibleText(); !strings.Contains(text, "xn--lude-73d7c.example") || !strings.Contains(text, "Unverified") || strings.Contains(text, strings.Repeat("Claude ", 20)) {
				x.Errorf("%q: %s", name, text)
			}
		}
	}},
	{"U11_redirect_host_shown", func(x *scene) {
		for uri, shown := range map[string]string{
			"https://agent.example/cb": "agent.example", "http://localhost:5/cb": "localhost", "http://127.0.0.1:6/cb": "127.0.0.1", "com.example.agent:/cb": "com.example.agent:", "https://agent.example:8443/cb": "agent.example:8443",
		} {
			x.client = x.server.Register(map[string]any{"redirect_uris": []string{uri}})
			_, page := x.asked(symbolontest.NewBrowser(x))
			text := page.VisibleText()
			for _, want := range []string{shown, "alice@acme.example", "alice", "Alice Example", "Acme Todo", "todo.acme.example"} {
				if !strings.Contains(text, want) {
					x.Errorf("%s: the page does not say %q: %s", uri, want, text)
				}
			}
		}
	}},
	{"U12_broad_scopes", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b, "scope", "todo:write admin * todo:* openid")
		if text := page.VisibleText(); strings.Contains(text, "Read your to-dos") || strings.Contains(text, "admin") || !strings.Contains(text, "Change your to-dos") {
			x.Errorf("the page: %s", text)
		}
		if tokens := x.client.MustRedeem(a, b.Submit(page, "decision", "allow").Location().Query().Get("code")); tokens.Scope != "todo:write" {
			x.Errorf("granted %q", tokens.Scope)
		}
		ceiling := x.on(symbolontest.StartServer(x, twoServers))
		batch := ceiling.server.Client("cli_batch", batchSecret)
		if r := batch.Post("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"todo:read todo:write"}}); r.Text("scope") != "todo:read" {
			x.Errorf("above the client's ceiling: %s", r.Body)
		}
	}},
	{"U16_pasted_code", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		if text := page.VisibleText(); !strings.Contains(text, "this computer") {
			x.Errorf("no warning for a loopback client: %s", text)
		}
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		x.refused("the code without its verifier", x.client.Redeem(x.client.Authorize(), code))
		x.server.Clock.Advance(61 * time.Second)
		x.refusedAs("after a minute", x.client.Redeem(a, code), "invalid_grant")
	}},
}
