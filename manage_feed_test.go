package symbolon_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

const feedPath = "/api/v1/revocations"

// patience bounds what a test waits for an entry; it is no assertion about time.
const patience = 20 * time.Second

type entry struct {
	Cursor       string `json:"cursor"`
	IssuedBefore int64  `json:"issued_before"`
	GrantID      string `json:"grant_id"`
	MCPServer    string `json:"mcp_server"`
	ClientID     string `json:"client_id"`
	Sub          string `json:"sub"`
	Reason       string `json:"reason"`
}

type feed struct {
	Revocations []entry `json:"revocations"`
	Cursor      string  `json:"cursor"`
}

// feed reads the feed as the MCP server.
func (x *scene) feed(query ...string) feed {
	x.Helper()
	r := x.tryFeed(x.machine(symbolontest.ResourceClientID, symbolontest.ResourceClientSecret), query...)
	if r.Status != http.StatusOK {
		x.Fatalf("the feed answered %d: %s", r.Status, r.Body)
	}
	var f feed
	if err := json.Unmarshal([]byte(r.Body), &f); err != nil {
		x.Fatal(err)
	}
	return f
}

func (x *scene) tryFeed(token string, query ...string) *symbolontest.Response {
	x.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return x.server.Get(feedPath+"?"+values.Encode(), "Authorization", "Bearer "+token)
}

func reasonsOf(f feed) (reasons []string) {
	for _, e := range f.Revocations {
		reasons = append(reasons, e.Reason)
	}
	return reasons
}

func TestFeedSaysWhatEndedAndWhy(t *testing.T) {
	x, tokens := managed(t)
	begin := x.feed()
	if len(begin.Revocations) != 0 || begin.Cursor == "" {
		x.Fatalf("%+v", begin)
	}
	id := x.grantOf(tokens)
	x.say("revoke", object{"sub": "alice"})
	got := x.feed("cursor", begin.Cursor)
	if len(got.Revocations) != 1 {
		x.Fatalf("%+v", got)
	}
	e := got.Revocations[0]
	if e.GrantID != id || e.MCPServer != "res_todo" || e.ClientID != x.client.ID || e.Sub != "alice" || e.Reason != "revoked_by_company" {
		x.Errorf("%+v", e)
	}
	if iat := int64(x.server.Claims(tokens.Access)["iat"].(float64)); iat >= e.IssuedBefore {
		x.Errorf("iat %d is not before %d", iat, e.IssuedBefore)
	}

	_, replayed := x.tokens()
	next := x.client.MustRefresh(replayed.Refresh)
	x.server.Clock.Advance(time.Minute)
	x.client.Refresh(replayed.Refresh)
	_, byClient := x.tokens()
	x.client.Revoke(byClient.Refresh)
	_, byUser := x.tokens()
	b := x.server.NewBrowser()
	b.Submit(x.portal(b), "grant", x.grantOf(byUser))
	_, disabled := x.tokens()
	x.say("update", object{"sub": "alice", "disabled": true})
	x.say("erase", object{"sub": "alice"})
	x.dead(next)
	x.dead(disabled)
	rest := x.feed("cursor", e.Cursor)
	want := []string{"refresh_token_replayed", "revoked_by_client", "revoked_by_user", "user_disabled", "user_erased"}
	if got := reasonsOf(rest); !slices.Equal(got, want) {
		x.Errorf("%q, want %q", got, want)
	}
	for _, e := range rest.Revocations {
		if e.Sub != "" {
			x.Errorf("an erased user is named: %+v", e)
		}
	}
	if again := x.feed("cursor", rest.Cursor); len(again.Revocations) != 0 {
		x.Errorf("again: %+v", again)
	}
	if all := x.feed(); len(all.Revocations) != 6 {
		x.Errorf("all that is kept: %q", reasonsOf(all))
	}
}

func TestFeedOutlivesARestart(t *testing.T) {
	x, _ := managed(t)
	begin := x.feed()
	x.say("revoke", object{"sub": "alice"})
	x.server.Restart()
	if got := x.feed("cursor", begin.Cursor); len(got.Revocations) != 1 {
		x.Errorf("%+v", got)
	}
}

// A token of a user who is enabled again is good, although the feed told of the
// user: it was issued later.
func TestFeedSparesNewTokensOfAnEnabledUser(t *testing.T) {
	x, tokens := managed(t)
	x.say("update", object{"sub": "alice", "disabled": true})
	e := x.feed().Revocations[0]
	x.say("update", object{"sub": "alice", "disabled": false})
	x.server.Clock.Advance(3 * time.Second)
	next := x.client.MustRefresh(tokens.Refresh)
	if x.grantOf(next) != e.GrantID {
		x.Error("another grant")
	}
	if iat := int64(x.server.Claims(next.Access)["iat"].(float64)); iat < e.IssuedBefore {
		x.Errorf("iat %d is before %d", iat, e.IssuedBefore)
	}
}

func TestFeedAnswersWhoeverWaits(t *testing.T) {
	x, tokens := managed(t)
	begin := x.feed()
	token := x.machine(symbolontest.ResourceClientID, symbolontest.ResourceClientSecret)
	answers := make(chan *symbolontest.Response, 3)
	for range cap(answers) {
		go func() { answers <- x.tryFeed(token, "cursor", begin.Cursor, "wait", "60s") }()
	}
	x.client.Revoke(tokens.Refresh)
	for range cap(answers) {
		select {
		case r := <-answers:
			if r.Status != http.StatusOK || !strings.Contains(r.Body, "revoked_by_client") {
				x.Errorf("%d %s", r.Status, r.Body)
			}
		case <-time.After(patience):
			x.Fatal("nobody was told")
		}
	}
	if r := x.tryFeed(token, "wait", "1", "cursor", x.feed().Cursor); r.Status != http.StatusOK || !strings.Contains(r.Body, `"revocations":[]`) {
		x.Errorf("nothing to tell: %d %s", r.Status, r.Body)
	}
}

// stream opens the feed as events and gives each event's data and id.
func (x *scene) stream(token string, header ...string) (events <-chan entry, status int) {
	x.Helper()
	ctx, cancel := context.WithTimeout(x.Context(), patience)
	x.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, x.server.URL+feedPath, http.NoBody)
	if err != nil {
		x.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	x.Cleanup(func() { _ = res.Body.Close() })
	out := make(chan entry, 100)
	go func() {
		defer close(out)
		id := ""
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if v, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = v
			}
			var e entry
			if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(v), &e) == nil && e.Cursor == id {
				out <- e
			}
		}
	}()
	return out, res.StatusCode
}

// next is the next event.
func (x *scene) next(events <-chan entry) entry {
	x.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			x.Fatal("the stream has ended")
		}
		return e
	case <-time.After(patience):
		x.Fatal("no event")
	}
	return entry{}
}

func TestFeedStreams(t *testing.T) {
	x, tokens := managed(t)
	token := x.machine(symbolontest.ResourceClientID, symbolontest.ResourceClientSecret)
	events, status := x.stream(token)
	if status != http.StatusOK {
		x.Fatalf("the stream answered %d", status)
	}
	_, second := x.tokens()
	x.client.Revoke(tokens.Refresh)
	first := x.next(events)
	if first.GrantID != x.grantOf(tokens) {
		x.Errorf("%+v", first)
	}
	x.client.Revoke(second.Refresh)
	if e := x.next(events); e.GrantID != x.grantOf(second) {
		x.Errorf("%+v", e)
	}
	resumed, _ := x.stream(token, "Last-Event-ID", first.Cursor)
	if e := x.next(resumed); e.GrantID != x.grantOf(second) {
		x.Errorf("resumed with %+v", e)
	}
	x.server.Stop() // waits for no reader
	if _, open := <-events; open {
		x.Error("the stream goes on after the server")
	}
}

func TestFeedIsOfOnesOwnMCPServers(t *testing.T) {
	x, _ := managed(t, twoServers)
	x.say("revoke", object{"sub": "alice"})
	other := x.machine("skc_notes", symbolontest.ResourceClientSecret)
	if r := x.tryFeed(other); r.Status != http.StatusOK || !strings.Contains(r.Body, `"revocations":[]`) {
		x.Errorf("another MCP server reads %s", r.Body)
	}
	own := x.feed()
	for what, r := range map[string]struct {
		r      *symbolontest.Response
		status int
		code   string
	}{
		"another's cursor":   {x.tryFeed(other, "cursor", own.Cursor), http.StatusBadRequest, "cursor_invalid"},
		"a forged cursor":    {x.tryFeed(other, "cursor", flipped(own.Cursor)), http.StatusBadRequest, "cursor_invalid"},
		"a number":           {x.tryFeed(other, "cursor", "1"), http.StatusBadRequest, "cursor_invalid"},
		"too long a wait":    {x.tryFeed(other, "wait", "61s"), http.StatusBadRequest, "wait_invalid"},
		"no wait":            {x.tryFeed(other, "wait", "-1"), http.StatusBadRequest, "wait_invalid"},
		"the role login":     {x.tryFeed(x.server.App.Token()), http.StatusForbidden, "api_client_wrong_role"},
		"nobody":             {x.server.Get(feedPath), http.StatusUnauthorized, "bearer_missing"},
		"rubbish for bearer": {x.tryFeed("x.y.z"), http.StatusUnauthorized, "bearer_invalid"},
	} {
		if r.r.Status != r.status || r.r.Text("code") != r.code {
			x.Errorf("%s: %d %s", what, r.r.Status, r.r.Body)
		}
	}
	x.server.Clock.Advance(24*time.Hour + time.Second)
	late := x.machine(symbolontest.ResourceClientID, symbolontest.ResourceClientSecret)
	if r := x.tryFeed(late, "cursor", own.Cursor); r.Status != http.StatusGone || r.Text("code") != "cursor_expired" {
		x.Errorf("an old cursor: %d %s", r.Status, r.Body)
	}
}

func TestFeedTellsOfWhatTheOperatorSwitchesOff(t *testing.T) {
	x, tokens := managed(t, func(c *symbolon.Config) {
		c.MCPServers = append(c.MCPServers, symbolon.MCPServer{ID: notesID, Name: "Notes", URL: notesURL, Connection: symbolontest.ConnectionID})
		c.APIClients[1].MCPServers = []string{"*"}
	})
	x.server.Restart(func(c *symbolon.Config) { c.MCPServers = c.MCPServers[1:] })
	got := x.feed()
	if !slices.Equal(reasonsOf(got), []string{"mcp_server_disabled"}) || got.Revocations[0].GrantID != x.grantOf(tokens) {
		x.Errorf("%+v", got)
	}
}
