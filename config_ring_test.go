package symbolon_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/symbolon-auth/symbolon"
)

const otherSecret = "fedcba9876543210fedcba9876543210"

func TestSecretsFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	cfg := &symbolon.Config{BaseURL: "https://a.example", SecretFile: path}
	for _, tt := range []struct {
		name, content string
		mode          os.FileMode
		want          []string
		refusal       string
	}{
		{"one", secret32 + "\n", 0o600, []string{secret32}, ""},
		{"two, the first seals", otherSecret + "\r\n\n  " + secret32, 0o400, []string{otherSecret, secret32}, ""},
		{"open to the group", secret32, 0o640, nil, "is open to others (mode 0640); run: chmod 600 " + path},
		{"open to the world", secret32, 0o604, nil, "is open to others (mode 0604); run: chmod 600 " + path},
		{"empty", "\n", 0o600, nil, "no master secret"},
		{"short", "hunter2", 0o600, nil, "has 7 characters, at least 32 are needed"},
		{"repeated", secret32 + "\n" + secret32, 0o600, nil, "are the same: remove one of them"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_ = os.Remove(path)
			write(t, path, tt.content, tt.mode)
			got, err := cfg.Secrets()
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %d secrets", len(got))
			}
			if tt.refusal == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.refusal) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %s", err, tt.refusal)
			}
		})
	}
}

func TestSecretsFromEnvironment(t *testing.T) {
	cfg := parse(t, "base_url: https://a.example", "SYMBOLON_SECRET="+otherSecret+"\n"+secret32)
	got, err := cfg.Secrets()
	if err != nil || !reflect.DeepEqual(got, []string{otherSecret, secret32}) {
		t.Errorf("got %d secrets, %v", len(got), err)
	}
}

func TestSecretIsMadeForLoopbackOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	public := &symbolon.Config{BaseURL: "https://a.example", SecretFile: path}
	if _, err := public.Secrets(); err == nil || !strings.Contains(err.Error(), "umask 077; openssl rand -base64 32 > "+path) {
		t.Errorf("public: %v", err)
	}
	if err := public.CheckSecrets(); err == nil {
		t.Error("CheckSecrets of a public server needs the file")
	}
	local := &symbolon.Config{BaseURL: "http://localhost:3010", SecretFile: path}
	if err := local.CheckSecrets(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("CheckSecrets made the file")
	}

	// Servers that start at once must agree.
	var all [8][]string
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() { all[i], _ = local.Secrets() })
	}
	wg.Wait()
	for _, got := range all {
		if len(got) != 1 || len(got[0]) < 32 || got[0] != all[0][0] {
			t.Fatal("two servers have different secrets, or one has none")
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, err := fs.Glob(os.DirFS(filepath.Dir(path)), ".symbolon-secret-*")
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A configuration is printed while somebody looks for a mistake: %v, slog and
// JSON must not show what it holds.
func TestSecretsDoNotPrint(t *testing.T) {
	cfg := symbolon.Config{Secret: secret32, APIClients: []symbolon.APIClient{{Secret: otherSecret}}, Clients: []symbolon.Client{{Secret: secret32}}}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("configuration", "cfg", cfg, "secret", cfg.Secret)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("configuration", "clients", cfg.Clients, "secret", cfg.Secret)
	asJSON, err := json.Marshal(cfg.APIClients)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprintf("%v %+v %#v %s %q", cfg, cfg, cfg, cfg.Clients, cfg.APIClients), logged.String(), string(asJSON)} {
		if strings.Contains(s, secret32) || strings.Contains(s, otherSecret) {
			t.Errorf("shows a secret: %s", s)
		}
	}
}
