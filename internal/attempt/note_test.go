package attempt_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/attempt"
)

func TestClean(t *testing.T) {
	long := strings.Repeat("A1_-", 16)
	for in, want := range map[string]string{
		"plain text, ünïcode":           "plain text, ünïcode",
		"a\nb\tc\x00":                   `a\nb\tc\x00`,
		"\x1b[31mred":                   `\x1b[31mred`,
		"\u202etfel":                    `\u202etfel`,
		"zero\u200bwidth":               `zero\u200bwidth`,
		"bad \xff byte":                 `bad \xff byte`,
		"\ufffd":                        "\ufffd",
		"code=syc_" + long + "&state=1": "code=syc_A1_-…&state=1",
		"syr_" + long:                   "syr_A1_-…",
		"lri_" + long[:51]:              "lri_A1_-…",
		"req_" + long[:22]:              "req_" + long[:22],
		"req_" + long[:44]:              "req_" + long[:22] + "…",
		"eyJhbGciOi.eyJzdWIiOiJ1In0.c2lnbmF0dXJl": "eyJhbGci…",
		strings.Repeat("ab", 20):                  strings.Repeat("ab", 20),
		strings.Repeat("é", 33):                   strings.Repeat("é", 30) + "…",
		strings.Repeat("\x00", 9):                 strings.Repeat(`\x00`, 9),
	} {
		if got := attempt.Clean(in, 64); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("plain", 10)
	f.Add("\x1b[31m\u202e\xff", 7)
	f.Add("syc_"+strings.Repeat("a", 60), 48)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < 3 || limit > 1024 {
			return
		}
		got := attempt.Clean(s, limit)
		if len(got) > limit || !utf8.ValidString(got) {
			t.Errorf("%d bytes for a limit of %d: %q", len(got), limit, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("unprintable: %q", got)
		}
	})
}
