package symbolon_test

import (
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// watched is a server with an admin listener, whose URL it returns.
func watched(t *testing.T, change ...func(*symbolon.Config)) (x *scene, admin string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	server := symbolontest.StartServer(t, append(change, func(c *symbolon.Config) { c.Admin.Listen = address })...)
	return &scene{t, server, server.Register(nil)}, "http://" + address
}

func TestMetrics(t *testing.T) {
	x, admin := watched(t, declared)
	_, tokens := x.tokens()
	next := x.client.MustRefresh(tokens.Refresh)
	x.client.MustRefresh(tokens.Refresh) // repeated: within the grace
	x.client.MustRefresh(next.Refresh)
	x.refusedAs("a replay", x.client.Refresh(tokens.Refresh), "invalid_grant")
	a, code := x.code()
	x.client.MustRedeem(a, code)
	x.refusedAs("a replayed code", x.client.Redeem(a, code), "invalid_grant")
	x.refusedAs("a grant of one's own", x.client.Post("/oauth/token", map[string][]string{"grant_type": {"my_own"}}), "unsupported_grant_type")
	x.server.App.HandOff(symbolontest.ByState)
	x.honest()
	_, stolen := x.posted(symbolontest.NewBrowser(x))
	symbolontest.NewBrowser(x).Get(x.server.App.CallbackURL(map[string][]string{"state": {stolen.State()}}))
	x.server.Get("/no/such/page-of-mallory")
	x.server.Do("BREW", "/keys", "")

	r := x.server.Get(admin + "/metrics")
	for _, want := range []string{
		`symbolon_login_steps_total{outcome="ok",step="decision"} 3`,
		`symbolon_login_steps_total{outcome="refresh_token_replayed",step="refresh"} 1`,
		`symbolon_token_requests_total{grant_type="authorization_code",outcome="issued"} 3`,
		`symbolon_token_requests_total{grant_type="authorization_code",outcome="code_replayed"} 1`,
		`symbolon_token_requests_total{grant_type="refresh_token",outcome="issued"} 2`,
		`symbolon_token_requests_total{grant_type="refresh_token",outcome="repeated"} 1`,
		`symbolon_token_requests_total{grant_type="refresh_token",outcome="refresh_token_replayed"} 1`,
		`symbolon_token_requests_total{grant_type="other",outcome="grant_type_unsupported"} 1`,
		`symbolon_state_only_callbacks_total 1`,
		`symbolon_burned_logins_total 1`,
		`symbolon_http_requests_total{method="GET",route="/consent/{flow}",status="200"} 3`,
		`symbolon_http_requests_total{method="GET",route="other",status="404"} 1`,
		`symbolon_http_requests_total{method="other",route="/keys",status="405"} 1`,
		`symbolon_http_request_duration_seconds_count{route="/keys"} 1`,
		`symbolon_signing_key_age_seconds{alg="RS256",state="active"} 0`,
		`symbolon_signing_key_age_seconds{alg="RS256",state="standby"} 0`,
		`symbolon_requests_in_flight{caller="client"} 0`,
	} {
		if !strings.Contains(r.Body, want+"\n") {
			name, _, _ := strings.Cut(want, "{")
			t.Errorf("no %s among:\n%s", want, strings.Join(regexp.MustCompile("(?m)^"+name+".*$").FindAllString(r.Body, -1), "\n"))
		}
	}
	for _, want := range []string{"symbolon_catalog_age_seconds ", "symbolon_store_intents_total ", "symbolon_store_commits_total ", "go_build_info{", "process_open_fds "} {
		if !strings.Contains(r.Body, "\n"+want) {
			t.Errorf("no %s", want)
		}
	}
	for _, secret := range []string{x.client.ID, tokens.Refresh, code, "alice", "mallory", "BREW", "my_own", symbolontest.ServerID} {
		if strings.Contains(r.Body, secret) {
			t.Errorf("a stranger's value or a name is in the metrics: %.40s", secret)
		}
	}
}

func TestTurnedAwayIsCounted(t *testing.T) {
	x, admin := watched(t, behindProxy(1, 2))
	for range 3 {
		x.server.Get("/keys")
	}
	if r := x.server.Get(admin + "/metrics"); !strings.Contains(r.Body, `symbolon_turned_away_total{caller="reader",reason="too_many_requests"} 2`) {
		t.Error(r.Body)
	}
}

// The two listeners have nothing in common.
func TestAdminListenerIsApart(t *testing.T) {
	x, admin := watched(t)
	for path, want := range map[string]int{
		"/metrics": http.StatusOK, "/debug/pprof/": http.StatusOK, "/debug/pprof/goroutine?debug=1": http.StatusOK,
		"/keys": http.StatusNotFound, "/oauth/token": http.StatusNotFound, "/healthz": http.StatusOK, "/readyz": http.StatusOK, "/": http.StatusNotFound,
	} {
		if r := x.server.Get(admin + path); r.Status != want {
			t.Errorf("admin %s: %d", path, r.Status)
		}
		if strings.Contains(path, "/metrics") || strings.Contains(path, "/debug/") {
			x.refused("public "+path, x.server.Get(path))
		}
	}
	x.server.Stop()
	if _, err := net.Dial("tcp", strings.TrimPrefix(admin, "http://")); err == nil {
		t.Error("the admin listener outlives the server")
	}
}
