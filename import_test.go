package symbolon_test

// Imports run one way. A package may import what its row names, and what is below;
// the compiler would accept any order, so this test holds it.

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/symbolon-auth/symbolon"

// layer is what packages may import of this module, and why no more.
type layer struct {
	pkg    string // below internal/; "x/..." with what is below it
	may    []string
	reason string
}

// The vocabulary and the helpers that know no policy; steps and the rest use them.
var foundation = []string{"internal/oauth", "internal/jwks", "internal/clientassert", "internal/seal", "internal/catalog", "internal/store", "internal/attempt", "internal/httpx", "internal/limit", "internal/web", "internal/keys", "internal/machine", "internal/userchange"}

var layers = []layer{
	{"internal/oauth", nil, "it is the vocabulary: whatever it imported, everything would import"},
	{"internal/seal", nil, "it makes every value that leaves and comes back, and must be readable on its own"},
	{"internal/jwks", []string{"internal/oauth"}, "a key set is read the same for every way a client is known"},
	{"internal/egress", nil, "what guards the way out trusts nobody's word for what an address is"},
	{"internal/brand", []string{"internal/catalog", "internal/egress", "internal/web"}, "what draws strangers' images knows nothing worth stealing"},
	{"internal/cimd", []string{"internal/oauth", "internal/jwks", "internal/egress"}, "what fetches from strangers knows nothing worth stealing"},
	{"internal/clientassert", []string{"internal/oauth", "internal/jwks", "internal/store"}, "an assertion is judged by its client's keys alone"},
	{"internal/catalog", []string{"internal/oauth", "internal/jwks"}, "configuration is judged without knowing where it is kept or served"},
	{"internal/store", []string{"internal/oauth", "internal/catalog", "internal/attempt"}, "what is kept is said in the words of the domain, never in those of a step"},
	{"internal/httpx", []string{"internal/oauth"}, "what every route needs of HTTP knows no route"},
	{"internal/web", []string{"internal/oauth"}, "pages are given what they show: they look nothing up"},
	{"internal/attempt", []string{"internal/oauth", "internal/store"}, "explaining a login must not be able to change one"},
	{"internal/keys", []string{"internal/catalog", "internal/seal", "internal/store"}, "whoever signs decides nothing about what is signed"},
	{"internal/userchange", []string{"internal/store"}, "what a company says of a user is read the same wherever it says so"},
	{"internal/refreshcheck", []string{"internal/catalog", "internal/keys", "internal/oauth", "internal/seal", "internal/store", "internal/userchange"}, "who asks a company decides nothing about what its answer does"},
	{"internal/limit", nil, "how much is too much is decided without knowing of what"},
	{"internal/metrics", []string{"internal/attempt", "internal/httpx", "internal/store"}, "whoever counts sees events, not requests or tokens"},
	{"internal/tracing", []string{"internal/httpx", "internal/store"}, "whoever measures sees how long it took, not what it was about"},
	{"internal/machine", []string{"internal/catalog", "internal/seal", "internal/keys"}, "a machine token is judged against the snapshot alone"},
	{"internal/authorize", foundation, "a step imports no other step: a login is one way, not a net"},
	{"internal/token", append([]string{"internal/clientassert", "internal/jwks", "internal/refreshcheck"}, foundation...), "a step imports no other step: a login is one way, not a net"},
	{"internal/register", append([]string{"internal/cimd", "internal/jwks"}, foundation...), "a step imports no other step: a login is one way, not a net"},
	{"internal/manage", foundation, "a step imports no other step: a login is one way, not a net"},
	{"internal/discovery", foundation, "a step imports no other step: a login is one way, not a net"},
	{"internal/client", []string{"internal/oauth"}, "the one OAuth client speaks the protocol and must not know this server's inside"},
	{"symbolontest", []string{""}, "it uses the server as its embedders do, through the public package"},
}

// confined are packages of others that only some directories may import.
var confined = []struct {
	path   string
	to     []string
	reason string
}{
	{"database/sql", []string{"internal/store/"}, "SQL is in the stores alone: elsewhere an intent would not be one transaction"},
	{"modernc.org/sqlite", []string{"internal/store/sqlite"}, "one database driver, one place"},
	{"github.com/jackc/pgx", []string{"internal/store/postgres"}, "one database driver, one place"},
	{"github.com/prometheus", []string{"internal/metrics"}, "what is counted is named in one place"},
	{"go.opentelemetry.io", []string{"internal/tracing"}, "what leaves in a trace is decided in one place"},
	{"github.com/spf13/cobra", []string{"cmd/", "tools/"}, "commands are not part of the server"},
	{"encoding/json/v2", nil, "encoding/json reads and writes everything here: two dialects would be two parsers of one message"},
}

func TestImports(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			files++
			checkImports(t, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files were read", files)
	}
}

func checkImports(t *testing.T, path string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	pkg := filepath.ToSlash(filepath.Dir(path))
	for _, spec := range file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		checkConfined(t, path, imported)
		if own, ok := strings.CutPrefix(imported, module); ok {
			checkLayer(t, path, pkg, strings.TrimPrefix(own, "/"))
		}
	}
	if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, file.Name.Name) {
		t.Errorf("%s: a package called %s says nothing about what belongs into it", path, file.Name.Name)
	}
}

func checkConfined(t *testing.T, path, imported string) {
	for _, c := range confined {
		inside := slices.ContainsFunc(c.to, func(dir string) bool { return strings.HasPrefix(path, dir) })
		if (imported == c.path || strings.HasPrefix(imported, c.path+"/")) && !inside {
			t.Errorf("%s imports %s: %s", path, imported, c.reason)
		}
	}
}

func checkLayer(t *testing.T, path, pkg, imported string) {
	if imported == "cmd/symbolon" || strings.HasPrefix(imported, "cmd/") {
		t.Errorf("%s imports a command", path)
	}
	if strings.HasPrefix(pkg, "internal/") && (imported == "" || imported == "symbolontest") {
		t.Errorf("%s imports the package that is made of it: the root is above everything internal", path)
	}
	if imported == "symbolontest" && pkg != "symbolontest" {
		t.Errorf("%s imports symbolontest: that is for tests", path)
	}
	for _, l := range layers {
		if pkg == l.pkg && !slices.Contains(l.may, imported) {
			t.Errorf("%s imports %q: %s (internal packages that %s may import: %s)", path, imported, l.reason, l.pkg, strings.Join(l.may, ", "))
		}
	}
}

// Whoever reads the source begins with doc.go, so each package is on its map.
func TestDocNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	packages, err := os.ReadDir("internal")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if !regexp.MustCompile(`\binternal/` + p.Name() + `\b`).Match(text) {
			t.Errorf("doc.go does not say what internal/%s is for", p.Name())
		}
	}
}
