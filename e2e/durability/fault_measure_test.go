package durability

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Bounds of a process in trouble: far above what it needs, and reached by one that
// keeps what it cannot do.
const (
	mostGoroutines = 500
	mostMemory     = 256 << 20 // bytes
)

// mustRead reads what the database has no part in.
func (w *witness) mustRead(ctx context.Context, address string) {
	if status, _, err := w.get(ctx, address); ctx.Err() == nil && (err != nil || status != http.StatusOK) {
		w.wrong("%s: %d %v", address, status, err)
	}
}

func (w *witness) get(ctx context.Context, address string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// measure looks at the metrics of the process.
func (w *witness) measure(ctx context.Context) {
	_, text, err := w.get(ctx, w.admin+"/metrics")
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		w.wrong("the metrics: %v", err)
		return
	}
	goroutines, memory := metric(text, "go_goroutines"), metric(text, "go_memstats_heap_inuse_bytes")
	if goroutines == 0 || memory == 0 {
		w.wrong("the metrics do not tell of goroutines and memory")
	}
	if goroutines > mostGoroutines || memory > mostMemory {
		w.wrong("%.0f goroutines and %.0f bytes in use", goroutines, memory)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.goroutines, w.memory = max(w.goroutines, goroutines), max(w.memory, memory)
}

func metric(text, name string) float64 {
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			n, _ := strconv.ParseFloat(value, 64) // 0 is as bad
			return n
		}
	}
	return 0
}
