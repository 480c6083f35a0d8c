package symbolon_test

// docs/conformance.md is a promise: every test that it names must exist, and every
// attack and flow must be in it.

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// named is a test as the document names it: `dir.TestName` or `TestAttack/row`.
var named = regexp.MustCompile("`(?:([\\w/-]*)\\.)?((?:Test|Fuzz)\\w*)((?:/\\w+)?)`")

func TestConformanceNamesWhatExists(t *testing.T) {
	text, err := os.ReadFile("docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		dir, function, row := m[1], m[2], m[3]
		names[function+row] = true
		if row != "" {
			if !slices.Contains(rowsHere(), function+row) {
				t.Errorf("docs/conformance.md names %s, which does not exist", function+row)
			}
			continue
		}
		if !hasFunction(t, dir, function) {
			t.Errorf("docs/conformance.md names %s in %q, which does not exist", function, dir)
		}
	}
	for _, row := range rowsHere() {
		if !names[row] {
			t.Errorf("docs/conformance.md does not mention %s", row)
		}
	}
	if len(names) < 150 {
		t.Errorf("only %d names were found in docs/conformance.md", len(names))
	}
}

// rowsHere are the subtests of TestAttack and TestFlows.
func rowsHere() []string {
	var names []string
	for _, group := range attackGroups() {
		for _, a := range group.attacks {
			names = append(names, "TestAttack/"+a.name)
		}
	}
	for _, group := range flowGroups() {
		for _, f := range group.flows {
			names = append(names, "TestFlows/"+f.name)
		}
	}
	return names
}

// hasFunction looks for a test function in the files of a directory; "" is the root.
func hasFunction(t *testing.T, dir, function string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == function && f.Recv == nil {
				return true
			}
		}
	}
	return false
}

// TestDivergencesAreLinked keeps the two documents together.
func TestDivergencesAreLinked(t *testing.T) {
	text, err := os.ReadFile("docs/divergences.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		if m[3] != "" && !slices.Contains(rowsHere(), m[2]+m[3]) || m[3] == "" && !hasFunction(t, m[1], m[2]) {
			t.Errorf("docs/divergences.md names %s, which does not exist", strings.Trim(m[0], "`"))
		}
	}
}
