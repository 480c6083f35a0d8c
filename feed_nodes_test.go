package symbolon_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// What ends on one node is told within a second by another, which shares the database
// with it and nothing else.
func TestFeedOfAnotherNode(t *testing.T) {
	url := pgtest.New(t).Database(t)
	server := symbolontest.StartServer(t, func(c *symbolon.Config) { *c = shared(*c, url) })
	other, err := symbolon.New(server.Config())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.InProcess(other.Operator()).Apply(t.Context(), wanted(t, server.Config())); err != nil {
		t.Fatal(err)
	}
	for server.Get("/.well-known/oauth-authorization-server/resources/"+symbolontest.ServerID).Status != http.StatusOK {
		time.Sleep(10 * time.Millisecond) // until the first node has read it, too
	}
	x := &scene{t, server, server.Register(nil)}
	_, tokens := x.tokens()
	t.Cleanup(func() { _ = other.Close() })
	node := httptest.NewServer(other)
	t.Cleanup(node.Close)
	token := x.machine(symbolontest.ResourceClientID, symbolontest.ResourceClientSecret)
	type answer struct {
		status int
		body   string
		at     time.Time
	}
	told := make(chan answer, 1)
	go func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, node.URL+feedPath+"?wait=60s", nil)
		if err != nil {
			return
		}
		req.Host = strings.TrimPrefix(x.server.URL, "http://")
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return
		}
		defer resp.Body.Close()
		var body strings.Builder
		_ = resp.Write(&body)
		told <- answer{resp.StatusCode, body.String(), time.Now()}
	}()
	time.Sleep(300 * time.Millisecond) // by now it waits
	x.say("revoke", object{"sub": "alice"})
	ended := time.Now()
	select {
	case a := <-told:
		if a.status != http.StatusOK || !strings.Contains(a.body, "revoked_by_company") || !strings.Contains(a.body, x.grantOf(tokens)) {
			t.Errorf("%d %s", a.status, a.body)
		}
		t.Logf("told after %d ms", a.at.Sub(ended).Milliseconds())
	case <-time.After(patience):
		t.Fatal("the other node says nothing")
	}
}
