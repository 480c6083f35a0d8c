package cimd

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxListEntries bounds the arrays of a document.
const maxListEntries = 50

// members reads an object by exact member names and keeps the first thing that is
// wrong, as the rest of a sentence about the document. It never repeats a value.
type members struct {
	object map[string]json.RawMessage
	wrong  string
}

func (m *members) refuse(name, what string) {
	if m.wrong == "" {
		m.wrong = "the member " + name + " " + what
	}
}

// has reports whether the member is there and not null.
func (m *members) has(name string) bool {
	raw, ok := m.object[name]
	return ok && string(raw) != "null"
}

func (m *members) string(name string) string {
	var s string
	if m.has(name) && (json.Unmarshal(m.object[name], &s) != nil || strings.Contains(s, "\x00")) {
		m.refuse(name, "must be a string")
	}
	return s
}

func (m *members) required(name string) string {
	s := m.string(name)
	if s == "" {
		m.refuse(name, "is required")
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
		m.refuse(name, "must be an array of at most 50 strings")
		return nil
	}
	list := make([]string, len(entries))
	for i, s := range entries {
		list[i] = *s
	}
	return list
}
