package store_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// The stores refuse other actions than these, so the table is complete if it has them.
func TestAuditActionsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+\\.[a-z_]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, m[1])
	}
	slices.Sort(documented)
	if actions := store.AuditActions(); !slices.Equal(documented, actions) || !slices.IsSorted(actions) {
		t.Errorf("docs/audit.md has\n%q\nthe code\n%q", documented, actions)
	}
}

// An action that nothing writes would be a promise that is not kept.
func TestAuditActionsAreWritten(t *testing.T) {
	var code strings.Builder
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.Contains(path, "storetest/") || path == "internal/store/audit.go" {
			return err
		}
		text, err := os.ReadFile("../../" + path)
		code.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range store.AuditActions() {
		if name, ok := strings.CutPrefix(action, "catalog."); ok { // see applyChange
			if !strings.Contains(code.String(), `= "`+name+`"`) {
				t.Errorf("nothing does %s", action)
			}
			continue
		}
		if !strings.Contains(code.String(), `"`+action+`"`) && !strings.Contains(code.String(), `'`+action+`'`) {
			t.Errorf("nothing writes %s", action)
		}
	}
}
