package manage

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// watchEvery is how often a node looks for revocations that others wrote: well
	// under the second within which MCP servers learn of them.
	watchEvery = 250 * time.Millisecond
	// maxWaiting bounds what one node holds open, maxWaitingEach what one API
	// client may of it.
	maxWaiting     = 1000
	maxWaitingEach = 100
)

// watch tells everybody who waits that the feed has grown, by one look at the
// database for all of them. While nobody waits, it does not look.
type watch struct {
	last func(context.Context) (int64, error)
	log  *slog.Logger

	mu      sync.Mutex
	waiting int
	each    map[string]int // by API client
	signal  chan struct{}  // closed when the feed has changed
	stop    context.CancelFunc
}

func newWatch(last func(context.Context) (int64, error), log *slog.Logger) *watch {
	return &watch{last: last, log: log, each: map[string]int{}, signal: make(chan struct{})}
}

// join begins waiting for an API client; false if too many do already, or too many
// of its own. Who has joined leaves.
func (w *watch) join(client string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting >= maxWaiting || w.each[client] >= maxWaitingEach {
		return false
	}
	w.each[client]++
	if w.waiting++; w.waiting == 1 {
		var ctx context.Context
		ctx, w.stop = context.WithCancel(context.Background())
		go w.look(ctx)
	}
	return true
}

func (w *watch) leave(client string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.each[client]--; w.each[client] == 0 {
		delete(w.each, client)
	}
	if w.waiting--; w.waiting == 0 {
		w.stop()
	}
}

// changed is closed at the first change after the call. What changed before the
// first look is signalled by that look, since nothing is known before it.
func (w *watch) changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.signal
}

func (w *watch) look(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	known := int64(-1)
	for {
		last, err := w.last(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.log.Debug("revocations not looked up", "cause", err)
		case last != known:
			known = last
			w.tell()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (w *watch) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.signal)
	w.signal = make(chan struct{})
}
