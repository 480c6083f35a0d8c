package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

var start = time.Date(2026, 11, 3, 17, 2, 11, 0, time.UTC)

var known = store.Attempt{
	AttemptSummary: store.AttemptSummary{
		ID: "req_8KxT0aQ2rYbV5mLwZc1D9g", Connection: "conn_acme", MCPServer: "res_todo",
		ClientID: "cli_inspector", ClientName: "Inspector <b>", Sub: "u_42", StartedAt: start,
	},
	UpdatedAt: start.Add(time.Second),
	Events: []store.Event{
		{At: start, Step: "authorize", OK: true, Notes: map[string]string{"scope": "todo:read"}},
		{At: start.Add(time.Second), Step: "callback", Reason: "verifier_missing"},
	},
}

var knownGrant = admin.Grant{
	ID: "grt_known", State: admin.GrantLive, Connection: "conn_acme", Sub: "alice", Client: admin.GrantClient{ID: "cli", Name: "Robot"},
	MCPServer: admin.GrantServer{ID: "res_todo"}, Organization: admin.GrantOrganization{ID: "org_7"}, Scopes: []string{"todo:read"}, CreatedAt: start,
}

var knownEntry = store.AuditEntry{
	Position: 1 << 40, At: start, Actor: "operator", Action: "grant.revoked", Object: "grant:grt_known", Detail: map[string]string{"reason": "\x1b[31m"},
}

// fake is an operator who remembers what was asked.
type fake struct {
	recorder *attempt.Recorder
	applied  admin.Apply
	rotated  admin.Rotate
	retired  admin.RetireSecret
	added    int
	revoked  admin.Revoke
	asked    admin.GrantsQuery
	ended    admin.RevokeGrants
	read     store.AuditFilter
	err      error
}

func (f *fake) Apply(_ context.Context, a admin.Apply) (admin.Applied, error) {
	f.applied = a
	ref := catalog.Ref{Kind: catalog.KindMCPServer, ID: "res_todo"}
	return admin.Applied{Changes: []catalog.DiffLine{{Action: catalog.ActionDelete, Ref: ref}}, Grants: 3, More: true}, f.err
}

func (f *fake) Keys(context.Context) ([]keys.Info, error) {
	return []keys.Info{
		{KID: "a", Alg: "RS256", State: store.KeyActive, CreatedAt: start, ActiveAt: start, RotatesAt: start.Add(time.Hour)},
		{KID: "b", Alg: "RS256", State: store.KeyStandby, CreatedAt: start},
	}, f.err
}

func (f *fake) RevokeKey(_ context.Context, r admin.Revoke) error {
	f.revoked = r
	return f.err
}

func (f *fake) RotateKey(_ context.Context, r admin.Rotate) error {
	f.rotated = r
	return f.err
}

func (f *fake) Secrets(context.Context) (admin.Secrets, error) {
	return admin.Secrets{Source: "symbolon.secret", Secrets: []admin.Secret{{Fingerprint: "abcd2345", Use: admin.SecretSeals, KnownSince: start, Hanging: admin.Hanging{Grants: 7}}}}, f.err
}

func (f *fake) RetireSecret(_ context.Context, r admin.RetireSecret) (admin.Retirement, error) {
	f.retired = r
	return admin.Retirement{Sealing: "abcd2345", Recent: true}, f.err
}

func (f *fake) RegistrationKeys(context.Context) ([]admin.RegistrationKey, error) {
	return []admin.RegistrationKey{{Number: 1, Since: start}, {Number: f.added + 1, Since: start, Issues: true}}, f.err
}

func (f *fake) AddRegistrationKey(context.Context) error {
	f.added++
	return f.err
}

func (f *fake) RetireRegistrationKey(_ context.Context, r admin.RetireRegistration) (admin.RegistrationKey, error) {
	return admin.RegistrationKey{Number: r.Number, Grants: 3}, f.err
}

func (f *fake) Grants(_ context.Context, q admin.GrantsQuery) ([]admin.Grant, error) {
	f.asked = q
	return []admin.Grant{knownGrant}, f.err
}

func (f *fake) Grant(_ context.Context, id string) (admin.GrantDetail, error) {
	if id != knownGrant.ID {
		return admin.GrantDetail{}, store.ErrNotFound
	}
	return admin.GrantDetail{Grant: knownGrant, Audit: admin.AuditEntries([]store.AuditEntry{knownEntry})}, f.err
}

func (f *fake) RevokeGrants(_ context.Context, r admin.RevokeGrants) (admin.RevokedGrants, error) {
	f.ended = r
	if r.GrantID == "grt_unknown" {
		return admin.RevokedGrants{}, store.ErrNotFound
	}
	return admin.RevokedGrants{InUse: 3, Ended: 5}, f.err
}

func (f *fake) Audit(_ context.Context, filter store.AuditFilter) ([]store.AuditEntry, error) {
	f.read = filter
	return []store.AuditEntry{knownEntry}, f.err
}

func (f *fake) Attempts(_ context.Context, limit int) ([]store.Attempt, error) {
	return []store.Attempt{known, known}[:min(limit, 2)], f.err
}

func (f *fake) Attempt(_ context.Context, id string) (store.Attempt, error) {
	if id != known.ID {
		return store.Attempt{}, store.ErrNotFound
	}
	return known, f.err
}

func (f *fake) OpenErrorID(id string) (string, string, time.Time, error) {
	switch id {
	case "err_known":
		return known.ID, "verifier_missing", start, nil
	case "err_forgotten":
		return "req_forgotten", "client_unknown", start, nil
	}
	return "", "", time.Time{}, seal.ErrNotOurs
}

func (f *fake) Watch(ctx context.Context) <-chan attempt.Update { return f.recorder.Subscribe(ctx) }

// eachWay runs a test with a server of the same process and with a running one.
func eachWay(t *testing.T, test func(*testing.T, *fake, *admin.Client)) {
	t.Run("in process", func(t *testing.T) {
		f := &fake{recorder: attempt.New(attempt.Options{})}
		test(t, f, admin.InProcess(admin.NewHandler(f)))
	})
	t.Run("socket", func(t *testing.T) {
		f := &fake{recorder: attempt.New(attempt.Options{})}
		client, _ := running(t, f)
		test(t, f, client)
	})
}

// running is a server on a socket, and how to end it.
func running(t *testing.T, f *fake) (*admin.Client, func()) {
	t.Helper()
	path := socketPath(t)
	l, err := admin.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: admin.NewHandler(f)} //nolint:gosec // G112: no stranger connects
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	end := func() {
		_ = server.Close()
		<-done
	}
	t.Cleanup(func() { _ = server.Close() })
	client, err := admin.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return client, end
}

// socketPath is short: socket addresses are.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "symbolon.db.sock")
}

func TestApply(t *testing.T) {
	eachWay(t, func(t *testing.T, f *fake, c *admin.Client) {
		want := admin.Apply{
			BaseURL: "https://auth.example.com", Prune: true, DryRun: true, Agreed: []string{"delete mcp_server res_todo"},
			Objects: []catalog.Object{{Kind: catalog.KindConnection, ID: "conn_acme", Owner: catalog.OwnerFile, Spec: json.RawMessage(`{"name":"Ü & <b>"}`)}},
		}
		got, err := c.Apply(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := encoded(t, f.applied), encoded(t, want); g != w {
			t.Errorf("the server was asked %s, want %s", g, w)
		}
		if !got.More || got.Grants != 3 || !reflect.DeepEqual(admin.Lines(got.Changes), []string{"delete mcp_server res_todo and end its grants"}) {
			t.Errorf("answer %+v", got)
		}
	})
}

func TestKeys(t *testing.T) {
	eachWay(t, func(t *testing.T, f *fake, c *admin.Client) {
		want := []admin.Key{
			{KID: "a", Alg: "RS256", State: "active", PublishedSince: start, SigningSince: start, RotatesAt: start.Add(time.Hour)},
			{KID: "b", Alg: "RS256", State: "standby", PublishedSince: start},
		}
		if got, err := c.Keys(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("keys %+v, %v; want %+v", got, err, want)
		}
		if got, err := c.RotateKey(t.Context(), admin.Rotate{Alg: "ES256", Force: true}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("rotating: %+v, %v; want %+v", got, err, want)
		}
		if f.rotated != (admin.Rotate{Alg: "ES256", Force: true}) {
			t.Errorf("the server was asked %+v", f.rotated)
		}
		if got, err := c.RevokeKey(t.Context(), admin.Revoke{KID: "a", State: "active"}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("revoking: %+v, %v; want %+v", got, err, want)
		}
		if f.revoked != (admin.Revoke{KID: "a", State: "active"}) {
			t.Errorf("the server was asked %+v", f.revoked)
		}
	})
}

func TestSecrets(t *testing.T) {
	eachWay(t, func(t *testing.T, f *fake, c *admin.Client) {
		all, err := c.Secrets(t.Context())
		if err != nil || len(all.Secrets) != 1 || all.Secrets[0].Fingerprint != "abcd2345" || all.Secrets[0].Grants != 7 || !all.Secrets[0].KnownSince.Equal(start) {
			t.Errorf("secrets %+v, %v", all, err)
		}
		want := admin.RetireSecret{Fingerprint: "bcde3456", DryRun: true}
		if got, err := c.RetireSecret(t.Context(), want); err != nil || !got.Recent || f.retired != want {
			t.Errorf("%+v, %v; the server was asked %+v", got, err, f.retired)
		}
	})
}

func TestRegistrationKeys(t *testing.T) {
	eachWay(t, func(t *testing.T, _ *fake, c *admin.Client) {
		if list, err := c.RegistrationKeys(t.Context()); err != nil || len(list) != 2 || list[1].Number != 1 {
			t.Errorf("list %+v, %v", list, err)
		}
		if list, err := c.AddRegistrationKey(t.Context()); err != nil || list[1] != (admin.RegistrationKey{Number: 2, Since: start, Issues: true}) {
			t.Errorf("added %+v, %v", list, err)
		}
		if k, err := c.RetireRegistrationKey(t.Context(), admin.RetireRegistration{Number: 200}); err != nil || k.Number != 200 || k.Grants != 3 {
			t.Errorf("retired %+v, %v", k, err)
		}
	})
}

func TestGrants(t *testing.T) {
	selection := admin.GrantSelection{Connection: "conn_acme", Sub: "alice", ClientID: "cli", MCPServer: "res_todo", Organization: "org & 7"}
	eachWay(t, func(t *testing.T, f *fake, c *admin.Client) {
		query := admin.GrantsQuery{GrantSelection: selection, Ended: true, Limit: 2, Before: "grt_last"}
		if list, err := c.Grants(t.Context(), query); err != nil || !reflect.DeepEqual(list, []admin.Grant{knownGrant}) || f.asked != query {
			t.Errorf("list %+v, %v; asked %+v", list, err, f.asked)
		}
		g, err := c.Grant(t.Context(), knownGrant.ID)
		if err != nil || !reflect.DeepEqual(g.Grant, knownGrant) || !reflect.DeepEqual(g.Audit, admin.AuditEntries([]store.AuditEntry{knownEntry})) {
			t.Errorf("grant %+v, %v", g, err)
		}
		revoke := admin.RevokeGrants{GrantSelection: selection, DryRun: true}
		if got, err := c.RevokeGrants(t.Context(), revoke); err != nil || got != (admin.RevokedGrants{InUse: 3, Ended: 5}) || f.ended != revoke {
			t.Errorf("revoked %+v, %v; asked %+v", got, err, f.ended)
		}
		for name, call := range map[string]func() error{
			"show": func() error { _, err := c.Grant(t.Context(), "grt_other&id="+knownGrant.ID); return err },
			"revoke": func() error {
				_, err := c.RevokeGrants(t.Context(), admin.RevokeGrants{GrantID: "grt_unknown"})
				return err
			},
		} {
			if refusal, ok := errors.AsType[*admin.Error](call()); !ok || refusal.Code != "not_found" {
				t.Errorf("%s: %+v", name, refusal)
			}
		}
	})
}

func TestAudit(t *testing.T) {
	eachWay(t, func(t *testing.T, f *fake, c *admin.Client) {
		query := admin.AuditQuery{
			Object: "user:conn_acme/ü b", Actor: "operator", Actions: []string{"grant.revoked"}, Since: start, Before: 9, Forward: true, After: 8, Limit: 7,
		}
		want := store.AuditFilter{
			Object: query.Object, Actor: "operator", Actions: []string{"grant.revoked"}, Since: start, Before: 9, Forward: true, After: 8, Limit: 7,
		}
		list, err := c.Audit(t.Context(), query)
		if err != nil || !reflect.DeepEqual(list, admin.AuditEntries([]store.AuditEntry{knownEntry})) || !reflect.DeepEqual(f.read, want) {
			t.Errorf("list %+v, %v; asked %+v", list, err, f.read)
		}
		if _, err := c.Audit(t.Context(), admin.AuditQuery{}); err == nil {
			t.Error("a list of no entries was not refused")
		}
	})
}

func TestAttempts(t *testing.T) {
	eachWay(t, func(t *testing.T, _ *fake, c *admin.Client) {
		list, err := c.Attempts(t.Context(), 1)
		if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0].Stored(), known) {
			t.Errorf("list %+v, %v; want %+v", list, err, known)
		}
		if a, err := c.Attempt(t.Context(), known.ID); err != nil || !reflect.DeepEqual(a.Stored(), known) {
			t.Errorf("attempt %+v, %v; want %+v", a, err, known)
		}
		report, err := c.ErrorReport(t.Context(), "err_known")
		if err != nil || report.Attempt == nil || report.Attempt.ID != known.ID || report.Remedy == "" || !report.At.Equal(start) {
			t.Errorf("error %+v, %v", report, err)
		}
		report, err = c.ErrorReport(t.Context(), "err_forgotten")
		if err != nil || report.Attempt != nil || report.Reason != "client_unknown" || report.What == "" {
			t.Errorf("error without its attempt %+v, %v", report, err)
		}
	})
}

func TestRefusalsKeepTheirWords(t *testing.T) {
	eachWay(t, func(t *testing.T, f *fake, c *admin.Client) {
		f.err = admin.Refuse("too_soon", "wait an hour & “rest”")
		for name, call := range map[string]func() error{
			"apply":  func() error { _, err := c.Apply(t.Context(), admin.Apply{}); return err },
			"rotate": func() error { _, err := c.RotateKey(t.Context(), admin.Rotate{}); return err },
			"revoke": func() error { _, err := c.RevokeKey(t.Context(), admin.Revoke{}); return err },
			"keys":   func() error { _, err := c.Keys(t.Context()); return err },
			"list":   func() error { _, err := c.Attempts(t.Context(), 1); return err },
		} {
			refusal, ok := errors.AsType[*admin.Error](call())
			if !ok || *refusal != (admin.Error{Status: http.StatusConflict, Code: "too_soon", Message: "wait an hour & “rest”"}) {
				t.Errorf("%s: %+v", name, refusal)
			}
		}
		f.err = store.ErrUnavailable
		_, err := c.Keys(t.Context())
		if refusal, ok := errors.AsType[*admin.Error](err); !ok || refusal.Code != "unavailable" {
			t.Errorf("without the database: %v", err)
		}
		f.err = nil
		for name, call := range map[string]func() error{
			"attempt": func() error { _, err := c.Attempt(t.Context(), "req_other&id="+known.ID); return err },
			"error":   func() error { _, err := c.ErrorReport(t.Context(), "err_other"); return err },
		} {
			if refusal, ok := errors.AsType[*admin.Error](call()); !ok || refusal.Code != "not_found" {
				t.Errorf("%s: %+v", name, refusal)
			}
		}
		if _, err := c.Attempts(t.Context(), 0); err == nil {
			t.Error("a list of no attempts was not refused")
		}
	})
}

// A member that this server does not know could be the one that protects.
func TestUnknownMembersAreRefused(t *testing.T) {
	for path, body := range map[string]string{
		"/v1/apply":                    `{"base_url":"https://auth.example.com","objects":[],"only":"conn_acme"}`,
		"/v1/keys/rotate":              `{"alg":"RS256","dry_run":true}`,
		"/v1/secrets/retire":           `{"fingerprint":"abcd2345","only":"here"}`,
		"/v1/registration-keys/retire": `{"number":1,"keep_grants":true}`,
		"/v1/grants/revoke":            `{"connection":"conn_acme","scope":"todo:read"}`,
		"/v1/grants":                   `{"limit":1,"scope":"todo:read"}`,
		"/v1/audit":                    `{"limit":1,"severity":"high"}`,
	} {
		f := &fake{}
		w := httptest.NewRecorder()
		admin.NewHandler(f).ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
		if w.Code != http.StatusBadRequest || f.rotated.Alg != "" || f.retired.Fingerprint != "" || f.ended.Connection != "" || f.applied.BaseURL != "" {
			t.Errorf("%s: status %d, asked %+v %+v", path, w.Code, f.rotated, f.applied)
		}
	}
}

func TestUnknownCommand(t *testing.T) {
	w := httptest.NewRecorder()
	admin.NewHandler(&fake{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v2/keys", nil))
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "does not know this command") {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
}

func TestWatch(t *testing.T) {
	f := &fake{recorder: attempt.New(attempt.Options{})}
	client, end := running(t, f)
	record := func(id string) {
		f.recorder.Record("source", store.AttemptSummary{ID: id}, store.Event{At: start, Step: "authorize", OK: true})
	}
	record("req_before")
	var seen []string
	err := client.Watch(t.Context(), func() { record("req_first") }, func(u admin.Update) error {
		seen = append(seen, u.ID)
		if u.ID == "req_first" {
			record("req_second")
		} else {
			end()
		}
		return nil
	})
	if !errors.Is(err, admin.ErrServerEnded) || !reflect.DeepEqual(seen, []string{"req_first", "req_second"}) {
		t.Errorf("saw %v, ended with %v", seen, err)
	}
}

func TestWatchEndsWithItsReader(t *testing.T) {
	f := &fake{recorder: attempt.New(attempt.Options{})}
	client, _ := running(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	if err := client.Watch(ctx, cancel, func(admin.Update) error { return nil }); err != nil {
		t.Errorf("ended with %v", err)
	}
	failed := errors.New("standard output is closed")
	ready := func() {
		f.recorder.Record("source", store.AttemptSummary{ID: "req_x"}, store.Event{At: start, Step: "authorize"})
	}
	if err := client.Watch(t.Context(), ready, func(admin.Update) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("ended with %v", err)
	}
}

func TestSocketIsPrivateAndGoes(t *testing.T) {
	path := socketPath(t)
	l, err := admin.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if network := l.Addr().Network(); network != "unix" {
		t.Errorf("it listens on %s", network)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if found, err := os.ReadDir(filepath.Dir(path)); err != nil || len(found) != 1 {
		t.Errorf("left beside the socket: %v, %v", found, err)
	}
	if err := errors.Join(l.Close(), ignoreClosed(l.Close())); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func TestListenReplacesASocketAndNothingElse(t *testing.T) {
	path := socketPath(t)
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	if err := stale.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Dial(t.Context(), path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialling a dead socket: %v", err)
	}
	l, err := admin.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Dial(t.Context(), path); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := admin.Dial(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("dialling nothing: %v", err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Listen(path); err == nil || !strings.Contains(err.Error(), "is not a socket") {
		t.Errorf("listening over a file: %v", err)
	}
	if content, err := os.ReadFile(path); string(content) != "mine" {
		t.Errorf("the file holds %q, %v", content, err)
	}
}

// A path that is too long is spelled from the working directory, if that helps.
func TestLongPaths(t *testing.T) {
	dir := filepath.Join(filepath.Dir(socketPath(t)), strings.Repeat("long", 30))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "symbolon.db.sock")
	if _, err := admin.Listen(path); err == nil || !strings.Contains(err.Error(), "too long for a socket") {
		t.Errorf("listening on a long path: %v", err)
	}
	t.Chdir(dir)
	l, err := admin.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Dial(t.Context(), path); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// Whatever is sent, the answer is of this API.
func FuzzRequests(f *testing.F) {
	f.Add("/v1/apply", `{"base_url":"https://auth.example.com","objects":[{"kind":"connection","id":"conn_acme"}]}`)
	f.Add("/v1/keys/rotate", `{"alg":"RS256"}`)
	f.Add("/v1/keys/rotate", `{"alg":1}`)
	f.Add("/v1/apply", `[`)
	f.Fuzz(func(t *testing.T, path, body string) {
		req, err := http.NewRequest(http.MethodPost, "http://symbolon/"+strings.TrimPrefix(path, "/"), strings.NewReader(body))
		if err != nil {
			t.Skip("not a request")
		}
		w := httptest.NewRecorder()
		admin.NewHandler(&fake{}).ServeHTTP(w, req)
		switch w.Code {
		case http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusTemporaryRedirect:
		default:
			t.Errorf("%s %q: status %d", path, body, w.Code)
		}
		if _, err := io.ReadAll(w.Result().Body); err != nil {
			t.Error(err)
		}
	})
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
