package attempt

// The live view: `symbolon attempts tail`, the dashboard.

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// buffered is how many updates a reader may be behind.
const buffered = 64

// Update is one event as it happens.
type Update struct {
	store.AttemptSummary // as known after the event
	Event                store.Event
	// Missed is how many updates this reader lost just before, being too slow.
	Missed int
}

// Attempt is the update as an attempt of one event, for [Line].
func (u Update) Attempt() store.Attempt {
	return store.Attempt{AttemptSummary: u.AttemptSummary, UpdatedAt: u.Event.At, Events: []store.Event{u.Event}}
}

// reader is one subscription. Recorder.mu guards it, and closing the channel too,
// so that nothing is sent on a closed one.
type reader struct {
	updates chan Update
	missed  int
}

// Subscribe returns the updates from now on. The channel is closed when ctx ends.
// A reader that does not keep up loses updates and is told how many; it never
// holds up a login.
func (r *Recorder) Subscribe(ctx context.Context) <-chan Update {
	rd := &reader{updates: make(chan Update, buffered)}
	r.mu.Lock()
	r.readers[rd] = struct{}{}
	r.mu.Unlock()
	context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.readers, rd)
		close(rd.updates)
	})
	return rd.updates
}

// publish offers u to every reader. r.mu is held.
func (r *Recorder) publish(u Update) {
	for rd := range r.readers {
		u.Missed = rd.missed
		select {
		case rd.updates <- u:
			rd.missed = 0
		default:
			rd.missed++
		}
	}
}
