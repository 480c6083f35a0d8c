package limit

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// table keeps a bucket for each of the sources that were seen last. A source that
// was forgotten finds a full bucket: forgetting can refuse nobody.
type table struct {
	rate     Rate
	capacity int

	mu      sync.Mutex
	known   map[string]*list.Element
	recency *list.List // of *entry, the one asked for last first
}

type entry struct {
	key    string
	bucket *rate.Limiter
}

func newTable(r Rate, capacity int) *table {
	return &table{rate: r, capacity: capacity, known: map[string]*list.Element{}, recency: list.New()}
}

// get returns the bucket of key, making room for it if it is new.
func (t *table) get(key string) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.known[key]; e != nil {
		t.recency.MoveToFront(e)
		return bucketOf(e)
	}
	if len(t.known) >= t.capacity {
		t.forget(t.recency.Back())
	}
	bucket := t.rate.bucket()
	t.known[key] = t.recency.PushFront(&entry{key, bucket})
	return bucket
}

// find is get for a key that need not be there: nil if it is not.
func (t *table) find(key string) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.known[key]; e != nil {
		return bucketOf(e)
	}
	return nil
}

// forget drops an element. t.mu is held.
func (t *table) forget(e *list.Element) {
	if gone, ok := t.recency.Remove(e).(*entry); ok {
		delete(t.known, gone.key)
	}
}

func (t *table) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.recency.Len()
}

// bucketOf unwraps an element of a list that holds nothing but entries.
func bucketOf(e *list.Element) *rate.Limiter {
	found, _ := e.Value.(*entry)
	return found.bucket
}

// until is how long a bucket takes to hold want tokens; 0 if it does.
func until(b *rate.Limiter, want float64, now time.Time) time.Duration {
	missing := want - b.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / float64(b.Limit()) * float64(time.Second))
}
