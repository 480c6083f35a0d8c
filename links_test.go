package symbolon_test

// A reader who follows a link arrives.

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	heading      = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	namedAnchor  = regexp.MustCompile(`(?:id|name)="([^"]+)"`)
	codeBlock    = regexp.MustCompile("(?s)```.*?```")
	linkText     = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	notInAnchors = regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
)

func TestLinksOfDocuments(t *testing.T) {
	followed := 0
	for _, file := range documents(t) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range markdownLink.FindAllStringSubmatch(codeBlock.ReplaceAllString(string(content), ""), -1) {
			target, anchor, _ := strings.Cut(m[1]+m[2], "#")
			if strings.Contains(target, ":") {
				continue // elsewhere
			}
			followed++
			if target = filepath.Join(filepath.Dir(file), target); m[1]+m[2] == "#"+anchor {
				target = file
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s is not there", file, m[1]+m[2])
			} else if anchor != "" && filepath.Ext(target) == ".md" && !anchorsOf(t, target)[anchor] {
				t.Errorf("%s: %s has no heading #%s", file, target, anchor)
			}
		}
	}
	if followed < 200 {
		t.Errorf("only %d links were followed", followed)
	}
}

// documents are the project's own pages.
func documents(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || len(d.Name()) > 1 && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case filepath.Ext(path) == ".md":
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// anchorsOf are the headings of a page as GitHub names them.
func anchorsOf(t *testing.T, file string) map[string]bool {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := codeBlock.ReplaceAllString(string(content), "")
	anchors := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		title := strings.ToLower(linkText.ReplaceAllString(m[1], "$1"))
		anchors[strings.ReplaceAll(notInAnchors.ReplaceAllString(title, ""), " ", "-")] = true
	}
	for _, m := range namedAnchor.FindAllStringSubmatch(text, -1) {
		anchors[m[1]] = true
	}
	return anchors
}
