package symbolon_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// What a command ends directly in the database is refused by all servers from the
// moment on that the command returns, and the feed tells it.
func TestOperatorEndsGrantsOnEveryNode(t *testing.T) {
	database := pgtest.Shared(t).Database(t)
	server := symbolontest.StartServer(t, func(c *symbolon.Config) { *c = shared(*c, database) })
	other, err := symbolon.New(server.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	if _, err := admin.InProcess(other.Operator()).Apply(t.Context(), wanted(t, server.Config())); err != nil {
		t.Fatal(err)
	}
	for server.Get("/.well-known/oauth-authorization-server/resources/"+symbolontest.ServerID).Status != http.StatusOK {
		time.Sleep(10 * time.Millisecond) // until the first node has read it, too
	}
	x := &scene{t, server, server.Register(nil)}
	_, first := x.tokens()
	_, second := x.tokens()
	_, third := x.tokens()
	node := httptest.NewServer(other)
	t.Cleanup(node.Close)
	refresh := func(tokens symbolontest.Tokens) int {
		t.Helper()
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}, "client_id": {x.client.ID}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, node.URL+"/oauth/token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = strings.TrimPrefix(server.URL, "http://")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}

	command, err := symbolon.Open(server.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Close() })
	operator := admin.InProcess(command.Operator())
	if done, err := operator.RevokeGrants(t.Context(), admin.RevokeGrants{GrantID: x.grantOf(first)}); err != nil || done != (admin.RevokedGrants{InUse: 1, Ended: 1}) {
		t.Fatalf("%+v, %v", done, err)
	}
	if status := refresh(first); status != http.StatusBadRequest {
		t.Errorf("the other node refreshes with status %d", status)
	}
	x.dead(first)
	if status := refresh(second); status != http.StatusOK {
		t.Errorf("a grant that was not ended: %d", status)
	}
	all := admin.RevokeGrants{GrantSelection: admin.GrantSelection{Connection: symbolontest.ConnectionID, Sub: "alice", ClientID: x.client.ID}, DryRun: true}
	if plan, err := operator.RevokeGrants(t.Context(), all); err != nil || plan.InUse != 2 || plan.Ended != 0 {
		t.Errorf("%+v, %v", plan, err)
	}
	x.alive(third)
	b := x.server.NewBrowser()
	_, waiting := x.asked(b)
	all.DryRun = false
	if done, err := operator.RevokeGrants(t.Context(), all); err != nil || done.Ended != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, tokens := range []symbolontest.Tokens{second, third} {
		if status := refresh(tokens); status != http.StatusBadRequest {
			t.Errorf("the other node refreshes with status %d", status)
		}
		if x.server.Active(tokens.Access) {
			t.Error("the access token is active")
		}
	}
	x.refused("a decision that waited", b.Submit(waiting, "decision", "allow"))

	token := x.machine(symbolontest.ResourceClientID, symbolontest.ResourceClientSecret)
	told := x.server.Get(feedPath, "Authorization", "Bearer "+token)
	if n := strings.Count(told.Body, `"reason":"revoked_by_operator"`); n != 3 {
		t.Errorf("the feed tells %d: %s", n, told.Body)
	}
	list, err := operator.Audit(t.Context(), admin.AuditQuery{Actor: "operator", Actions: []string{"grant.revoked", "user.revoked"}, Forward: true, Limit: 9})
	if err != nil || len(list) != 2 || list[0].Object != "grant:"+x.grantOf(first) || list[1].Detail["grants"] != "2" || list[1].Detail["client"] != x.client.ID ||
		list[1].Object != "user:"+symbolontest.ConnectionID+"/alice" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestOperatorSelectsNotTooMuch(t *testing.T) {
	server := symbolontest.StartServer(t)
	x := &scene{t, server, server.Register(nil)}
	_, tokens := x.tokens()
	id := x.grantOf(tokens)
	server.Stop()
	operator := operate(t, server.Config())
	for _, s := range []admin.GrantSelection{{}, {Sub: "alice"}, {Organization: "org_1"}, {Sub: "alice", ClientID: x.client.ID}} {
		if done, err := operator.RevokeGrants(t.Context(), admin.RevokeGrants{GrantSelection: s}); err == nil {
			t.Errorf("%+v: %+v", s, done)
		}
	}
	g, err := operator.Grant(t.Context(), id)
	if err != nil || g.State != admin.GrantLive || g.Sub != "alice" || len(g.Audit) != 1 {
		t.Errorf("%+v, %v", g, err)
	}
}
