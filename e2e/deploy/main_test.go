package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain says at the end what was measured.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, line := range figures.lines {
		fmt.Println("deploy:", line)
	}
	os.Exit(code)
}

// soak is the long form: "make soak".
var soak = os.Getenv("SYMBOLON_SOAK") != ""

// form chooses between the short and the long form of a proof.
func form[T any](short, long T) T {
	if soak {
		return long
	}
	return short
}

var figures measured

// measured are figures, a line each.
type measured struct {
	mu    sync.Mutex
	lines []string
}

func (m *measured) add(begun time.Time, format string, a ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = append(m.lines, fmt.Sprintf(format, a...)+fmt.Sprintf(" (%.1f s)", time.Since(begun).Seconds()))
}

// shipped is the path of a file in the folder deploy/.
func shipped(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// read returns a file of deploy/.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(shipped(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readHere(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// with replaces text pairwise, as whoever copies the file does. What is to be replaced
// must be there.
func with(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the file has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
