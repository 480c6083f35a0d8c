package symbolon_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

func declaredVerifier(c *symbolon.Config) { c.Connections[0].LoginVerifier = "declared" }

func requiredVerifier(c *symbolon.Config) { c.Connections[0].LoginVerifier = "required" }

// A proxy may join or split header lines; a declaration that is overlooked opens
// the login to the state alone.
func TestHandoffDeclaration(t *testing.T) {
	s := symbolontest.StartServer(t, declaredVerifier)
	client := s.Register(nil)
	s.App.HandOff(symbolontest.Withheld)
	for _, c := range []struct {
		lines []string
		want  int
	}{
		{nil, http.StatusSeeOther}, // the state alone suffices
		{[]string{"state"}, http.StatusSeeOther},
		{[]string{"verifier"}, http.StatusForbidden},
		{[]string{"VERIFIER"}, http.StatusForbidden},
		{[]string{"verifier, verifier"}, http.StatusForbidden},
		{[]string{"verifier;v=1"}, http.StatusForbidden},
		{[]string{"state", "verifier"}, http.StatusForbidden},
	} {
		browser := s.NewBrowser()
		login := browser.Get(client.Authorize().URL).Location().Query()
		var header []string
		for _, line := range c.lines {
			header = append(header, "Symbolon-Handoff", line)
		}
		if r := s.App.Post(login.Get("login_request_id"), symbolontest.Alice(), header...); r.Status != http.StatusOK {
			t.Fatalf("%q: the POST answered %d: %s", c.lines, r.Status, r.Body)
		}
		back := browser.Get(s.App.CallbackURL(url.Values{"state": {login.Get("state")}}))
		if back.Status != c.want {
			t.Errorf("%q: a callback by the state alone answered %d, want %d", c.lines, back.Status, c.want)
		}
	}
}

// A login that came back in a browser with a planted cookie did not come back to the
// one that started it either.
func TestPlantedCookieBurns(t *testing.T) {
	for name, plant := range map[string]func(own string) []string{
		"no cookie":     func(string) []string { return nil },
		"in a frame":    func(string) []string { return nil },
		"another value": func(own string) []string { return []string{own + "=x"} },
		"two":           func(own string) []string { return []string{own + "=x; " + own + "=y"} },
	} {
		t.Run(name, func(t *testing.T) {
			s := symbolontest.StartServer(t, declaredVerifier)
			client, attacker := s.Register(nil), s.NewBrowser()
			s.App.HandOff(symbolontest.Withheld)
			login := attacker.Get(client.Authorize().URL).Location().Query()
			if r := s.App.Post(login.Get("login_request_id"), symbolontest.Alice()); r.Status != http.StatusOK {
				t.Fatalf("the POST answered %d: %s", r.Status, r.Body)
			}
			back := s.App.CallbackURL(url.Values{"state": {login.Get("state")}})
			dest := "document"
			if name == "in a frame" {
				dest = "iframe"
			}
			header := []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", dest}
			for _, cookies := range plant(attacker.Cookies(s.URL)[0].Name) {
				header = append(header, "Cookie", cookies)
			}
			if r := s.Get(back, header...); r.Status != http.StatusForbidden {
				t.Errorf("the victim's browser was answered %d", r.Status)
			}
			if r := attacker.Get(back); r.Status != http.StatusForbidden {
				t.Errorf("the attacker's browser went on: %d, to %v", r.Status, r.Location())
			}
		})
	}
}

// Who stops accepting the state alone does so for the questions that are open, too.
func TestStateOnlyEndsWithTheConfiguration(t *testing.T) {
	s := symbolontest.StartServer(t, declaredVerifier)
	client, browser := s.Register(nil), s.NewBrowser()
	s.App.HandOff(symbolontest.ByState)
	page := client.Consent(browser, client.Authorize())
	s.Restart(requiredVerifier)
	if r := browser.Submit(page, "decision", "allow"); r.Status != http.StatusForbidden || r.Location() != nil {
		t.Errorf("allowing answered %d, to %v", r.Status, r.Location())
	}
	s.Restart(declaredVerifier)
	if r := browser.Submit(page, "decision", "allow"); r.Location() == nil || r.Location().Query().Get("code") == "" {
		t.Errorf("the refusal consumed the login: %d", r.Status)
	}
}

// A stranger does not learn which connections, that is which companies, there are.
func TestCallbackHidesConnections(t *testing.T) {
	s := symbolontest.StartServer(t)
	answer := func(connection string) string {
		r := s.Get("/sso/v1/connections/" + connection + "/partner:callback?state=" + strings.Repeat("A", 51))
		return http.StatusText(r.Status) + shownErrorID.ReplaceAllString(r.Body, "err_")
	}
	known := answer(symbolontest.ConnectionID)
	for _, id := range []string{"conn_other", "conn.other", strings.Repeat("c", 65)} {
		if answer(id) != known {
			t.Errorf("the page of %s differs from that of a connection that exists", id)
		}
	}
}

// shownErrorID has the time in it.
var shownErrorID = regexp.MustCompile(`err_[A-Za-z0-9_-]{56}`)

// A scope that the operator has taken away is in no token that is made afterwards.
func TestRemovedScopeIsNotRefreshed(t *testing.T) {
	s := symbolontest.StartServer(t)
	client := s.Register(nil)
	both := symbolontest.ReadScope + " " + symbolontest.WriteScope
	tokens := client.Login(s.NewBrowser(), "scope", both)
	if tokens.Scope != both {
		t.Fatalf("granted %q", tokens.Scope)
	}
	s.Restart(func(c *symbolon.Config) { c.MCPServers[0].Scopes = c.MCPServers[0].Scopes[:1] })
	fresh := client.MustRefresh(tokens.Refresh)
	if fresh.Scope != symbolontest.ReadScope {
		t.Errorf("after %s was removed the refresh gave %q", symbolontest.WriteScope, fresh.Scope)
	}
	if claim := s.Claims(fresh.Access)["scope"]; claim != symbolontest.ReadScope {
		t.Errorf("the token says %q", claim)
	}
}
