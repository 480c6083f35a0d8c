package symbolon_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/catalog"
)

// Whatever the bytes: no panic, every problem has a place and one line, and
// what is accepted is accepted again by Check and by the catalog.
func FuzzParseConfig(f *testing.F) {
	f.Add(valid)
	f.Add("base_url: &a [*a]")
	f.Add("? [x]\n: {<<: y}\n--- !!binary 1")
	f.Add("base_url: http://localhost\nclients: [{}, [], ~, 1, {grant_types: []}]\nmcp_servers: [{clients: any, aliases: [1, http://a]}]")
	f.Add("\xff\xfe\x00")
	if example, err := os.ReadFile("cmd/symbolon/snippets/example.yaml"); err == nil {
		f.Add(string(example))
	}
	getenv := func(name string) string {
		if strings.HasPrefix(name, "SYMBOLON_") {
			return ""
		}
		return secret32
	}
	f.Fuzz(func(t *testing.T, data string) {
		cfg, err := symbolon.ParseConfig("s.yaml", []byte(data), getenv)
		if err != nil {
			problems, ok := errors.AsType[*symbolon.ConfigError](err)
			if !ok {
				t.Fatalf("error is a %T: %v", err, err)
			}
			for _, p := range problems.Problems {
				if p.Source != "s.yaml" || p.Line < 1 || p.Column < 1 || p.Message == "" || strings.ContainsAny(p.String(), "\n\r\x1b") {
					t.Errorf("problem %q at %d:%d", p.String(), p.Line, p.Column)
				}
			}
			return
		}
		if err := cfg.Check(); err != nil {
			t.Fatalf("accepted, then refused: %v", err)
		}
		if strings.Contains(data, "file:") {
			return // would read files of the machine
		}
		objects, err := cfg.Objects()
		if err != nil {
			t.Fatal(err)
		}
		if err := catalog.Validate(objects); err != nil {
			t.Errorf("the catalog refuses what the configuration accepts: %v", err)
		}
	})
}
