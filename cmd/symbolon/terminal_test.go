package main

import (
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/catalog"
)

func TestTableIsAligned(t *testing.T) {
	var b strings.Builder
	out := terminal{Writer: &b}
	if err := out.table([]string{"NAME", "STATE"}, [][]string{{"Müller", "active"}, {"A", ""}}); err != nil {
		t.Fatal(err)
	}
	if want := "NAME    STATE\nMüller  active\nA\n"; b.String() != want {
		t.Errorf("table\n%s\nwant\n%s", b.String(), want)
	}
}

func TestWrap(t *testing.T) {
	text := "warning: " + strings.Repeat("word ", 30) + strings.Repeat("x", 60) + " end"
	lines := strings.Split(wrap(text, 40, "  "), "\n")
	for i, line := range lines {
		if len(line) > 40 && !strings.Contains(line, "xxx") || i > 0 && !strings.HasPrefix(line, "  ") || strings.HasSuffix(line, " ") {
			t.Errorf("line %d: %q", i, line)
		}
	}
	if got := strings.Join(strings.Fields(strings.Join(lines, " ")), " "); got != text {
		t.Errorf("words were lost: %q", got)
	}
}

func TestLinesOfTheLog(t *testing.T) {
	var b strings.Builder
	log := slog.New(newLineHandler(&b, slog.LevelInfo))
	at := time.Date(2026, 11, 3, 17, 2, 11, 0, time.UTC)
	write := func(l *slog.Logger, level slog.Level, message string, args ...any) {
		if !l.Enabled(t.Context(), level) {
			return
		}
		r := slog.NewRecord(at, level, message, 0)
		r.Add(args...)
		if err := l.Handler().Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	write(log, slog.LevelInfo, "listening", "address", "127.0.0.1:3010")
	write(log, slog.LevelDebug, "not shown")
	write(log.With("node", 1).WithGroup("step"), slog.LevelWarn, "refused", "reason", "a b", "level", "own")
	write(log, slog.LevelError, "two\nlines\x1b[31m", "cause", errors.New("three\nlines"))
	want := "17:02:11 INFO  listening  address=127.0.0.1:3010\n" +
		"17:02:11 WARN  refused  node=1 step.reason=\"a b\" step.level=own\n" +
		"17:02:11 ERROR two lines [31m  cause=\"three\\nlines\"\n"
	if b.String() != want {
		t.Errorf("log\n%s\nwant\n%s", b.String(), want)
	}
}

func TestOnlyAYesAgrees(t *testing.T) {
	for answer, agreed := range map[string]bool{
		"y\n": true, "Yes\r\n": true, " y": true,
		"n\n": false, "\n": false, "": false, "yep\n": false, "no\ny\n": false,
	} {
		if err := agreement(strings.NewReader(answer), "nothing"); (err == nil) != agreed {
			t.Errorf("%q: %v", answer, err)
		}
	}
	if err := agreement(iotest.ErrReader(errors.New("gone")), "nothing"); err == nil {
		t.Error("a broken terminal agreed")
	}
}

func TestChangesAreToldApart(t *testing.T) {
	var b strings.Builder
	out := terminal{Writer: &b, style: attempt.Style{Color: true}}
	printChanges(out, admin.Applied{
		Changes: []catalog.DiffLine{
			{Action: catalog.ActionDelete, Ref: catalog.Ref{Kind: catalog.KindMCPServer, ID: "res_todo"}},
			{
				Action: catalog.ActionChange, Ref: catalog.Ref{Kind: catalog.KindAPIClient, ID: "skc_acme"},
				Fields: []catalog.FieldChange{{Name: "secret_hash", Secret: "secret changed"}, {Name: "role", From: `"login"`, To: `"resource"`}},
			},
		},
		Grants: 1,
	})
	want := "\x1b[31m-\x1b[0m \x1b[31mdelete mcp_server res_todo and end its grants\x1b[0m\n" +
		"\x1b[33m~\x1b[0m \x1b[33mchange api_client skc_acme\x1b[0m\n" +
		"    secret changed\n" +
		"    role: \"login\" → \"resource\"\n" +
		"\x1b[31mthis ends 1 grant in use: their users have to sign in and agree again\x1b[0m\n\n"
	if b.String() != want {
		t.Errorf("difference\n%q\nwant\n%q", b.String(), want)
	}
}

func TestAnnouncement(t *testing.T) {
	cfg := &symbolon.Config{
		BaseURL:     "http://127.0.0.1:3010",
		Connections: []symbolon.Connection{{ID: "conn_acme", Name: "Acme", LoginURL: "http://127.0.0.1:3011/login", LoginVerifier: "declared"}},
		MCPServers:  []symbolon.MCPServer{{ID: "res_todo", Name: "Acme Todo", URL: "http://127.0.0.1:3012/mcp", Connection: "conn_acme"}},
	}
	var b strings.Builder
	announce(terminal{Writer: &b, real: true}, cfg.WithDefaults(), &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 3010})
	const want = `
Symbolon listens on 127.0.0.1:3010

  issuer               http://127.0.0.1:3010
  keys                 http://127.0.0.1:3010/keys
  database             symbolon.db

  MCP server res_todo  Acme Todo
    clients use        http://127.0.0.1:3012/mcp
    issuer             http://127.0.0.1:3010/resources/res_todo
    metadata           http://127.0.0.1:3010/resources/res_todo/.well-known/oauth-authorization-server
    resource metadata  http://127.0.0.1:3010/resources/res_todo/.well-known/oauth-protected-resource

  connection conn_acme  Acme
    login page         http://127.0.0.1:3011/login
    user details       POST http://127.0.0.1:3010/api/v1/connections/conn_acme/auth-requests/{login_request_id}/user
    callback           http://127.0.0.1:3010/sso/v1/connections/conn_acme/partner:callback

warning: conn_acme has login_verifier: declared.`
	if !strings.HasPrefix(b.String(), want) {
		t.Errorf("announcement\n%s\nwant it to begin with\n%s", b.String(), want)
	}
	for _, more := range []string{"(session fixation)", "warning: base_url http://127.0.0.1:3010 is for development", "symbolon attempts tail"} {
		if !strings.Contains(b.String(), more) {
			t.Errorf("announcement without %q:\n%s", more, b.String())
		}
	}
	cfg.BaseURL, cfg.Connections[0].LoginVerifier = "https://auth.example.com", "required"
	if w := warnings(cfg); len(w) != 0 {
		t.Errorf("nothing to warn of, but %q", w)
	}
}
