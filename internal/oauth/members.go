package oauth

// Typed reading of a JSON object that a stranger sent.

import (
	"encoding/json"
	"slices"
	"strings"
)

// members reads an object by exact member names and keeps its first error.
type members struct {
	object map[string]json.RawMessage
	err    *Error
}

// has reports whether the member is there and not null.
func (m *members) has(name string) bool {
	raw, ok := m.object[name]
	return ok && string(raw) != "null"
}

func (m *members) string(name string) string {
	var s string
	if m.has(name) && (json.Unmarshal(m.object[name], &s) != nil || strings.Contains(s, "\x00")) {
		m.fail(name, "a string")
	}
	return s
}

// strings reads an array; pointers tell null entries, which Go would take for "".
func (m *members) strings(name string) []string {
	if !m.has(name) {
		return nil
	}
	var entries []*string
	if json.Unmarshal(m.object[name], &entries) != nil || len(entries) > maxListEntries || slices.Contains(entries, nil) {
		m.fail(name, "an array of at most 50 strings")
		return nil
	}
	list := make([]string, len(entries))
	for i, s := range entries {
		list[i] = *s
	}
	return list
}

func (m *members) fail(name, want string) {
	if m.err == nil {
		m.err = errMetadata("The member " + name + " must be " + want + ".")
	}
}
