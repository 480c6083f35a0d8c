package attempt_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/attempt"
)

// Every reason is a code in snake case, explained in whole sentences.
func TestReasonsAreWhole(t *testing.T) {
	code := regexp.MustCompile(`^[a-z]+(_[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, r := range attempt.All() {
		if !code.MatchString(r.Code) || seen[r.Code] {
			t.Errorf("%q is no code, or there twice", r.Code)
		}
		seen[r.Code] = true
		for _, text := range []string{r.What, r.Remedy} {
			if !strings.HasSuffix(text, ".") || strings.TrimSpace(text) != text || len(text) < 20 {
				t.Errorf("%s: %q is no sentence", r.Code, text)
			}
		}
		if got, ok := attempt.Lookup(r.Code); !ok || got != r {
			t.Errorf("Lookup(%q) = %v, %v", r.Code, got, ok)
		}
	}
	if _, ok := attempt.Lookup("no_such_code"); ok {
		t.Error("an unknown code is explained")
	}
}

// A refusal that the code can make and the registry does not explain is a bug: the
// engineer at the terminal would be told a word and no remedy.
func TestEveryReasonInTheCodeIsExplained(t *testing.T) {
	found := 0
	for _, file := range sources(t, "..") {
		for code, where := range reasonsIn(t, file) {
			found++
			if _, ok := attempt.Lookup(code); !ok {
				t.Errorf("%s: reason %q has no entry in internal/attempt/reasons_*.go", where, code)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d reasons found: does the test still recognise them?", found)
	}
}

func sources(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "storetest" {
			return fs.SkipDir // a contract suite, with reasons of its own
		}
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			files = append(files, filepath.Join(root, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// reasonsIn finds the reasons that stand in a file as literals: in calls of
// oauth.E (inside that package E) and of the steps' own makers of refusals, and
// as the field Reason of an event or error.
func reasonsIn(t *testing.T, file string) map[string]token.Position {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]token.Position{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if c, ok := n.(*ast.CompositeLit); ok && calledName(c.Type) == "Revoke" {
			return false // its Reason is the audit's: why a grant ended
		}
		lit, ok := reasonOf(n).(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		if code, err := strconv.Unquote(lit.Value); err == nil && code != "" {
			reasons[code] = set.Position(lit.Pos())
		}
		return true
	})
	return reasons
}

// reasonArgument is which argument of a function is a reason.
var reasonArgument = map[string]int{"E": 1, "invalidState": 0, "unavailable": 0, "unavailableProblem": 0, "refused": 1}

// reasonOf is the expression in n that is a reason, nil if there is none.
func reasonOf(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" {
			return n.Value
		}
	case *ast.CallExpr:
		if i, ok := reasonArgument[calledName(n.Fun)]; ok && i < len(n.Args) {
			return n.Args[i]
		}
	}
	return nil
}

func calledName(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	default:
		return ""
	}
}
