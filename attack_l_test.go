package symbolon_test

// L, K, S: what leaks, keys at rest, and a database that fails.

import (
	"bufio"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// secretsOf plays logins of every kind and returns all that nobody may find again.
func (x *scene) secretsOf(logins int) map[string]string {
	x.Helper()
	secrets := map[string]string{} // value → name
	keep := func(name, value string) {
		if value != "" {
			secrets[value] = name
		}
	}
	keep("master secret", string(x.server.Config().Secret))
	keep("API client secret", symbolontest.LoginClientSecret)
	for i := range logins {
		metadata := map[string]any{}
		if i%2 == 1 {
			metadata["token_endpoint_auth_method"] = "client_secret_post"
		}
		x.client = x.server.Register(metadata)
		keep("client secret", x.client.Secret)
		b := symbolontest.NewBrowser(x)
		a, visit := x.posted(b)
		keep("login_verifier", verifierOf(visit))
		keep("auth_request_id", visit.AuthRequestID)
		keep("state", visit.State())
		keep("client state", a.State)
		keep("code_verifier", a.Verifier)
		keep("flow cookie", x.flowCookie(b).Value)
		b.Get(x.callback(visit, flipped(verifierOf(visit)))) // refused
		page := b.Follow(b.Get(visit.RedirectURL))
		keep("consent cookie", x.flowCookie(b).Value)
		keep("form token", page.Forms()[0].Fields.Get("form_token"))
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		keep("code", code)
		x.client.Redeem(a, code, "code_verifier", strings.Repeat("a", 43)) // refused
		tokens := x.client.MustRedeem(a, code)
		next := x.client.MustRefresh(tokens.Refresh)
		for _, token := range []string{tokens.Access, tokens.Refresh, next.Access, next.Refresh} {
			keep("token", token)
		}
		keep("machine token", x.server.App.Token())
		x.client.Redeem(a, code) // replayed
		x.server.PostForm("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {next.Refresh}, "client_id": {"cli_unknown"}})
	}
	return secrets
}

// notIn says that none of the secrets is in text.
func (x *scene) notIn(where, text string, secrets map[string]string) {
	x.Helper()
	for value, name := range secrets {
		if strings.Contains(text, value) {
			x.Errorf("%s holds a %s", where, name)
		}
	}
}

var attacksL = []attack{
	{"L01_secrets_in_logs", func(x *scene) {
		x, admin := watched(x.T)
		secrets := x.secretsOf(x.rounds(20, 1000))
		if len(secrets) < 200 {
			x.Fatalf("only %d secrets", len(secrets))
		}
		if !strings.Contains(x.server.Logs(), "reason=code_replayed") {
			x.Fatal("the log says nothing: nothing was looked at")
		}
		x.notIn("the log", x.server.Logs(), secrets)
		metrics := x.server.Get(admin + "/metrics").Body
		if !strings.Contains(metrics, "code_replayed") {
			x.Fatal("the metrics say nothing: nothing was looked at")
		}
		x.notIn("the metrics", metrics, secrets)
	}},
	{"L02_secrets_at_rest", func(x *scene) {
		x = x.on(symbolontest.StartServer(x))
		secrets := x.secretsOf(x.rounds(20, 1000))
		config := x.server.Config()
		backup := x.server.DB + ".backup"
		if err := symbolon.Backup(x.Context(), &config, backup); err != nil {
			x.Fatal(err)
		}
		files, err := filepath.Glob(x.server.DB + "*")
		if err != nil || len(files) < 3 || !slices.Contains(files, backup) {
			x.Fatalf("%v %v", files, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				x.Fatal(err)
			}
			x.notIn(filepath.Base(file), string(content), secrets)
			if strings.Contains(string(content), "PRIVATE KEY") {
				x.Errorf("%s holds a private key", file)
			}
		}
	}},
	{"L03_debug_surface", func(x *scene) {
		for _, path := range []string{
			"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/metrics", "/openapi.json", "/openapi.yaml", "/docs", "/swagger", "/.git/config", "/.env", "/symbolon.yaml",
			"/symbolon.db", "/symbolon.secret", "/assets/", "/assets/..%2fserver.go", "/assets/consent.js.map", "/admin", "/server-status",
		} {
			x.refused(path, x.server.Get(path))
		}
	}},
	{"L04_verbose_errors", func(x *scene) {
		x = x.on(symbolontest.StartServer(x))
		b := symbolontest.NewBrowser(x)
		a, visit := x.begin(b)
		posted := x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())
		page := b.Follow(b.Get(posted.Text("redirect_url")))
		_, tokens := x.tokens()
		_, other := x.begin(symbolontest.NewBrowser(x))
		for _, table := range []string{"logins", "grants"} {
			x.query("ALTER TABLE " + table + " RENAME TO " + table + "_away")
		}
		for name, r := range map[string]*symbolontest.Response{
			"user details": x.server.App.Post(other.LoginRequestID(), symbolontest.Alice()), "callback": b.Get(posted.Text("redirect_url")), "consent": b.Get(page.URL.String()),
			"decision": b.Submit(page, "decision", "allow"), "refresh": x.client.Refresh(tokens.Refresh), "introspect": x.server.Introspect(tokens.Access), "revoke": x.client.Revoke(tokens.Refresh),
		} {
			if r.Status < 500 || r.Header.Get("Location") != "" {
				x.Errorf("%s: %d", name, r.Status)
			}
			x.saysNothing(name, r)
		}
		for _, table := range []string{"logins", "grants"} {
			x.query("ALTER TABLE " + table + "_away RENAME TO " + table)
		}
		code := b.Submit(b.Get(page.URL.String()), "decision", "allow").Location().Query().Get("code")
		x.client.MustRedeem(a, code)
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"K03_keys_at_rest", func(x *scene) {
		dir := x.TempDir()
		x = x.on(symbolontest.StartServer(x, func(c *symbolon.Config) {
			c.Secret, c.SecretFile = "", filepath.Join(dir, "symbolon.secret")
		}))
		for _, file := range []string{filepath.Join(dir, "symbolon.secret"), x.server.DB} {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				x.Errorf("%s: %v %v", file, info.Mode(), err)
			}
		}
		x.server.Stop()
		config := x.server.Config()
		config.Secret = "another-master-secret-of-the-tests-0123456"
		if server, err := symbolon.New(config); err == nil {
			_ = server.Close()
			x.Error("it starts with another master secret")
		} else if strings.Contains(err.Error(), string(config.Secret)) {
			x.Errorf("the error holds the secret: %v", err)
		}
	}},
	{"S06_half_written", func(x *scene) {
		x = x.on(symbolontest.StartServer(x))
		b := symbolontest.NewBrowser(x)
		a, page := x.asked(b)
		fail := func(table, when string) {
			x.query("CREATE TRIGGER stop BEFORE " + when + " ON " + table + " BEGIN SELECT RAISE(ABORT, 'stop'); END")
		}
		for _, table := range []string{"codes", "grants", "audit", "attempt_events"} {
			fail(table, "INSERT")
			r := b.Submit(page, "decision", "allow")
			if r.Status < 500 || r.Location() != nil {
				x.Errorf("a decision without its %s: %d", table, r.Status)
			}
			x.query("DROP TRIGGER stop")
		}
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		for _, step := range [][2]string{{"grants", "UPDATE"}, {"attempt_events", "INSERT"}, {"codes", "UPDATE"}} {
			fail(step[0], step[1])
			if r := x.client.Redeem(a, code); r.Status < 500 {
				x.Errorf("a redemption without its %s of %s: %d %s", step[1], step[0], r.Status, r.Body)
			}
			x.query("DROP TRIGGER stop")
		}
		tokens := x.client.MustRedeem(a, code)
		fail("grants", "UPDATE")
		if r := x.client.Refresh(tokens.Refresh); r.Status < 500 {
			x.Errorf("a refresh that was not written: %d", r.Status)
		}
		x.query("DROP TRIGGER stop")
		x.client.MustRefresh(tokens.Refresh)
	}},
	{"S08_clock", func(x *scene) {
		x = x.on(symbolontest.StartServer(x))
		_, tokens := x.tokens()
		a, code := x.code()
		x.server.Clock.Advance(time.Hour)
		x.refusedAs("a code after an hour", x.client.Redeem(a, code), "invalid_grant")
		if x.server.Active(tokens.Access) {
			x.Error("an access token is active after an hour")
		}
		x.client.MustRefresh(tokens.Refresh)
		x.server.Clock.Advance(-time.Hour)
		x.honest()
		x.server.Clock.Advance(-time.Hour)
		x.honest()
		_, young := x.tokens()
		x.server.Clock.Advance(10*time.Minute - time.Second)
		if !x.server.Active(young.Access) {
			x.Error("an access token ends early")
		}
		x.server.Clock.Advance(time.Second)
		if x.server.Active(young.Access) {
			x.Error("an access token outlives its exp")
		}
	}},
	{"B25_killed_after_the_answer", func(x *scene) {
		for range x.rounds(3, 1000) {
			killAndReturn(x)
		}
	}},
}

// killAndReturn ends a server process with SIGKILL as soon as the user-details POST
// was answered; the browser must still come back to the next one.
func killAndReturn(x *scene) {
	x.Helper()
	own := x.on(symbolontest.StartServer(x))
	own.server.Stop()
	config := own.server.Config()
	run := func() *exec.Cmd {
		command := exec.Command(os.Args[0], "-test.run=^TestServeUntilKilled$")
		command.Env = append(os.Environ(), "SYMBOLON_TEST_BASE_URL="+config.BaseURL, "SYMBOLON_TEST_DATABASE="+config.Database, "SYMBOLON_TEST_LOGIN_URL="+own.server.App.LoginURL())
		out, err := command.StdoutPipe()
		if err != nil {
			x.Fatal(err)
		}
		if err := command.Start(); err != nil {
			x.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "serving\n" {
			x.Fatalf("the process said %q: %v", line, err)
		}
		return command
	}
	first := run()
	own.client = own.server.Register(nil)
	b := symbolontest.NewBrowser(x)
	a, visit := own.posted(b)
	_ = first.Process.Kill()
	_ = first.Wait() // it was killed
	second := run()
	defer func() {
		_ = second.Process.Kill()
		_ = second.Wait()
	}()
	r := b.Submit(b.Follow(b.Get(visit.RedirectURL)), "decision", "allow")
	if r.Status != http.StatusSeeOther {
		x.Fatalf("after the kill: %d %s", r.Status, r.VisibleText())
	}
	own.client.MustRedeem(a, r.Location().Query().Get("code"))
}
