package symbolon_test

// W: cookies and sessions. These run over TLS, since that is where cookies have a
// prefix.

import (
	"net/http"
	"strings"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// secure is the scene on a server that speaks https, and its browser.
func (x *scene) secure() (*scene, *symbolontest.Browser) {
	x.Helper()
	x = x.on(symbolontest.StartServer(x, symbolontest.TLS(x)))
	return x, x.server.NewBrowser()
}

var attacksW = []attack{
	{"W01_cookie_flags", func(x *scene) {
		x, b := x.secure()
		r := b.Get(x.client.Authorize().URL)
		posted := x.server.App.Post(r.Location().Query().Get("login_request_id"), symbolontest.Alice())
		back := b.Get(posted.Text("redirect_url"))
		decision := b.Submit(b.Follow(back), "decision", "allow")
		seen := 0
		for _, answer := range []*symbolontest.Response{r, back, decision} {
			for _, line := range answer.Header.Values("Set-Cookie") {
				seen++
				c, err := http.ParseSetCookie(line)
				if err != nil || !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
					x.Errorf("%s", line)
				}
			}
		}
		if seen != 3 {
			x.Errorf("%d cookies were set", seen)
		}
	}},
	{"W02_tossed_cookies", func(x *scene) {
		x, b := x.secure()
		_, visit := x.posted(b)
		own := x.flowCookie(b)
		plain := strings.TrimPrefix(own.Name, "__Host-")
		for name, cookies := range map[string]string{
			"twice": own.Name + "=" + own.Value + "; " + own.Name + "=evil", "the other way round": own.Name + "=evil; " + own.Name + "=" + own.Value,
			"the same twice": own.Name + "=" + own.Value + "; " + own.Name + "=" + own.Value, "a twin without prefix": own.Name + "=" + own.Value + "; " + plain + "=evil",
			"only without prefix": plain + "=" + own.Value, "__Secure-": "__Secure-" + plain + "=" + own.Value,
		} {
			x.refused(name, x.raw(visit.RedirectURL, cookies))
		}
		if r := b.Get(visit.RedirectURL); r.Location() == nil {
			x.Errorf("the honest browser: %d", r.Status)
		}
	}},
	{"W03_prefix_bypass", func(x *scene) {
		x, b := x.secure()
		_, visit := x.posted(b)
		own := x.flowCookie(b)
		for name, cookies := range map[string]string{
			"U+2000": "\u2000" + own.Name + "=" + own.Value, "no-break space": "\u00a0" + own.Name + "=" + own.Value, "$Version": `$Version=1; "` + own.Name + `"=` + own.Value,
			"quotes": `"` + own.Name + `"="` + own.Value + `"`, "upper case": strings.ToUpper(own.Name) + "=" + own.Value, "comma": "a=b," + own.Name + "=" + own.Value,
			"encoded": strings.Replace(own.Name, "__Host", "%5F%5FHost", 1) + "=" + own.Value,
		} {
			x.refused(name, x.raw(visit.RedirectURL, cookies))
		}
	}},
	{"W04_fixation", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		before := x.flowCookie(b)
		page := b.Follow(b.Get(visit.RedirectURL))
		after := x.flowCookie(b)
		if before.Value == after.Value {
			x.Error("the value survives the login")
		}
		x.refused("the value from before, at the consent page", x.raw(page.URL.String(), before.Name+"="+before.Value))
		b.Submit(page, "", "")
		for _, c := range b.Cookies(x.server.URL) {
			if c.Value == after.Value {
				x.Error("the value survives the change of the account")
			}
		}
		r := b.Submit(page, "decision", "allow")
		if r.Location() != nil {
			x.Errorf("the old page decides after the account was changed: %s", r.Location())
		}
	}},
}
