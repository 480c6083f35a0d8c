package durability

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// TestMain says at the end what was proven, and in what time.
func TestMain(m *testing.M) {
	code := m.Run()
	figures.print()
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

var figures proven

// proven are the figures, a line each.
type proven struct {
	mu    sync.Mutex
	lines []string
}

// add notes a figure and the time since begun.
func (p *proven) add(begun time.Time, format string, a ...any) {
	p.note(fmt.Sprintf(format, a...) + fmt.Sprintf(" (%.1f s)", time.Since(begun).Seconds()))
}

func (p *proven) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
}

func (p *proven) print() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.lines {
		fmt.Println("proven:", line)
	}
}

// nothingWrong fails the test for every wrong of a ledger.
func nothingWrong(t *testing.T, wrongs []string) {
	t.Helper()
	for i, wrong := range wrongs {
		if i == 10 {
			t.Errorf("and %d more", len(wrongs)-i)
			return
		}
		t.Error(wrong)
	}
}
