package symbolon_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"testing"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// TestCommits counts what waits for the disk. What a request costs is held by counting,
// never by a clock; internal/store/postgres.TestStatementsOfAnIntent counts round trips.
func TestCommits(t *testing.T) {
	x, admin := watched(t)
	commits := func() int {
		found := regexp.MustCompile(`(?m)^symbolon_store_commits_total (\d+)$`).FindStringSubmatch(x.server.Get(admin + "/metrics").Body)
		if found == nil {
			t.Fatal("the server does not count its commits")
		}
		n, err := strconv.Atoi(found[1])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	cost := func(what string, want int, do func()) {
		t.Helper()
		before := commits()
		do()
		if got := commits() - before; got != want {
			t.Errorf("%s: %d commits, want %d", what, got, want)
		}
	}
	var tokens symbolontest.Tokens
	cost("a registration", 0, func() { x.server.Register(nil) })
	cost("a machine token", 0, func() {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {symbolontest.LoginClientID}, "client_secret": {symbolontest.LoginClientSecret}}
		if r := x.server.PostForm("/oauth/token", form); r.Status != http.StatusOK {
			t.Error(r.Body)
		}
	})
	cost("the first step of a login", 0, func() { x.begin(symbolontest.NewBrowser(x)) })
	cost("a login", 3, func() { _, tokens = x.tokens() })
	cost("a refresh", 1, func() { tokens = x.client.MustRefresh(tokens.Refresh) })
	cost("an introspection", 0, func() {
		if !x.server.Active(tokens.Access) {
			t.Error("the token is not active")
		}
	})
}
