package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// An operator in trouble, or a new user, must not be told to run what does not exist.
func TestDocumentsNameCommandsThatExist(t *testing.T) {
	for file, least := range map[string]int{"docs/operations.md": 8, "docs/audit.md": 5, "docs/quickstart.md": 8, "README.md": 4, "docs/users.md": 0, "docs/consent.md": 0, "docs/clients.md": 0} {
		text, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile("(?m)(?:^|`|bin/)symbolon ([a-z]+(?: [a-z]+){0,2})((?: --[a-z-]+)*)").FindAllStringSubmatch(string(text), -1)
		if len(found) < least {
			t.Errorf("%s: only %d commands found", file, len(found))
		}
		for _, m := range found {
			cmd, rest, err := newRootCommand().Find(strings.Fields(m[1]))
			if err != nil || !cmd.HasParent() || cmd.HasSubCommands() && len(rest) > 0 {
				t.Errorf("%s names %q, which does not exist", file, strings.TrimSpace(m[0]))
				continue
			}
			for flag := range strings.FieldsSeq(m[2]) {
				if cmd.Flags().Lookup(strings.TrimPrefix(flag, "--")) == nil {
					t.Errorf("%s: %s has no flag %s", file, cmd.CommandPath(), flag)
				}
			}
		}
	}
}
