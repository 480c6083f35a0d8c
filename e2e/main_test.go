package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestMain says at the end which peers took part, so that a green run without one
// of them cannot be mistaken for a whole one.
func TestMain(m *testing.M) {
	code := m.Run()
	closeChromium()
	for _, line := range figures.lines() {
		fmt.Println("pages:", line)
	}
	fmt.Println("peers:", peers.list())
	os.Exit(code)
}

var peers, figures roll

// note adds what a test has found.
func (r *roll) note(format string, a ...any) { r.add(fmt.Sprintf(format, a...)) }

func (r *roll) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.names)
}

// roll is who took part.
type roll struct {
	mu    sync.Mutex
	names []string
}

func (r *roll) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.names, name) {
		r.names = append(r.names, name)
	}
}

func (r *roll) list() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.names) == 0 {
		return "none"
	}
	slices.Sort(r.names)
	return strings.Join(r.names, ", ")
}
