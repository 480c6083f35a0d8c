package symbolon_test

// The company's backend is asked before a refresh.

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// oracle is the endpoint of a company's backend that is asked.
type oracle struct {
	*httptest.Server
	asked  atomic.Int64
	mu     sync.Mutex
	last   *http.Request
	body   string
	answer http.HandlerFunc
}

func startOracle(t *testing.T) *oracle {
	t.Helper()
	o := &oracle{}
	o.says(`{"active": true}`)
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		o.last, o.body = r, string(body)
		answer := o.answer
		o.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *oracle) does(answer http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = answer
}

func (o *oracle) says(body string) {
	o.does(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
}

// checked is a server whose connection asks the oracle, and Alice connected.
func checked(t *testing.T, onFailure string) (*scene, *oracle, symbolontest.Tokens) {
	t.Helper()
	o := startOracle(t)
	x, tokens := managed(t, func(c *symbolon.Config) {
		c.Connections[0].RefreshCheck = symbolon.RefreshCheck{URL: o.URL + "/symbolon", OnFailure: onFailure}
	})
	return x, o, tokens
}

// count asks the server's database for a number.
func (x *scene) count(statement string) (n int) {
	x.Helper()
	x.query(statement, &n)
	return n
}

// The question is signed by the published keys, for this endpoint, and says who it is about.
func TestRefreshCheckAsks(t *testing.T) {
	x, o, tokens := checked(t, "")
	if o.asked.Load() != 0 {
		t.Error("the code's redemption asked: the user has just signed in")
	}
	x.client.MustRefresh(tokens.Refresh)
	if o.asked.Load() != 1 || o.last.Method != http.MethodPost || o.last.URL.Path != "/symbolon" || o.last.Header.Get("Content-Type") != "application/jwt" {
		t.Errorf("asked %d times, last by %s %s %v", o.asked.Load(), o.last.Method, o.last.URL, o.last.Header)
	}
	question, err := jwt.ParseSigned(o.body, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(x.server.Get("/keys").Body), &keys); err != nil {
		t.Fatal(err)
	}
	var standard jwt.Claims
	var own struct {
		Connection string   `json:"connection_id"`
		Grant      string   `json:"grant_id"`
		Client     string   `json:"client_id"`
		Server     string   `json:"mcp_server"`
		Scopes     []string `json:"scopes"`
	}
	if err := question.Claims(keys, &standard, &own); err != nil {
		t.Fatal(err)
	}
	if err := standard.Validate(jwt.Expected{
		Issuer: x.server.URL, Subject: "alice", AnyAudience: jwt.Audience{o.URL + "/symbolon"}, Time: x.server.Clock.Now(),
	}); err != nil {
		t.Error(err)
	}
	if typ := question.Headers[0].ExtraHeaders["typ"]; typ != "refresh-check+jwt" {
		t.Errorf("typ is %v", typ)
	}
	if own.Connection != symbolontest.ConnectionID || own.Grant != x.grantOf(tokens) || own.Client != x.client.ID || own.Server != "res_todo" || len(own.Scopes) == 0 {
		t.Errorf("the question says %+v", own)
	}
	// It is no token: not for the API, and introspection knows nothing of it.
	if r := x.as(o.body, usersPath+":grants", object{"sub": "alice"}); r.Status != http.StatusUnauthorized {
		t.Errorf("the question is taken for a machine token: %d", r.Status)
	}
	if x.server.Active(o.body) {
		t.Error("the question is taken for an access token")
	}
}

func TestRefreshCheckUpdates(t *testing.T) {
	x, o, tokens := checked(t, "")
	o.says(`{"active": true, "user": {"roles": ["viewer"], "groups": [], "organization_external_id": "org_9", "custom_attributes": {"plan": "free"}}}`)
	tokens = x.client.MustRefresh(tokens.Refresh)
	claims := x.server.Claims(tokens.Access)
	x.has(claims, `{"roles": ["viewer"], "groups": null, "organization_external_id": "org_9", "custom_claims": {"plan": "free"}}`)
	before := x.count(`SELECT count(*) FROM audit WHERE action = 'user.updated'`)
	tokens = x.client.MustRefresh(tokens.Refresh)
	if after := x.count(`SELECT count(*) FROM audit WHERE action = 'user.updated'`); before != 1 || after != before {
		t.Errorf("%d entries about the change, and %d after an answer that changes nothing", before, after)
	}
	x.has(x.server.Claims(tokens.Access), `{"roles": ["viewer"]}`)
}

func TestRefreshCheckEnds(t *testing.T) {
	x, o, tokens := checked(t, "allow")
	o.says(`{"active": false}`)
	x.refusedAs("refresh", x.client.Refresh(tokens.Refresh), "invalid_grant")
	o.says(`{"active": true}`)
	x.dead(tokens)
	if n := o.asked.Load(); n != 1 {
		t.Errorf("asked %d times about a grant that has ended", n)
	}
	if n := x.count(`SELECT count(*) FROM revocations WHERE reason = 'refresh_check_ended'`); n != 1 {
		t.Errorf("the feed has %d entries", n)
	}
}

// Without a proper answer nothing goes on, and nothing is consumed: the same token works
// when the backend is there again.
func TestRefreshCheckFailsClosed(t *testing.T) {
	x, o, tokens := checked(t, "")
	elsewhere := startOracle(t)
	for name, answer := range map[string]http.HandlerFunc{
		"no JSON":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"no answer":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") },
		"not found":  http.NotFound,
		"an error":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"no content": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"too long": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"active":true%s}`, strings.Repeat(" ", 65<<10))
		},
		"broken off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"another user": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"active":true,"user":{"sub":"bob"}}`)
		},
		"too late": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Second):
			}
		},
	} {
		o.does(answer)
		r := x.client.Refresh(tokens.Refresh)
		if r.Status != http.StatusServiceUnavailable || r.Error() != "temporarily_unavailable" || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	if elsewhere.asked.Load() != 0 {
		t.Error("a redirect was followed, with the question")
	}
	o.says(`{"active": true}`)
	x.alive(tokens)
}

func TestRefreshCheckFailsOpenIfSoConfigured(t *testing.T) {
	x, o, tokens := checked(t, "allow")
	o.Close()
	x.alive(tokens)
}

// A client that lost the answer repeats the request, and nobody is asked twice.
func TestRefreshCheckIsNotRepeated(t *testing.T) {
	x, o, tokens := checked(t, "")
	first := x.client.MustRefresh(tokens.Refresh)
	if again := x.client.MustRefresh(tokens.Refresh); again.Refresh != first.Refresh {
		t.Error("the repeated refresh has another successor")
	}
	if n := o.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// Many at once share one question; and a backend that hangs takes no other with it.
func TestRefreshCheckUnderLoad(t *testing.T) {
	x, o, tokens := checked(t, "")
	release := make(chan struct{})
	o.does(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, `{"active": true}`)
	})
	var all sync.WaitGroup
	answers := make([]symbolontest.Tokens, 50)
	for i := range answers {
		all.Go(func() { answers[i] = x.client.MustRefresh(tokens.Refresh) })
	}
	for o.asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // for the others to come
	close(release)
	all.Wait()
	if n := o.asked.Load(); n > 2 { // a straggler may come when the first has its answer
		t.Errorf("50 refreshes of one token asked %d times", n)
	}
	if slices.ContainsFunc(answers, func(a symbolontest.Tokens) bool { return a.Refresh != answers[0].Refresh }) {
		t.Error("they have different successors")
	}
}

func TestRefreshCheckConfiguration(t *testing.T) {
	for _, tt := range []struct {
		check symbolon.RefreshCheck
		want  string
	}{
		{symbolon.RefreshCheck{OnFailure: "allow"}, "refresh_check.url: is missing"},
		{symbolon.RefreshCheck{URL: "http://acme.example/check"}, "refresh_check.url: uses http"},
		{symbolon.RefreshCheck{URL: "acme.example/check"}, "refresh_check.url: "},
		{symbolon.RefreshCheck{URL: "https://acme.example/check", OnFailure: "open"}, "refresh_check.on_failure: "},
	} {
		c := symbolon.Config{
			BaseURL: "http://localhost:3010", Connections: []symbolon.Connection{{ID: "conn_acme", LoginURL: "https://acme.example/login", RefreshCheck: tt.check}},
		}
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt.check, err)
		}
	}
}
