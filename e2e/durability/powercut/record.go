package powercut

import (
	"bytes"
	"fmt"
	"time"
)

// Kind says what an event is.
type Kind int

// Kinds of events.
const (
	Wrote    Kind = iota // a file's content or length changed
	Named                // a name was made, moved or removed
	Syncing              // a sync began: it covers what was done before
	Synced               // it returned
	Answered             // the first bytes of an answer go to a client
)

// Event is one thing that a server did.
type Event struct {
	At   time.Time
	Kind Kind

	file   int    // that was written or synced; 0 for none
	offset int64  // where it was written, or how long it is if data is nil
	data   []byte // what was written
	from   string // a name that is no more
	to     string // a name that leads to file from now on
	dir    string // a directory that was synced
	began  int    // of Synced, the event at which it began
}

// Record is what servers did to the files of a directory, one server after another.
type Record struct {
	Events []Event
	// Answers are, by the client's port, the events at which answers began, in order.
	Answers map[int][]int
}

// Read reads what strace wrote of several servers, one after another, of a directory
// that held nothing but the configuration when the first began.
func Read(dir string, tapes ...*Tape) (*Record, error) {
	r := &reader{Record: Record{Answers: map[int][]int{}}, dir: dir, names: map[string]int{}}
	for i, tape := range tapes {
		text, err := tape.Text()
		if err != nil {
			return nil, err
		}
		r.handles, r.syncing = map[int64]*handle{}, map[string]int{}
		if err := parse(bytes.NewReader(text), r.step); err != nil {
			return nil, fmt.Errorf("server %d: %w", i+1, err)
		}
	}
	return &r.Record, nil
}
