package cimd

import (
	"context"
	"errors"
	"sync"
)

// flight lets one caller do the work for all who ask for the same key meanwhile.
type flight[V any] struct {
	mu    sync.Mutex
	calls map[string]*call[V]
}

type call[V any] struct {
	done  chan struct{}
	value V
	err   error
}

var errAbandoned = errors.New("cimd: the lookup ended without a result")

// do returns what work returns, or what the work of an earlier caller that is
// still under way will. The work goes on when its caller's ctx ends, since others
// may wait for it: work bounds itself. Followers stop waiting when theirs ends.
func (f *flight[V]) do(ctx context.Context, key string, work func(context.Context) (V, error)) (V, error) {
	f.mu.Lock()
	if c, ok := f.calls[key]; ok {
		f.mu.Unlock()
		select {
		case <-c.done:
			return c.value, c.err
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
	}
	c := &call[V]{done: make(chan struct{}), err: errAbandoned}
	if f.calls == nil {
		f.calls = map[string]*call[V]{}
	}
	f.calls[key] = c
	f.mu.Unlock()
	// Deferred, so that a panic in work leaves nobody waiting.
	defer func() {
		f.mu.Lock()
		delete(f.calls, key)
		f.mu.Unlock()
		close(c.done)
	}()
	c.value, c.err = work(context.WithoutCancel(ctx))
	return c.value, c.err
}
