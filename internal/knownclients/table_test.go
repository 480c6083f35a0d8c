package knownclients_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

func TestTable(t *testing.T) {
	used := map[knownclients.Check]bool{}
	for _, c := range knownclients.All() {
		for _, check := range c.Checks {
			used[check] = true
		}
		if !slices.IsSorted(c.Discovery.Server) && c.ID == "" {
			t.Errorf("%s has no ID", c.Name)
		}
	}
	for _, check := range knownclients.Checks() {
		if !used[check] {
			t.Errorf("no client makes the check %s: take it out of the vocabulary", check)
		}
		if check.Means() == "" || check.Step() == "" {
			t.Errorf("the check %s says nothing", check)
		}
	}
}

func TestParseRefusesUnknownWords(t *testing.T) {
	for change, want := range map[string]string{
		"name: X\nnmae: Y\n": "nmae",
		"name: X\n":          "vendor",
		"name: X\nvendor: Y\nchecked: 2026-11-22\nredirect_uri: a\nsources: [{kind: code, where: a, version: b}]\nchecks: [issuer_exact]\n": "issuer_exact",
		"name: X\nvendor: Y\nchecked: yesterday\nredirect_uri: a\nsources: [{kind: code, where: a, version: b}]\n":                          "yesterday",
	} {
		if _, err := knownclients.Parse([]byte(change)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, want an error about %q", change, err, want)
		}
	}
}
