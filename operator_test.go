package symbolon_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// operate opens the database of a server that has stopped.
func operate(t *testing.T, cfg symbolon.Config) *admin.Client {
	t.Helper()
	s, err := symbolon.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return admin.InProcess(s.Operator())
}

// wanted asks for a configuration to be applied.
func wanted(t *testing.T, cfg symbolon.Config) admin.Apply {
	t.Helper()
	objects, err := cfg.Objects()
	if err != nil {
		t.Fatal(err)
	}
	return admin.Apply{BaseURL: cfg.BaseURL, Objects: objects}
}

// signIn makes one grant.
func signIn(s *symbolontest.Server) {
	client := s.Register(map[string]any{"client_name": "Inspector", "redirect_uris": []string{"http://127.0.0.1/callback"}})
	client.Login(s.NewBrowser())
}

func TestOpenLeavesTheConfigurationAlone(t *testing.T) {
	server := symbolontest.StartServer(t)
	server.Stop()
	cfg := server.Config()
	cfg.MCPServers = nil
	cfg.APIClients = cfg.APIClients[:1]
	c := operate(t, cfg)
	a := wanted(t, cfg)
	a.DryRun = true
	for range 2 { // the first leaves no trace, either
		got, err := c.Apply(t.Context(), a)
		want := []string{"disable mcp_server res_todo", "disable api_client skc_todo"}
		if err != nil || strings.Join(admin.Lines(got.Changes), "\n") != strings.Join(want, "\n") {
			t.Errorf("difference %v, %v; want %v", got, err, want)
		}
	}
}

func TestPruningCountsTheGrantsItEnds(t *testing.T) {
	server := symbolontest.StartServer(t)
	signIn(server)
	signIn(server)
	server.Stop()
	cfg := server.Config()
	cfg.MCPServers = nil
	cfg.APIClients = cfg.APIClients[:1]
	c := operate(t, cfg)
	a := wanted(t, cfg)
	a.Prune, a.DryRun = true, true
	got, err := c.Apply(t.Context(), a)
	if err != nil || got.Grants != 2 || got.More {
		t.Fatalf("the difference ends %d grants, %v; want 2", got.Grants, err)
	}
	a.DryRun, a.Agreed = false, []string{"delete mcp_server res_todo and end its grants"}
	_, err = c.Apply(t.Context(), a)
	if refusal, ok := errors.AsType[*admin.Error](err); !ok || refusal.Code != "changed_meanwhile" {
		t.Fatalf("agreeing to another difference: %v", err)
	}
	a.Agreed = admin.Lines(got.Changes)
	if got, err := c.Apply(t.Context(), a); err != nil || got.Grants != 2 {
		t.Fatalf("applied %+v, %v", got, err)
	}
	if got, err := c.Apply(t.Context(), a); err != nil || len(got.Changes) != 0 || got.Grants != 0 {
		t.Errorf("applied again %+v, %v", got, err)
	}
}

func TestApplyRefusesAnotherInstallation(t *testing.T) {
	server := symbolontest.StartServer(t)
	server.Stop()
	c := operate(t, server.Config())
	a := wanted(t, server.Config())
	a.BaseURL = "https://elsewhere.example"
	_, err := c.Apply(t.Context(), a)
	if refusal, ok := errors.AsType[*admin.Error](err); !ok || refusal.Code != "other_base_url" {
		t.Errorf("applied to another base URL: %v", err)
	}
}

func TestRotationWaitsForVerifiers(t *testing.T) {
	server := symbolontest.StartServer(t)
	server.Stop()
	c := operate(t, server.Config())
	for _, step := range []struct {
		advance time.Duration
		refused string
	}{
		{0, "published for a minute only"},
		{time.Hour, "Rotate in 23 hours (keys.publish_before is 24h)"},
		{23*time.Hour - time.Minute, "Rotate in a minute ("},
		{time.Minute, ""},
		{time.Second, "Rotate in 24 hours ("},
	} {
		server.Clock.Advance(step.advance)
		_, err := c.RotateKey(t.Context(), admin.Rotate{Alg: "RS256"})
		if step.refused == "" && err != nil || step.refused != "" && (err == nil || !strings.Contains(err.Error(), step.refused)) {
			t.Errorf("%s later: %v; want %q", step.advance, err, step.refused)
		}
	}
	if list, err := c.RotateKey(t.Context(), admin.Rotate{Alg: "RS256", Force: true}); err != nil || len(list) != 4 {
		t.Errorf("with force: %v, %v", list, err)
	}
}

// What the company confirmed is stored; the rest is in memory and gone.
func TestAttemptsOfAStoppedServer(t *testing.T) {
	server := symbolontest.StartServer(t)
	signIn(server)
	server.Stop()
	c := operate(t, server.Config())
	list, err := c.Attempts(t.Context(), 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("attempts %v, %v", list, err)
	}
	a := list[0]
	if a.Connection != symbolontest.ConnectionID || a.MCPServer != symbolontest.ServerID || a.Sub == "" {
		t.Errorf("attempt %+v", a)
	}
	var steps []string
	for _, e := range a.Events {
		steps = append(steps, e.Step)
	}
	for _, step := range []string{"authorize", "user_details", "decision", "token"} {
		if !strings.Contains(strings.Join(steps, " "), step) {
			t.Errorf("steps %v lack %s", steps, step)
		}
	}
}

// What a backend is refused before anything says which login it is about is among the
// attempts: one record for each reason, with nothing in it that a stranger sent.
func TestRefusedCallsOfBackends(t *testing.T) {
	server := symbolontest.StartServer(t)
	server.Stop()
	cfg, began, ticks := server.Config(), time.Now(), atomic.Int64{}
	cfg.Now = func() time.Time { return began.Add(time.Duration(ticks.Add(1)) * time.Millisecond) } // no two calls at one time
	s, err := symbolon.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	post := func(path, contentType, body, bearer string) map[string]any {
		r := httptest.NewRequest(http.MethodPost, server.URL+path, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return answer
	}
	token := func(id, secret string) string {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
		got, _ := post("/oauth/token", "application/x-www-form-urlencoded", form.Encode(), "")["access_token"].(string)
		return got
	}
	user := func(connection, bearer string) {
		post("/api/v1/connections/"+connection+"/auth-requests/lri_x/user", "application/json", `{"sub":"1","email":"a@example.com"}`, bearer)
	}
	for range 3 {
		token(symbolontest.LoginClientID, "wrong")
		token("skc_stranger", "wrong")
		user("conn_stranger", "wrong")
	}
	good := token(symbolontest.LoginClientID, symbolontest.LoginClientSecret)
	user("conn_typo", good)

	attempts, err := admin.InProcess(s.Operator()).Attempts(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range attempts {
		last := a.Events[len(a.Events)-1]
		got = append(got, fmt.Sprint(last.Step, " ", last.Reason, " ", a.ClientID, a.Connection, " ", len(a.Events)))
	}
	slices.Sort(got)
	want := []string{
		"machine_token client_secret_wrong " + symbolontest.LoginClientID + " 3", "machine_token client_unknown  3",
		"user_details bearer_invalid  3", "user_details connection_unknown conn_typo 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestOneProcessHasTheDatabase(t *testing.T) {
	server := symbolontest.StartServer(t)
	if _, err := symbolon.Open(server.Config()); !errors.Is(err, symbolon.ErrDatabaseInUse) {
		t.Errorf("opened beside a running server: %v", err)
	}
	if _, err := symbolon.New(server.Config()); !errors.Is(err, symbolon.ErrDatabaseInUse) {
		t.Errorf("started beside a running server: %v", err)
	}
}

func TestListenForOperator(t *testing.T) {
	t.Chdir(t.TempDir()) // socket addresses are short
	cfg := symbolontest.StartServer(t).Config()
	cfg.Database = "sqlite:other.db"
	server, err := symbolon.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.ListenForOperator(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(cfg.OperatorSocket()); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("%v, %v", info, err)
	}
	c, err := admin.Dial(t.Context(), cfg.OperatorSocket())
	if err != nil {
		t.Fatal(err)
	}
	if list, err := c.Keys(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("keys %v, %v", list, err)
	}
	watched := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		watched <- c.Watch(t.Context(), func() { close(ready) }, func(admin.Update) error { return nil })
	}()
	<-ready
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-watched; !errors.Is(err, admin.ErrServerEnded) {
		t.Errorf("whoever watches sees %v", err)
	}
	if _, err := os.Stat(cfg.OperatorSocket()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// A lost secret must not be covered by a new one.
func TestNoNewSecretBesideADatabase(t *testing.T) {
	dir := t.TempDir()
	cfg := symbolontest.StartServer(t).Config()
	cfg.Secret, cfg.SecretFile, cfg.Database = "", dir+"/symbolon.secret", "sqlite:"+dir+"/symbolon.db"
	for range 2 {
		server, err := symbolon.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(cfg.SecretFile); err != nil {
		t.Fatal(err)
	}
	if _, err := symbolon.New(cfg); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("started without the secret: %v", err)
	}
	if _, err := os.Stat(cfg.SecretFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a secret was made: %v", err)
	}
}
