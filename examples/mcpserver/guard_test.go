package mcpserver

import (
	"slices"
	"testing"
)

func FuzzScopesOf(f *testing.F) {
	for _, s := range []string{
		`{"method":"tools/call","params":{"name":"add_todo"}}`, `[{"method":"tools/call","params":{"name":"list_todos"}},{}]`,
		`{"method":"tools/list"}`, `[]`, `null`, `{"params":7}`, `[[[[`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		needed := scopesOf(body)
		if len(without(needed, allScopes)) > 0 || len(slices.Compact(slices.Sorted(slices.Values(needed)))) != len(needed) {
			t.Errorf("scopesOf(%q) = %q", body, needed)
		}
	})
}
