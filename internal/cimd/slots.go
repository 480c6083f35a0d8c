package cimd

import (
	"context"
	"sync"
)

// Fetches that are under way at one time. A stranger can name URLs faster than
// slow hosts answer.
const (
	maxFetches     = 64
	maxFetchesHost = 8
)

// slots bounds concurrent work, in total and for each host.
type slots struct {
	mu      sync.Mutex
	total   int
	hosts   map[string]int
	changed chan struct{} // closed when a slot becomes free
}

func newSlots() *slots {
	return &slots{hosts: map[string]int{}, changed: make(chan struct{})}
}

// acquire waits for a slot until ctx ends. The caller calls release once.
func (s *slots) acquire(ctx context.Context, host string) (release func(), err error) {
	for {
		wait := s.take(host)
		if wait == nil {
			return func() { s.release(host) }, nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take takes a slot and returns nil, or returns what to wait for.
func (s *slots) take(host string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total >= maxFetches || s.hosts[host] >= maxFetchesHost {
		return s.changed
	}
	s.total++
	s.hosts[host]++
	return nil
}

func (s *slots) release(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.hosts[host]--; s.hosts[host] == 0 {
		delete(s.hosts, host)
	}
	close(s.changed)
	s.changed = make(chan struct{})
}
