package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// An operator in trouble must not be told to run what does not exist.
func TestOperationsNamesCommandsThatExist(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?m)(?:^|`)symbolon ([a-z]+)(?: ([a-z]+))?((?: --[a-z]+)*)").FindAllStringSubmatch(string(text), -1)
	if len(found) < 8 {
		t.Fatalf("only %d commands found", len(found))
	}
	for _, m := range found {
		words := strings.Fields(m[1] + " " + m[2])
		cmd, _, err := newRootCommand().Find(words)
		if err != nil || cmd.CommandPath() != "symbolon "+strings.Join(words, " ") {
			t.Errorf("docs/operations.md names %q, which does not exist", strings.TrimSpace(m[0]))
			continue
		}
		for flag := range strings.FieldsSeq(m[3]) {
			if cmd.Flags().Lookup(strings.TrimPrefix(flag, "--")) == nil {
				t.Errorf("%s has no flag %s", cmd.CommandPath(), flag)
			}
		}
	}
}
