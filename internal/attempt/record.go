package attempt

// One attempt as the Recorder holds it: a bounded list of cleaned events.

import (
	"container/list"
	"maps"
	"slices"
	"strconv"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Bounds on one attempt. The first events tell how the login began and the last
// ones how it ended; when there are too many, the middle goes.
const (
	maxEvents   = 32
	maxBytes    = 8 << 10
	keptAtStart = 2
)

// record is one attempt in memory. Its events are never changed once they are in
// the list, so a reader may share them.
type record struct {
	attempt store.Attempt
	source  string
	bytes   int // of the events
	omitted int // events dropped from the middle
	recency *list.Element
	share   *list.Element // in the source's own list
}

// add appends a cleaned event and drops from the middle what is too much.
func (r *record) add(ev store.Event) {
	a := &r.attempt
	a.Events = append(a.Events, ev)
	r.bytes += eventBytes(ev)
	for len(a.Events) > maxEvents || r.bytes > maxBytes && len(a.Events) > keptAtStart+1 {
		r.bytes -= eventBytes(a.Events[keptAtStart])
		a.Events = slices.Delete(a.Events, keptAtStart, keptAtStart+1)
		r.omitted++
	}
	if ev.At.After(a.UpdatedAt) {
		a.UpdatedAt = ev.At
	}
}

// snapshot is the attempt for a reader; it says where events are missing.
func (r *record) snapshot() store.Attempt {
	a := r.attempt
	a.Events = slices.Clone(a.Events)
	if r.omitted > 0 {
		a.Events[keptAtStart] = withNote(a.Events[keptAtStart], "omitted_before", strconv.Itoa(r.omitted))
	}
	return a
}

// withNote is a copy of ev with one more note.
func withNote(ev store.Event, name, value string) store.Event {
	notes := make(map[string]string, len(ev.Notes)+1)
	maps.Copy(notes, ev.Notes)
	notes[name] = value
	ev.Notes = notes
	return ev
}

// fill sets what the summary says and leaves alone what it does not.
func fill(have *store.AttemptSummary, more store.AttemptSummary) {
	set(&have.ID, more.ID)
	set(&have.Connection, more.Connection)
	set(&have.MCPServer, more.MCPServer)
	set(&have.ClientID, more.ClientID)
	set(&have.ClientName, more.ClientName)
	set(&have.Sub, more.Sub)
	if have.StartedAt.IsZero() {
		have.StartedAt = more.StartedAt
	}
}

func set(field *string, value string) {
	if value != "" {
		*field = value
	}
}

// eventBytes is roughly what an event costs.
func eventBytes(ev store.Event) int {
	n := 64 + len(ev.Step) + len(ev.Reason)
	for k, v := range ev.Notes {
		n += 32 + len(k) + len(v)
	}
	return n
}
