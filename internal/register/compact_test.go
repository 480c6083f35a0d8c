package register_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/register"
)

func FuzzCompact(f *testing.F) {
	f.Add("https://claude.ai/api/mcp/auth_callback", "")
	f.Add("http://localhost:8787/callback", "cursor://anysphere.cursor-mcp/oauth/callback")
	f.Add("Visual Studio Code", "é\x00")
	f.Fuzz(func(t *testing.T, a, b string) {
		texts := []string{a, b}
		compacted, err := register.Compact(texts)
		control := strings.IndexFunc(a+b, func(r rune) bool { return r < 0x20 }) >= 0
		if (err != nil) != control {
			t.Fatalf("%q: %v", texts, err)
		}
		if err != nil {
			return
		}
		if len(compacted) > len(a)+len(b)+2 {
			t.Errorf("%q grew to %d bytes", texts, len(compacted))
		}
		if got, err := register.Expand(compacted); err != nil || !slices.Equal(got, texts) {
			t.Errorf("%q came back as %q, %v", texts, got, err)
		}
	})
}

// Whatever bytes have a MAC: reading them must not end the program.
func FuzzExpand(f *testing.F) {
	f.Add([]byte{1, 0, 2, 'x', 0})
	f.Add([]byte{31, 0})
	f.Add([]byte("no end"))
	f.Fuzz(func(t *testing.T, data []byte) {
		texts, err := register.Expand(data)
		if err == nil && len(texts) != bytes.Count(data, []byte{0}) {
			t.Errorf("%q became %q", data, texts)
		}
	})
}
