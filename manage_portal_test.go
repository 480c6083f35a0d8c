package symbolon_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// link is a fresh portal link of Alice, back to the company's app.
func (x *scene) link() string {
	x.Helper()
	link, _ := x.say("portal-link", object{"sub": "alice", "return_url": strings.Replace(x.server.App.LoginURL(), "/login", "/settings", 1)})["url"].(string)
	return link
}

// portal is the page of connected apps, opened by a link.
func (x *scene) portal(b *symbolontest.Browser) *symbolontest.Response {
	x.Helper()
	page := b.Follow(b.Get(x.link()))
	if page.Status != http.StatusOK || page.URL.Path != "/portal" || page.URL.RawQuery != "" {
		x.Fatalf("no portal, but %d at %s: %s", page.Status, page.URL, page.VisibleText())
	}
	return page
}

func TestPortalShowsAndEndsAccess(t *testing.T) {
	x, first := managed(t)
	_, second := x.tokens("scope", "todo:read todo:write")
	x.server.App.SignIn(symbolontest.Bob())
	_, bob := x.tokens()
	b := x.server.NewBrowser()
	page := x.portal(b)
	said := page.VisibleText()
	for _, s := range []string{
		"Connected apps", "services of Acme", "Alice Example", "Test Client", "Unverified app", "Acme Todo", "todo.acme.example",
		"Read your to-dos", "Change your to-dos", "127.0.0.1", "Last used on", "End access", "Return to 127.0.0.1",
	} {
		if !strings.Contains(said, s) {
			x.Errorf("the page does not say %q: %s", s, said)
		}
	}
	ended := b.Submit(page, "grant", x.grantOf(first))
	page = b.Follow(ended)
	if !strings.Contains(page.VisibleText(), "Test Client can no longer use Acme Todo") || len(page.Forms()[0].Buttons()) != 2 {
		x.Errorf("after ending one: %s %q", page.VisibleText(), page.Forms()[0].Buttons())
	}
	x.dead(first)
	second = x.alive(second)
	page = b.Follow(b.Submit(page, "all", "all"))
	if !strings.Contains(page.VisibleText(), "All access has ended") || !strings.Contains(page.VisibleText(), "No app is connected") {
		x.Errorf("after ending all: %s", page.VisibleText())
	}
	if said := page.VisibleText(); !strings.Contains(said, "Alice Example") || strings.Contains(said, "These apps can") {
		x.Errorf("after ending all, the page does not say who is here, or speaks of apps: %s", said)
	}
	x.dead(second)
	x.alive(bob)
}

// Leaving ends the session, not the cookie alone: a copy of it opens and ends nothing.
func TestPortalLeaving(t *testing.T) {
	x, tokens := managed(t)
	b, thief, other := x.server.NewBrowser(), x.server.NewBrowser(), x.server.NewBrowser()
	page := x.portal(b)
	x.portal(other)
	thief.SetCookies(x.server.URL, b.Cookies(x.server.URL)...)
	if r := thief.Get(x.server.URL + "/portal"); r.Status != http.StatusOK {
		x.Fatalf("the copy is none: %d", r.Status)
	}
	left := b.Submit(page, "leave", "leave")
	if want := strings.Replace(x.server.App.LoginURL(), "/login", "/settings", 1); left.Status != http.StatusSeeOther || left.Header.Get("Location") != want {
		x.Errorf("leaving leads to %d %s, want %s", left.Status, left.Header.Get("Location"), want)
	}
	for name, browser := range map[string]*symbolontest.Browser{"the browser": b, "a copy of the cookie": thief} {
		if r := browser.Get(x.server.URL + "/portal"); r.Status != http.StatusForbidden || !strings.Contains(r.VisibleText(), "Please open this page again") {
			x.Errorf("%s after leaving: %d", name, r.Status)
		}
	}
	if r := thief.Submit(page, "all", "all"); r.Status != http.StatusForbidden {
		x.Errorf("the copy ends access: %d", r.Status)
	}
	x.client.MustRefresh(tokens.Refresh)
	if r := other.Get(x.server.URL + "/portal"); r.Status != http.StatusOK {
		x.Errorf("another session of the user ended, too: %d", r.Status)
	}
}

func TestPortalOfAUserWithoutGrants(t *testing.T) {
	x, _ := managed(t)
	link, _ := x.say("portal-link", object{"sub": "nobody was here"})["url"].(string)
	b := x.server.NewBrowser()
	page := b.Follow(b.Get(link))
	if page.Status != http.StatusOK || !strings.Contains(page.VisibleText(), "No app is connected") || strings.Contains(page.Body, "<a ") {
		x.Errorf("%d %s", page.Status, page.VisibleText())
	}
	if left := b.Submit(page, "leave", "leave"); left.Status != http.StatusOK || !strings.Contains(left.VisibleText(), "You have left") {
		x.Errorf("leaving, with nowhere to go: %d %s", left.Status, left.VisibleText())
	}
}

func TestPortalLinksAreGoodOnceAndForFiveMinutes(t *testing.T) {
	x, _ := managed(t)
	over := func(what string, r *symbolontest.Response) {
		x.Helper()
		if r.Status != http.StatusForbidden || !strings.Contains(r.VisibleText(), "Please open this page again") || len(r.Header.Values("Set-Cookie")) > 0 {
			x.Errorf("%s: %d %s", what, r.Status, r.VisibleText())
		}
	}
	link := x.link()
	for name, header := range map[string][]string{
		"a prefetch": {"Sec-Purpose", "prefetch"}, "a picture": {"Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, "a frame": {"Sec-Fetch-Dest", "iframe"},
	} {
		over(name, x.server.NewBrowser().Get(link, header...))
	}
	if r := x.server.Do(http.MethodHead, link, ""); r.Status != http.StatusMethodNotAllowed {
		x.Errorf("HEAD: %d", r.Status)
	}
	if r := x.server.NewBrowser().Get(link); r.Status != http.StatusSeeOther {
		x.Errorf("the user: %d", r.Status)
	}
	over("the second", x.server.NewBrowser().Get(link))
	over("forged", x.server.NewBrowser().Get(flipped(x.link())))
	over("none", x.server.NewBrowser().Get(x.server.URL+"/portal/open"))
	late := x.link()
	x.server.Clock.Advance(5*time.Minute + time.Second)
	over("late", x.server.NewBrowser().Get(late))
	winners := 0
	contested := x.link()
	for _, r := range atOnce(20, func(int) *symbolontest.Response { return x.server.Get(contested) }) {
		if r.Status == http.StatusSeeOther {
			winners++
		}
	}
	if winners != 1 {
		x.Errorf("%d of 20 opened one link", winners)
	}
}

func TestPortalSessionsEnd(t *testing.T) {
	x, tokens := managed(t)
	b := x.server.NewBrowser()
	page := x.portal(b)
	x.server.Clock.Advance(30*time.Minute + time.Second)
	if r := b.Get(x.server.URL + "/portal"); r.Status != http.StatusForbidden {
		x.Errorf("after half an hour: %d", r.Status)
	}
	x.refused("the form after half an hour", b.Submit(page, "grant", ""))
	x.client.MustRefresh(tokens.Refresh)
}

func TestPortalReturnsToTheCompanyAlone(t *testing.T) {
	x, _ := managed(t)
	app, _ := url.Parse(x.server.App.LoginURL())
	for target, ok := range map[string]bool{
		app.Scheme + "://" + app.Host + "/settings?a=b": true, "https://evil.example/": false, "https://" + app.Host + "/": false,
		app.Scheme + "://" + app.Host + "@evil.example/": false, app.Scheme + "://" + app.Host + ".evil.example/": false, "javascript:alert(1)": false,
		"//" + app.Host: false, "/settings": false, "http:\\\\" + app.Host: false, app.Scheme + "://" + app.Hostname() + ":1/": false, "": false,
	} {
		r := x.as(x.server.App.Token(), usersPath+":portal-link", object{"sub": "alice", "return_url": target})
		if got := r.Status == http.StatusOK; got != ok || !ok && r.Text("code") != "return_url_invalid" {
			x.Errorf("%q: %d %s", target, r.Status, r.Body)
		}
	}
}

var attacksPortal = []attack{
	{"W01_portal_cookie", func(x *scene) {
		x, b := x.secure()
		opened := b.Get(x.link())
		lines := opened.Header.Values("Set-Cookie")
		if len(lines) != 1 {
			x.Fatalf("cookies %q", lines)
		}
		c, err := http.ParseSetCookie(lines[0])
		if err != nil || c.Name != "__Host-symbolon_portal" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 1800 {
			x.Errorf("%s", lines[0])
		}
		target := x.server.URL + "/portal"
		for name, cookies := range map[string]string{
			"twice": c.Name + "=" + c.Value + "; " + c.Name + "=evil", "a twin without prefix": c.Name + "=" + c.Value + "; symbolon_portal=evil",
			"only without prefix": "symbolon_portal=" + c.Value, "forged": c.Name + "=" + flipped(c.Value), "no-break space": "\u00a0" + c.Name + "=" + c.Value,
		} {
			x.refused(name, x.raw(target, cookies))
		}
		if r := b.Get(target); r.Status != http.StatusOK {
			x.Errorf("the honest browser: %d", r.Status)
		}
		link, _ := url.Parse(x.link())
		x.refused("a link as session", x.raw(target, c.Name+"="+link.Query().Get("link")))
		x.refused("a session as link", x.server.NewBrowser().Get(x.server.URL+"/portal/open?link="+c.Value))
	}},
	{"W05_portal_csrf", func(x *scene) {
		_, tokens := x.tokens()
		b := x.server.NewBrowser()
		page := x.portal(b)
		stranger := x.server.NewBrowser()
		theirs := x.portal(stranger) // another session, even of the same user
		token := page.Forms()[0].Fields.Get("form_token")
		for _, path := range []string{"/portal/end", "/portal/leave"} {
			form := url.Values{"form_token": {token}, "grant": {x.grantOf(tokens)}}
			target := x.server.URL + path
			without := url.Values{"grant": form["grant"]}
			other := url.Values{"grant": form["grant"], "form_token": {theirs.Forms()[0].Fields.Get("form_token")}}
			for name, r := range map[string]*symbolontest.Response{
				"another site, with the token": b.Post(target, form),
				"another site, without header": b.Post(target, form, "Sec-Fetch-Site", ""),
				"a sibling site":               b.Post(target, form, "Sec-Fetch-Site", "same-site", "Origin", "https://sibling.example"),
				"no token":                     b.SubmitForm(page, symbolontest.Form{Action: path}, without),
				"the token of another session": b.SubmitForm(page, symbolontest.Form{Action: path}, other),
				"a wrong token":                b.SubmitForm(page, symbolontest.Form{Action: path}, url.Values{"grant": form["grant"], "form_token": {flipped(token)}}),
				"no cookie":                    x.server.NewBrowser().SubmitForm(page, symbolontest.Form{Action: path}, form),
			} {
				if r.Status != http.StatusForbidden {
					x.Errorf("%s: %s: %d %s", path, name, r.Status, r.VisibleText())
				}
			}
			if r := b.Get(target + "?" + form.Encode()); r.Status != http.StatusMethodNotAllowed {
				x.Errorf("%s: GET: %d", path, r.Status)
			}
		}
		x.client.MustRefresh(tokens.Refresh)
		if r := b.Get(x.server.URL + "/portal"); r.Status != http.StatusOK {
			x.Errorf("the session: %d", r.Status)
		}
	}},
	{"W08_portal_other_user", func(x *scene) {
		x.server.App.SignIn(symbolontest.Bob())
		_, bob := x.tokens()
		x.server.App.SignIn(symbolontest.Alice())
		b := x.server.NewBrowser()
		page := x.portal(b)
		form := page.Forms()[0]
		for _, fields := range []url.Values{
			{"form_token": form.Fields["form_token"], "grant": {x.grantOf(bob)}},
			{"form_token": form.Fields["form_token"], "grant": {x.grantOf(bob)}, "sub": {"bob"}, "connection": {"conn_acme"}},
		} {
			after := b.Follow(b.SubmitForm(page, form, fields))
			if strings.Contains(after.VisibleText(), "can no longer use") {
				x.Errorf("the page says so: %s", after.VisibleText())
			}
		}
		x.client.MustRefresh(bob.Refresh)
		if r := b.Get(x.server.URL + "/portal?ended=" + x.grantOf(bob)); strings.Contains(r.VisibleText(), "can no longer use") {
			x.Error("a link makes the page claim an end")
		}
	}},
}
