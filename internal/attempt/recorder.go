package attempt

// The memory of attempts that nobody has vouched for yet.

import (
	"container/list"
	"sync"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Options bound a Recorder. An attempt costs at most about 10 KB.
type Options struct {
	Capacity  int // attempts in all; 0 = 1024
	PerSource int // attempts of one source; 0 = a sixteenth of Capacity, at least 1
	// Observe is told of every event that is recorded; nil = nobody. It must not
	// block and not change the event.
	Observe func(store.Event)
}

// Recorder keeps the newest attempts in memory: everything until the user-details
// POST, and a copy of what came after. It takes the same space whatever is sent
// to it. A source that fills its share pushes out its own oldest attempt; only
// when all shares together fill the memory does the attempt that was quiet for
// the longest time go, whoever began it.
//
// A Recorder is safe for concurrent use. Every operation but [Recorder.Recent]
// takes constant time.
type Recorder struct {
	capacity, perSource int

	mu      sync.Mutex
	records map[string]*record    // by attempt id
	recency *list.List            // of *record, the most recently changed first
	sources map[string]*list.List // of *record, by source, as recency

	readers map[*reader]struct{}
	observe func(store.Event)
}

// New makes a Recorder.
func New(o Options) *Recorder {
	if o.Capacity <= 0 {
		o.Capacity = 1024
	}
	if o.PerSource <= 0 {
		o.PerSource = max(1, o.Capacity/16)
	}
	return &Recorder{
		capacity:  o.Capacity,
		perSource: min(o.PerSource, o.Capacity),
		records:   map[string]*record{},
		recency:   list.New(),
		sources:   map[string]*list.List{},
		readers:   map[*reader]struct{}{},
		observe:   o.Observe,
	}
}

// Record adds one event to the attempt named by sum.ID, and begins the attempt if
// it is not known. Source is who sent the request, such as the prefix of a client
// address; an attempt stays with the source that began it. Empty fields of sum
// leave alone what is known. An attempt without an id cannot be asked for and is
// not kept.
func (r *Recorder) Record(source string, sum store.AttemptSummary, ev store.Event) {
	if sum.ID == "" {
		return
	}
	sum, ev = cleanSummary(sum), cleanEvent(ev)
	if r.observe != nil {
		r.observe(ev)
	}
	if sum.StartedAt.IsZero() {
		sum.StartedAt = ev.At
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(source, sum, ev)
}

// keep adds a cleaned event to the record of a cleaned summary. r.mu is held.
func (r *Recorder) keep(source string, sum store.AttemptSummary, ev store.Event) *record {
	rec := r.records[sum.ID]
	if rec == nil {
		rec = r.begin(Clean(source, maxUserText), sum.ID)
	}
	fill(&rec.attempt.AttemptSummary, sum)
	rec.add(ev)
	r.touch(rec)
	r.publish(Update{AttemptSummary: rec.attempt.AttemptSummary, Event: ev})
	return rec
}

// Get returns an attempt as far as it is in memory.
func (r *Recorder) Get(id string) (store.Attempt, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.records[id]
	if rec == nil {
		return store.Attempt{}, false
	}
	return rec.snapshot(), true
}

// Events returns the events of an attempt, nil if it is not in memory: what is
// written with the user-details POST, the moment at which it earns storage.
func (r *Recorder) Events(id string) []store.Event {
	a, _ := r.Get(id)
	return a.Events
}

// Recent returns at most limit attempts, the most recently changed first; limit 0
// or less means all.
func (r *Recorder) Recent(limit int) []store.Attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	if limit <= 0 || limit > r.recency.Len() {
		limit = r.recency.Len()
	}
	attempts := make([]store.Attempt, 0, limit)
	for e := r.recency.Front(); e != nil && len(attempts) < limit; e = e.Next() {
		attempts = append(attempts, recordOf(e).snapshot())
	}
	return attempts
}

// begin makes room and adds an empty record. r.mu is held.
func (r *Recorder) begin(source, id string) *record {
	if own := r.sources[source]; own != nil && own.Len() >= r.perSource {
		r.forget(recordOf(own.Back()))
	} else if len(r.records) >= r.capacity {
		r.forget(recordOf(r.recency.Back()))
	}
	own := r.sources[source] // after forget, which drops empty lists
	if own == nil {
		own = list.New()
		r.sources[source] = own
	}
	rec := &record{source: source}
	rec.recency, rec.share = r.recency.PushFront(rec), own.PushFront(rec)
	r.records[id] = rec
	return rec
}

// touch makes rec the most recently changed. r.mu is held.
func (r *Recorder) touch(rec *record) {
	r.recency.MoveToFront(rec.recency)
	r.sources[rec.source].MoveToFront(rec.share)
}

// forget drops rec, and the source's list with its last record. r.mu is held.
func (r *Recorder) forget(rec *record) {
	own := r.sources[rec.source]
	own.Remove(rec.share)
	if own.Len() == 0 {
		delete(r.sources, rec.source)
	}
	r.recency.Remove(rec.recency)
	delete(r.records, rec.attempt.ID)
}

// recordOf unwraps an element of a list that holds nothing but records.
func recordOf(e *list.Element) *record {
	rec, _ := e.Value.(*record)
	return rec
}
