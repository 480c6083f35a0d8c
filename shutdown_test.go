package symbolon_test

// A server that is told to end, and what its probes say.

import (
	"net/http"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// While a server drains it says so to whoever balances, and serves: a login that has
// begun ends there.
func TestDrain(t *testing.T) {
	x := &scene{T: t, server: symbolontest.StartServer(t, func(c *symbolon.Config) {
		c.Shutdown.Delay = 3 * time.Second
	})}
	x.client = x.server.Register(nil)
	a, code := x.code()
	if r := x.server.Get("/readyz"); r.Status != http.StatusOK || x.closes("/readyz") {
		t.Fatalf("before: %d, closes %v", r.Status, x.closes("/readyz"))
	}

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		x.server.Stop()
	}()
	x.until(http.StatusServiceUnavailable)
	tokens := x.client.MustRedeem(a, code)
	x.client.MustRefresh(tokens.Refresh)
	for path, want := range map[string]int{
		"/readyz": http.StatusServiceUnavailable, "/readyz?exclude=database": http.StatusServiceUnavailable,
		"/readyz?exclude=draining": http.StatusOK, "/healthz": http.StatusOK, "/keys": http.StatusOK,
	} {
		r := x.server.Get(path)
		if r.Status != want || !x.closes(path) {
			t.Errorf("%s while draining: %d, closes %v", path, r.Status, x.closes(path))
		}
		if want == http.StatusServiceUnavailable && (r.Text("check") != "draining" || r.Header.Get("Retry-After") == "") {
			t.Errorf("%s says %s", path, r.Body)
		}
	}
	<-ended
	if r, err := http.Get(x.server.URL + "/healthz"); err == nil {
		r.Body.Close()
		t.Error("the server still answers after it ended")
	}
}

// closes reports whether an answer asks for a new connection.
func (x *scene) closes(path string) bool {
	x.Helper()
	r, err := http.Get(x.server.URL + path)
	if err != nil {
		x.Fatal(err)
	}
	defer r.Body.Close()
	return r.Close
}

// Without a delay the server ends as soon as nothing is under way.
func TestShutdownWithoutDelay(t *testing.T) {
	server := symbolontest.StartServer(t)
	if server.Config().Shutdown.Delay != 0 {
		t.Fatal("there is a delay")
	}
	server.Stop()
	if r, err := http.Get(server.URL + "/healthz"); err == nil {
		r.Body.Close()
		t.Error("the server still answers after it ended")
	}
}

func TestReadinessNamesTheCheck(t *testing.T) {
	x := &scene{T: t, server: symbolontest.StartServer(t)}
	x.breakDatabase()
	if r := x.server.Get("/readyz"); r.Text("check") != "database" {
		t.Errorf("without a database: %s", r.Body)
	}
	for _, query := range []string{"exclude=database", "exclude=keys&exclude=database"} {
		if r := x.server.Get("/readyz?" + query); r.Status != http.StatusOK {
			t.Errorf("%s: %d %s", query, r.Status, r.Body)
		}
	}
	x.repairDatabase()

	x.query("DELETE FROM signing_keys WHERE state = 'active'")
	x.query("UPDATE versions SET keys = keys + 1")
	x.until(http.StatusServiceUnavailable)
	if r := x.server.Get("/readyz?exclude=database"); r.Text("check") != "keys" {
		t.Errorf("without a key: %s", r.Body)
	}
}
