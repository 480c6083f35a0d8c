package oauth_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

func scopeList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "s%d ", i)
	}
	return b.String()
}

func TestParseScope(t *testing.T) {
	for s, want := range map[string]oauth.Scopes{
		"":                           nil,
		"   ":                        nil,
		"a":                          {"a"},
		"b a b  a ":                  {"b", "a"},
		"todo:read !#[]~ x/y":        {"todo:read", "!#[]~", "x/y"},
		"a A":                        {"a", "A"},
		strings.Repeat("a ", 32<<10): {"a"},
	} {
		got, err := oauth.ParseScope(s)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseScope(%.40q) = %.80v, %v, want %v", s, got, err, want)
		}
	}
	if got, err := oauth.ParseScope(scopeList(1000)); err != nil || len(got) != 1000 {
		t.Errorf("1000 scopes: %d, %v", len(got), err)
	}
}

func TestParseScopeRefused(t *testing.T) {
	for _, s := range []string{
		`a"b`, `a\b`, "a\tb", "a\nb", "a\x00", "a\x7f", "é", "a\u00a0b", "a\u200bb",
		scopeList(1001), scopeList(100_000), strings.Repeat("a", 64<<10+1), strings.Repeat(" ", 64<<10+1), strings.Repeat(`"\`, 32<<10),
	} {
		got, err := oauth.ParseScope(s)
		e, ok := err.(*oauth.Error)
		if !ok || e.Code != oauth.InvalidScope || got != nil {
			t.Errorf("ParseScope(%.40q) = %.40v, %v, want invalid_scope", s, got, err)
		}
	}
}

func TestScopes(t *testing.T) {
	s := oauth.Scopes{"c", "a", "b"}
	if got := s.Intersect(oauth.Scopes{"a", "x", "c"}); !slices.Equal(got, oauth.Scopes{"c", "a"}) {
		t.Errorf("Intersect = %v", got)
	}
	if got := s.Intersect(nil); got != nil {
		t.Errorf("Intersect(nil) = %v", got)
	}
	if s.String() != "c a b" || !s.Contains("a") || s.Contains("A") || s.Contains("") {
		t.Error("String or Contains")
	}
	for _, tt := range []struct {
		a, b oauth.Scopes
		want bool
	}{
		{s, oauth.Scopes{"a", "b", "c"}, true},
		{s, oauth.Scopes{"a", "b"}, false},
		{s, oauth.Scopes{"a", "b", "d"}, false},
		{nil, oauth.Scopes{}, true},
		{oauth.Scopes{"a"}, nil, false},
	} {
		if tt.a.Equal(tt.b) != tt.want || tt.b.Equal(tt.a) != tt.want {
			t.Errorf("%v Equal %v is not %v", tt.a, tt.b, tt.want)
		}
	}
}

func FuzzParseScope(f *testing.F) {
	for _, s := range []string{"", "a b a", "  x ", `"`, "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := oauth.ParseScope(s)
		if err != nil {
			return
		}
		for i, token := range got {
			if !oauth.IsScopeToken(token) || slices.Contains(got[:i], token) || !slices.Contains(strings.Fields(s), token) {
				t.Fatalf("ParseScope(%q) has %q", s, token)
			}
		}
		again, err := oauth.ParseScope(got.String())
		if err != nil || !slices.Equal(again, got) {
			t.Fatalf("%q became %q, %v", got, again, err)
		}
	})
}
