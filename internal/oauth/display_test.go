package oauth_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func TestDisplayName(t *testing.T) {
	long := strings.Repeat("x", 500)
	for s, want := range map[string]string{
		"":                                       "",
		"Claude":                                 "Claude",
		"  MCP \t\r\n Inspector  ":               "MCP Inspector",
		"\u202eedualC\u202c":                     "edualC",
		"Cl\u200ba\u200du\ufeffde":               "Claude",
		"\u2066a\u2069\u061c\u200e":              "a",
		"a\x00b\x1bc\x7f\u0085d":                 "abc d",
		"a\u2028b\u3000c\u00a0d":                 "a b c d",
		"a\U000E0041\ue000b\ufe0f":               "ab",
		"\u3164\u115f\u2800\u034f":               "",
		"e\u0301":                                "é",
		"e\u200b\u0301":                          "é",
		"z\u0335\u0336\u0337\u0338\u0334\u0320":  "z\u0335\u0336\u0337",
		"a\xffb\xc0\xafc":                        "abc",
		"Сlаudе":                                 "Сlаudе", // Cyrillic: shown; the host beside it is what counts
		"工具 🛠":                                   "工具 🛠",
		strings.Repeat("x", 60):                  strings.Repeat("x", 60),
		long:                                     long[:59] + "…",
		strings.Repeat("é", 61):                  strings.Repeat("é", 59) + "…",
		long[:58] + " " + long:                   long[:58] + "…",
		strings.Repeat("\u200b", 9000) + "Admin": "",
	} {
		if got := oauth.DisplayName(s); got != want {
			t.Errorf("DisplayName(%.60q) = %q, want %q", s, got, want)
		}
	}
}

func TestDisplayHost(t *testing.T) {
	for s, want := range map[string]string{
		"https://claude.ai/oauth/mcp":         "claude.ai",
		"https://Claude.AI:443/x":             "claude.ai",
		"https://a.example:8443/x":            "a.example:8443",
		"http://localhost:6274/cb":            "localhost:6274",
		"http://[::1]:80/":                    "[::1]",
		"cursor://anysphere.cursor-mcp/oauth": "cursor:",
		"com.example.app:/cb":                 "com.example.app:",
		"https://xn--80ak6aa92e.com/":         "xn--80ak6aa92e.com",
		"https://аррӏе.com/":                  "xn--80ak6aa92e.com",
		"https://clаude.ai?x":                 "xn--clude-5ve.ai",
		"https://bücher.example:8443/":        "xn--bcher-kva.example:8443",
		"https://claude.ai@evil.example/":     "",
		"https://claude.ai\u202e.evil/":       "",
		"https://":                            "",
		"claude.ai":                           "",
		"":                                    "",
	} {
		if got := oauth.DisplayHost(s); got != want {
			t.Errorf("DisplayHost(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzDisplayName(f *testing.F) {
	for _, s := range []string{"Claude", "\u202ex", "e\u0301\u0301\u0301\u0301", "\u1100\u1161\u11a8", strings.Repeat("a ", 40), "\u0344\u034f\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := oauth.DisplayName(s)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 60 || strings.TrimSpace(got) != got || !norm.NFC.IsNormalString(got) {
			t.Fatalf("DisplayName(%q) = %q", s, got)
		}
		for _, r := range got {
			if !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' {
				t.Fatalf("DisplayName(%q) = %q with %U", s, got, r)
			}
		}
		if again := oauth.DisplayName(got); again != got {
			t.Fatalf("%q → %q → %q", s, got, again)
		}
	})
}

func FuzzDisplayHost(f *testing.F) {
	for _, s := range []string{"https://аррӏе.com:8443/", "http://[::1]:80/", "x://y@z", "cursor://x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range oauth.DisplayHost(s) {
			if r <= ' ' || r > '~' || strings.ContainsRune(`/@\?#<>"'`, r) {
				t.Fatalf("DisplayHost(%q) = %q", s, oauth.DisplayHost(s))
			}
		}
	})
}
