package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestCanonicalResource(t *testing.T) {
	for s, want := range map[string]string{
		"https://mcp.example.com":           "https://mcp.example.com",
		"https://mcp.example.com/":          "https://mcp.example.com",
		"HTTPS://MCP.Example.com:443/":      "https://mcp.example.com",
		"http://localhost:80/mcp/":          "http://localhost/mcp",
		"http://localhost:3012/mcp":         "http://localhost:3012/mcp",
		"https://a:80/":                     "https://a:80",
		"http://a:443":                      "http://a:443",
		"https://a/MCP/%7Euser/":            "https://a/MCP/%7Euser",
		"https://a/mcp?Tenant=A/":           "https://a/mcp?Tenant=A/",
		"https://a/mcp/?x=1":                "https://a/mcp?x=1",
		"https://a/?x":                      "https://a?x",
		"https://a?":                        "https://a?",
		"https://a/mcp//":                   "https://a/mcp//",
		"https://a//":                       "https://a//",
		"https://a/./b/../c":                "https://a/./b/../c",
		"https://[2001:DB8::1]:443/x":       "https://[2001:db8::1]/x",
		"https://xn--exmple-cua.example/a/": "https://xn--exmple-cua.example/a",
	} {
		if got, err := oauth.CanonicalResource(s); err != nil || got != want {
			t.Errorf("CanonicalResource(%q) = %q, %v, want %q", s, got, err, want)
		}
	}
}

func TestCanonicalResourceRefused(t *testing.T) {
	for _, s := range []string{
		"", "/", "mcp", "//a/mcp", "https:", "https:/a", "https:a", "https://", "https:///mcp", "https://:443/", "ftp://a/", "urn:a:b", "mailto:a@b", "res_todo",
		"https://a/#", "https://a#", "https://a/mcp#x", "https://u@a/", "https://u:p@a/", "https://@a/", "https://a /", " https://a", "https://a\n", "https://a/\x00",
		"https://a/\\b", "https://é.example/", "https://a/é", "https://a:0/", "https://a:x/", "https://a:/", "https://a:00443/", "https://a./", "https://a/%", "https://a/%g0",
		"https://a%2eb/", "https://[::1/", "https://[fe80::1%25lo]/", "https://a/" + strings.Repeat("a", 2048),
	} {
		got, err := oauth.CanonicalResource(s)
		e, ok := err.(*oauth.Error)
		if !ok || e.Code != oauth.InvalidTarget || got != "" {
			t.Errorf("CanonicalResource(%.60q) = %q, %v, want invalid_target", s, got, err)
		}
	}
}

func FuzzCanonicalResource(f *testing.F) {
	for _, s := range []string{"https://A:443/b//?c#d", "http://[::1]:80/", "https://a/%41?x=/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := oauth.CanonicalResource(s)
		if err != nil {
			return
		}
		if again, err := oauth.CanonicalResource(got); err != nil || again != got {
			t.Fatalf("%q → %q → %q, %v", s, got, again, err)
		}
		a, errA := url.Parse(s)
		b, errB := url.Parse(got)
		if errA != nil || errB != nil || !strings.EqualFold(a.Hostname(), b.Hostname()) || a.RawQuery != b.RawQuery ||
			strings.TrimSuffix(a.EscapedPath(), "/") != strings.TrimSuffix(b.EscapedPath(), "/") {
			t.Fatalf("%q is not the resource %q", got, s)
		}
	})
}
