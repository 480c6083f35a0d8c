package oauth_test

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestParseClientIDURL(t *testing.T) {
	for s, want := range map[string]oauth.ClientIDURL{
		"https://claude.ai/oauth/mcp-oauth-client-metadata": {Host: "claude.ai"},
		"https://vscode.dev/oauth/client-metadata.json":     {Host: "vscode.dev"},
		"https://Client.Example:8443/a..b/.c?x=../y":        {Host: "client.example"},
		"https://client.example/":                           {Host: "client.example"},
		"http://localhost:3010/client.json":                 {Host: "localhost", Loopback: true},
		"https://127.0.0.1/client.json":                     {Host: "127.0.0.1", Loopback: true},
	} {
		if got, err := oauth.ParseClientIDURL(s); err != nil || got != want {
			t.Errorf("ParseClientIDURL(%q) = %+v, %v, want %+v", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "cli_inspector", "https:", "https://", "https:a/b", "https://a", "https://a?x=/", "http://a/x", "http://localhost.evil.com/x", "ftp://a/x", "cursor://a/x",
		"https://a/x#", "https://a/x#y", "https://u@a/x", "https://a/./x", "https://a/../x", "https://a/x/..", "https://a/x/.", "https://a/%2e%2E/x", "https://a/.%2e/x",
		"https://a/x y", "https://a\\b/x", "https://a/\u00e9", "https://\u00e9/x", "https://a./x", "https://a/x\n",
		"https://a/" + strings.Repeat("a", 2048),
	} {
		got, err := oauth.ParseClientIDURL(s)
		e, ok := err.(*oauth.Error)
		if !ok || e.Code != oauth.InvalidClient || got != (oauth.ClientIDURL{}) {
			t.Errorf("ParseClientIDURL(%.60q) = %+v, %v, want invalid_client", s, got, err)
		}
	}
}

func FuzzParseClientIDURL(f *testing.F) {
	for _, s := range []string{"https://a/b", "http://localhost:1/b", "https://a/%2e./b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := oauth.ParseClientIDURL(s)
		if err != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.User != nil || u.Scheme != "https" && !id.Loopback || !strings.HasPrefix(u.EscapedPath(), "/") {
			t.Fatalf("accepted %q: %+v, %v", s, u, err)
		}
		// Resolving dots changes nothing but slashes.
		if squeeze(path.Clean(u.Path)) != squeeze(u.Path) && !strings.Contains(strings.ToLower(s), "%2f") {
			t.Fatalf("accepted %q with dot segments", s)
		}
	})
}

func squeeze(p string) string { return strings.ReplaceAll(p, "/", "") }
