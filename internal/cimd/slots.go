package cimd

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Fetches that are under way at one time. A stranger can name URLs faster than
// slow hosts answer.
const (
	maxFetches     = 64
	maxFetchesHost = 8
	// share is what each source of requests is sure of. Beyond it a source gets what
	// nobody else uses of the first half of all slots, as in package limit.
	share = 8
	// patience is how long a fetch is left alone when there are no slots left. Honest
	// hosts answer in a fraction of it; hosts that never answer hold a slot no longer.
	patience = time.Second
)

// errGaveWay ends a fetch whose slot somebody else needed.
var errGaveWay = errors.New("another fetch needed the slot")

// asker is the key of a context value: for whom a fetch is made.
type asker struct{}

// OnBehalfOf notes whose request may lead to a fetch. Whoever sends many shares
// slots with himself first.
func OnBehalfOf(ctx context.Context, source string) context.Context {
	return context.WithValue(ctx, asker{}, source)
}

// slots bounds concurrent work: in total, for each host, and for each source as far
// as others need what it takes.
type slots struct {
	mu      sync.Mutex
	taken   []*slot // the oldest first
	changed chan struct{}
}

// slot is one fetch that is under way.
type slot struct {
	source, host string
	since        time.Time
	giveWay      context.CancelCauseFunc
}

func newSlots() *slots { return &slots{changed: make(chan struct{})} }

// acquire waits for a slot until ctx ends. The fetch uses the context that it returns,
// and the caller calls release once.
func (s *slots) acquire(ctx context.Context, host string) (_ context.Context, release func(), err error) {
	source, _ := ctx.Value(asker{}).(string)
	fetch, giveWay := context.WithCancelCause(ctx)
	mine := &slot{source: source, host: host, giveWay: giveWay}
	for {
		freed, until := s.take(mine)
		if freed == nil {
			return fetch, func() { s.release(mine); giveWay(nil) }, nil
		}
		if err := wait(ctx, freed, until); err != nil {
			giveWay(nil)
			return nil, nil, err
		}
	}
}

// wait ends when a slot became free, or after a while: then an old one may give way.
func wait(ctx context.Context, freed <-chan struct{}, after time.Duration) error {
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-freed:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take takes a slot and returns nil, or returns what to wait for, and how long at
// most.
func (s *slots) take(mine *slot) (freed <-chan struct{}, until time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count(func(t *slot) bool { return t.host == mine.host }) >= maxFetchesHost {
		return s.changed, DefaultTimeout
	}
	// Within its share a source may take any slot, the last one too, and then anybody's;
	// beyond it, of the first half, and then one of its own.
	most, anybodys := maxFetches, func(*slot) bool { return true }
	if own := func(t *slot) bool { return t.source == mine.source }; s.count(own) >= share {
		most, anybodys = maxFetches/2, own
	}
	if len(s.taken) >= most {
		i := slices.IndexFunc(s.taken, anybodys)
		if age := time.Since(s.taken[i].since); age < patience {
			return s.changed, patience - age
		}
		s.taken[i].giveWay(errGaveWay)
		s.taken = slices.Delete(s.taken, i, i+1)
	}
	mine.since = time.Now()
	s.taken = append(s.taken, mine)
	return nil, 0
}

func (s *slots) count(which func(*slot) bool) (n int) {
	for _, t := range s.taken {
		if which(t) {
			n++
		}
	}
	return n
}

// release gives a slot back, unless somebody took it already.
func (s *slots) release(mine *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.taken, mine)
	if i < 0 {
		return
	}
	s.taken = slices.Delete(s.taken, i, i+1)
	close(s.changed)
	s.changed = make(chan struct{})
}
