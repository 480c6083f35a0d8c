package symbolon_test

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

var loginFlows = []flow{
	{"login", `A whole login, from the client's authorization request to its tokens.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		a := x.client.Authorize("scope", "todo:write unknown:scope")
		r := x.note("the client opens the browser here", b.Get(a.URL))
		login := symbolontest.Visit{Query: r.Location().Query()}
		posted := x.note("the company's backend says who signed in", x.server.App.Post(login.LoginRequestID(), symbolontest.Alice()))
		r = x.note("the company sends the browser back", b.Get(posted.Text("redirect_url")))
		page := x.note("the user is asked", b.Follow(r))
		r = x.note("the user allows", b.Submit(page, "decision", "allow"))
		x.note("the client redeems the code", x.client.Redeem(a, r.Location().Query().Get("code")))
	}},
	{"consent_deny", `The user says no: the client is told, with state and iss.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b)
		x.note("the user denies", b.Submit(page, "decision", "deny"))
	}},
	{"consent_switch", `"Use a different account" ends this login and goes through the company's login again,
with prompt=login and a new login_request_id; the client's request stays.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		r := x.note("the user asks for another account", b.Submit(page, "", ""))
		login := symbolontest.Visit{Query: r.Location().Query()}
		posted := x.server.App.Post(login.LoginRequestID(), symbolontest.Bob())
		page = x.note("Bob is asked", b.Follow(b.Get(posted.Text("redirect_url"))))
		r = b.Submit(page, "decision", "allow")
		x.note("the code is for Bob", x.client.Redeem(a, r.Location().Query().Get("code")))
	}},
	{"consent_twice", `One answer counts. "Back" and a second click find an explanation, never a second code.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b)
		b.Submit(page, "decision", "allow")
		x.note("the form is sent again", b.Submit(page, "decision", "allow"))
		x.note("the page is loaded again", b.Get(page.URL.String()))
	}},
	{"consent_cross_site", `A form that another site posts changes nothing, and the user's own page still works.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b)
		fields := url.Values{"decision": {"allow"}, "form_token": {page.Forms()[0].Fields.Get("form_token")}}
		x.note("another site posts the decision", b.Post(page.URL.String(), fields))
		if r := b.Submit(page, "decision", "allow"); r.Location() == nil {
			x.Errorf("the user's own answer: %d", r.Status)
		}
	}},
	{"consent_other_browser", `The consent page belongs to the browser with the cookie.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b)
		x.note("another browser opens its address", symbolontest.NewBrowser(x).Get(page.URL.String()))
	}},
	{"consent_late", `The decision has 10 minutes from the company's POST.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, page := x.asked(b)
		x.server.Clock.Advance(10*time.Minute + time.Second)
		x.note("the user allows too late", b.Submit(page, "decision", "allow"))
	}},
	{"error_id", `The error id of a page can be looked up for a day, and says no more than the page.`, func(x *transcript) {
		page := symbolontest.NewBrowser(x).Get(x.client.Authorize("client_id", "cli_unknown").URL)
		id := errorID(page)
		x.note("within a day", x.server.Get("/api/v1/errors/"+id))
		x.server.Clock.Advance(24*time.Hour + time.Second)
		x.note("after a day", x.server.Get("/api/v1/errors/"+id))
		x.note("invented", x.server.Get("/api/v1/errors/err_invented"))
	}},
}

var callbackFlows = []flow{
	{"callback_not_yet", `The browser is back before the company said who signed in: nothing is lost, it can try again.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.begin(b)
		back := x.server.App.CallbackURL(url.Values{"state": {visit.State()}})
		x.note("too early", b.Get(back))
		posted := x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())
		x.note("after the POST", b.Get(posted.Text("redirect_url")))
	}},
	{"callback_other_browser", `The cookie is the first half: a browser that did not start the login gets nowhere,
and the one that did still does.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		x.note("without the cookie", symbolontest.NewBrowser(x).Get(visit.RedirectURL))
		x.note("with the cookie", b.Get(visit.RedirectURL))
	}},
	{"callback_verifier_missing", `The verifier is the second half: a connection that requires it takes no state alone.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		x.note("state alone", b.Get(x.server.App.CallbackURL(url.Values{"state": {visit.State()}})))
	}},
	{"callback_verifier_wrong", `The verifier of another login is none.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		_, other := x.posted(symbolontest.NewBrowser(x))
		x.note("another login's verifier", b.Get(x.server.App.CallbackURL(url.Values{
			"state": {visit.State()}, "login_verifier": {other.AuthRequestID},
		})))
	}},
	{"callback_auth_request_id", `The auth_request_id, which SDKs return, is accepted as login_verifier.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		x.note("auth_request_id as login_verifier", b.Get(x.server.App.CallbackURL(url.Values{
			"state": {visit.State()}, "login_verifier": {visit.AuthRequestID},
		})))
	}},
	{"callback_state_unknown", `A state that is not ours, and none at all.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		x.note("invented", b.Get(x.server.App.CallbackURL(url.Values{"state": {"invented"}})))
		x.note("none", b.Get(strings.TrimSuffix(x.server.App.CallbackURL(nil), "?")))
	}},
	{"callback_expired", `A login lasts 10 minutes from the authorization request to the callback.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		x.server.Clock.Advance(10*time.Minute + time.Second)
		x.note("too late", b.Get(visit.RedirectURL))
	}},
	{"callback_prefetch", `What is no navigation of the user changes nothing.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		x.note("a script's fetch", b.Get(visit.RedirectURL, "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"))
		x.note("a prefetch", b.Get(visit.RedirectURL, "Sec-Purpose", "prefetch"))
		x.note("the user", b.Get(visit.RedirectURL))
	}},
	{"callback_login_failed", `The company did not sign the user in: the client gets access_denied.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.begin(b)
		posted := x.note("the company says so", x.server.App.Post(visit.LoginRequestID(), symbolontest.User{"login_failed": true}))
		x.note("the browser comes back", b.Get(posted.Text("redirect_url")))
	}},
	{"loopback_twin", `A browser that asks for localhost is sent to base_url, where its cookies will be.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		twin := strings.Replace(x.client.Authorize().URL, "127.0.0.1", "localhost", 1)
		x.note("authorize on localhost", b.Get(twin))
		x.note("machines are answered", x.server.Do(http.MethodGet, strings.Replace(x.server.URL, "127.0.0.1", "localhost", 1)+"/healthz", ""))
	}},
}

var declaredFlows = []flow{
	{"declared_state_only", `A connection with login_verifier: declared takes the hosted service's redirect by state alone.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		a, visit := x.posted(b)
		r := x.note("state alone", b.Get(x.server.App.CallbackURL(url.Values{"state": {visit.State()}})))
		r = b.Submit(b.Follow(r), "decision", "allow")
		x.client.MustRedeem(a, r.Location().Query().Get("code"))
	}},
	{"declared_verifier", `A POST that declares a verifier is held to it.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.begin(b)
		posted := x.note("the company declares", x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice(), "Symbolon-Handoff", "verifier"))
		x.note("state alone", b.Get(x.server.App.CallbackURL(url.Values{"state": {visit.State()}})))
		x.note("with the verifier", b.Get(posted.Text("redirect_url")))
	}},
	{"declared_burn", `A state-only login that comes back in a browser that did not start it is burned: somebody
sent a login link to somebody else.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		a, visit := x.posted(b)
		back := x.server.App.CallbackURL(url.Values{"state": {visit.State()}})
		r := b.Submit(b.Follow(b.Get(back)), "decision", "allow")
		tokens := x.client.MustRedeem(a, r.Location().Query().Get("code"))
		x.note("another browser comes back", symbolontest.NewBrowser(x).Get(back))
		x.note("the first one reloads", b.Get(back))
		x.note("what grew from the login is dead", x.client.Refresh(tokens.Refresh))
	}},
}
