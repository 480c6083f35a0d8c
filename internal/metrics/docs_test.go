package metrics_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/operations.md lists what there is to watch: all of it, and nothing else.
func TestEveryMetricIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile(`symbolon_(\w+)`).FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, m[1])
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:(?:counter|single|desc)\(|Name: )"(\w+)"`).FindAllStringSubmatch(string(source), -1) {
			made = append(made, m[1])
		}
	}
	if len(made) < 10 {
		t.Fatalf("only %d metrics found: does the test still recognise them?", len(made))
	}
	for _, name := range made {
		if !slices.Contains(documented, name) {
			t.Errorf("docs/operations.md does not mention symbolon_%s", name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(made, name) {
			t.Errorf("docs/operations.md names symbolon_%s, which does not exist", name)
		}
	}
}
