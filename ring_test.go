package symbolon_test

// Master secrets that change, on servers that share a database.

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/store/postgres/pgtest"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// keeper is one of several servers, with a file of secrets of its own.
type keeper struct {
	*symbolon.Server
	cfg symbolon.Config
}

// keepers are servers on one PostgreSQL database that begin with the same secret.
func keepers(t *testing.T, n int) []keeper {
	t.Helper()
	standalone := symbolontest.StartServer(t)
	standalone.Stop()
	cfg := shared(standalone.Config(), pgtest.New(t).Database(t))
	cfg.Secret = ""
	list := make([]keeper, n)
	for i := range list {
		own := cfg
		own.SecretFile = filepath.Join(t.TempDir(), "symbolon.secret")
		write(t, own.SecretFile, symbolontest.MasterSecret+"\n", 0o600)
		s, _ := node(t, own)
		list[i] = keeper{s, own}
	}
	return list
}

// copyTo brings another server the file, and waits for nothing.
func (m keeper) copyTo(t *testing.T, other keeper) {
	t.Helper()
	write(t, other.cfg.SecretFile, read(t, m.cfg.SecretFile), 0o600)
	if err := other.ReloadSecrets(); err != nil {
		t.Fatal(err)
	}
}

// command is what an operator asks on the machine of this server.
func (m keeper) command(t *testing.T, do func(c *admin.Client) error) error {
	t.Helper()
	s, err := symbolon.Open(m.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return errors.Join(do(admin.InProcess(s.Operator())), s.Close())
}

func (m keeper) retire(t *testing.T, fingerprint string) error {
	t.Helper()
	return m.command(t, func(c *admin.Client) error {
		_, err := c.RetireSecret(t.Context(), admin.RetireSecret{Fingerprint: fingerprint})
		return err
	})
}

func (m keeper) secrets(t *testing.T) (all admin.Secrets) {
	t.Helper()
	err := m.command(t, func(c *admin.Client) (err error) {
		all, err = c.Secrets(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (m keeper) uses(t *testing.T) map[string]string {
	t.Helper()
	uses := map[string]string{}
	for _, s := range m.secrets(t).Secrets {
		uses[s.Fingerprint] = s.Use
	}
	return uses
}

// ready says that the server goes on trusting what is stored.
func (m keeper) ready(t *testing.T) {
	t.Helper()
	time.Sleep(1200 * time.Millisecond) // longer than it goes on without the database
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, m.cfg.BaseURL+"/readyz", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("not ready: %s", w.Body)
	}
}

func refusal(err error) string {
	if e, ok := errors.AsType[*admin.Error](err); ok {
		return e.Code
	}
	return ""
}

// TestSecretRotationOfManyServers leads the new secret to every server before one seals
// with it, and takes the old one away only when none does so any more.
func TestSecretRotationOfManyServers(t *testing.T) {
	m := keepers(t, 2)
	a, b := m[0], m[1]
	names, err := a.cfg.SecretFingerprints()
	if err != nil {
		t.Fatal(err)
	}
	old := names[0]
	next, err := a.cfg.AddSecret(false)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.ReloadSecrets(); err != nil {
		t.Fatal(err)
	}
	if uses := a.uses(t); uses[next] != admin.SecretWaits || uses[old] != admin.SecretSeals {
		t.Fatalf("at first: %v", uses)
	}
	// The operator of another machine sees that there is one that he has not.
	if uses := b.uses(t); uses[next] != admin.SecretMissing {
		t.Fatalf("seen from the other server: %v", uses)
	}
	behind := slices.DeleteFunc(a.secrets(t).Servers, func(s admin.SecretServer) bool { return slices.Contains(s.Secrets, next) })
	if len(behind) != 1 || len(a.secrets(t).Servers) != 2 {
		t.Fatalf("servers that do not know it: %v", behind)
	}
	// A file that is ahead of the servers seals nothing that they could not open.
	ahead := a
	ahead.cfg.SecretFile = filepath.Join(t.TempDir(), "ahead.secret")
	write(t, ahead.cfg.SecretFile, read(t, a.cfg.SecretFile), 0o600)
	if err := ahead.cfg.PromoteSecret(next); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func(c *admin.Client) error{
		"a signing key": func(c *admin.Client) error {
			_, err := c.RotateKey(t.Context(), admin.Rotate{Alg: "RS256", Force: true})
			return err
		},
		"a registration key": func(c *admin.Client) error { _, err := c.AddRegistrationKey(t.Context()); return err },
		"a configuration":    func(c *admin.Client) error { _, err := c.Apply(t.Context(), wanted(t, a.cfg)); return err },
		"retirement": func(c *admin.Client) error {
			_, err := c.RetireSecret(t.Context(), admin.RetireSecret{Fingerprint: old})
			return err
		},
	} {
		if err := ahead.command(t, do); refusal(err) != "servers_behind" {
			t.Errorf("%s: %v", what, err)
		}
	}

	a.copyTo(t, b)
	if err := a.cfg.PromoteSecret(next); err != nil {
		t.Fatal(err)
	}
	if err := a.ReloadSecrets(); err != nil {
		t.Fatal(err)
	}
	if err := a.retire(t, old); refusal(err) != "servers_behind" {
		t.Errorf("retired while a server seals with it: %v", err)
	}
	for _, each := range m { // what one seals, the other opens
		if err := each.command(t, func(c *admin.Client) error { _, err := c.AddRegistrationKey(t.Context()); return err }); err != nil {
			t.Fatal(err)
		}
	}
	a.ready(t)
	b.ready(t)
	a.copyTo(t, b)
	if err := b.retire(t, old); err != nil {
		t.Fatal(err)
	}
	a.ready(t)
	b.ready(t)
	// The files still have it, and it is worth nothing there.
	for i, each := range m {
		if names, err := each.cfg.SecretFingerprints(); err != nil || len(names) != 2 {
			t.Fatalf("server %d: %v %v", i, names, err)
		}
		if uses := each.uses(t); uses[old] != admin.SecretRetired || uses[next] != admin.SecretSeals {
			t.Errorf("server %d: %v", i, uses)
		}
	}
	for _, s := range a.secrets(t).Servers {
		if !slices.Equal(s.Secrets, []string{next}) {
			t.Errorf("%s opens with %v", s.Name, s.Secrets)
		}
	}
	// Nobody starts with the retired one alone.
	write(t, b.cfg.SecretFile, symbolontest.MasterSecret+"\n", 0o600)
	if s, err := symbolon.New(b.cfg); err == nil || !strings.Contains(err.Error(), "retired") {
		t.Errorf("started with a retired secret alone: %v", err)
		if err == nil {
			_ = s.Close()
		}
	}
	if err := b.ReloadSecrets(); err == nil {
		t.Error("a running server took a file over that has the retired secret alone")
	}
	b.ready(t)
}

// A file that cannot be used changes nothing, and is told of once.
func TestSecretsAreReloaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "symbolon.secret")
	standalone := symbolontest.StartServer(t)
	standalone.Stop()
	cfg := standalone.Config()
	cfg.Secret, cfg.SecretFile, cfg.Database = "", path, "sqlite::memory:"
	s, logged := node(t, cfg)
	good := read(t, path)
	for what, content := range map[string]string{
		"nothing": "", "short": "hunter2\n", "another": otherSecret + "\n", "twice": good + good,
	} {
		write(t, path, content, 0o600)
		if err := s.ReloadSecrets(); err == nil {
			t.Errorf("%s was taken over", what)
		}
		if err := s.ReloadSecrets(); err != nil {
			t.Errorf("%s was told of twice: %v", what, err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, path, otherSecret+"\n"+good, 0o644)
	if err := s.ReloadSecrets(); err == nil {
		t.Error("a file that is open to others was taken over")
	}
	if strings.Contains(logged.String(), "hunter2") || strings.Contains(logged.String(), otherSecret) {
		t.Errorf("the log has a secret: %s", logged)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, path, otherSecret+"\n"+good+"\n", 0o600)
	if err := s.ReloadSecrets(); err != nil {
		t.Fatal(err)
	}
	all, err := admin.InProcess(s.Operator()).Secrets(t.Context())
	if err != nil || all.Secrets[0].Use != admin.SecretSeals || all.Secrets[1].Use != admin.SecretOpens || len(all.Secrets) != 2 {
		t.Errorf("%+v, %v", all, err)
	}
}

// The file is the old one or the new one, keeps its mode, and a link stays a link.
func TestSecretFileIsRewritten(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	write(t, file, secret32+"\r\n\n  "+otherSecret, 0o600)
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	cfg := symbolon.Config{BaseURL: "https://auth.example", SecretFile: link}
	names, err := cfg.SecretFingerprints()
	if err != nil || len(names) != 2 {
		t.Fatal(names, err)
	}
	first, err := cfg.AddSecret(true)
	if err != nil {
		t.Fatal(err)
	}
	last, err := cfg.AddSecret(false)
	if err != nil {
		t.Fatal(err)
	}
	order := func(want ...string) {
		t.Helper()
		if got, err := cfg.SecretFingerprints(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	}
	order(first, names[0], names[1], last)
	if err := cfg.PromoteSecret(last); err != nil {
		t.Fatal(err)
	}
	order(last, first, names[0], names[1])
	if err := cfg.PromoteSecret("nobody"); err == nil {
		t.Error("promoted a secret that is not there")
	}
	for _, want := range []bool{true, false} {
		if removed, err := cfg.RemoveSecret(names[0]); err != nil || removed != want {
			t.Errorf("removed %v, %v; want %v", removed, err, want)
		}
	}
	order(last, first, names[1])
	info, err := os.Lstat(file)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link: %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if got := read(t, file); strings.Contains(got, secret32) || !strings.HasSuffix(got, otherSecret+"\n") || strings.Count(got, "\n") != 3 {
		t.Error("the file has other lines than its secrets")
	}
	only := symbolon.Config{BaseURL: "https://auth.example", Secret: secret32}
	if _, err := only.AddSecret(true); !errors.Is(err, symbolon.ErrSecretsInEnvironment) {
		t.Errorf("in the environment: %v", err)
	}
	one := symbolon.Config{BaseURL: "https://auth.example", SecretFile: filepath.Join(dir, "one")}
	write(t, one.SecretFile, secret32+"\n", 0o600)
	if _, err := one.RemoveSecret(names[0]); err == nil {
		t.Error("the last secret was removed")
	}
	if read(t, one.SecretFile) != secret32+"\n" {
		t.Error("a change that was refused changed the file")
	}
}
