package httpx

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

const (
	// inboxBody is the longest body that any handler takes; a longer one is left to
	// the handler, which refuses it.
	inboxBody = 64 << 10
	// inboxRoom is for all bodies together.
	inboxRoom = 64 << 20
)

// Inbox receives the bodies of requests before anything is done about them, within a
// bound for all of them: a sender who takes its time holds a connection and the bytes
// that it has sent. It is safe for concurrent use.
type Inbox struct{ room atomic.Int64 }

// NewInbox makes an Inbox.
func NewInbox() *Inbox {
	b := &Inbox{}
	b.room.Store(inboxRoom)
	return b
}

// Receive reads the body of a POST, the only one that any handler reads. r has it afterwards
// as if nobody had read it, with the error that reading ended in. It reports false if there
// is no room. The caller calls done in any case, when the request is answered.
func (b *Inbox) Receive(r *http.Request) (done func(), ok bool) {
	if r.Method != http.MethodPost || r.Body == nil || r.Body == http.NoBody || r.ContentLength > inboxBody {
		return func() {}, true
	}
	taken := int64(0)
	done = func() { b.room.Add(taken) }
	var received bytes.Buffer
	part := make([]byte, 4<<10)
	for received.Len() <= inboxBody {
		n, err := r.Body.Read(part)
		taken += int64(n)
		if b.room.Add(-int64(n)) < 0 {
			return done, false
		}
		received.Write(part[:n])
		if errors.Is(err, io.EOF) {
			r.Body = io.NopCloser(&received)
			return done, true
		}
		if err != nil {
			r.Body = io.NopCloser(io.MultiReader(&received, failing{err}))
			return done, true
		}
	}
	r.Body = io.NopCloser(io.MultiReader(&received, r.Body)) // too long for every handler
	return done, true
}

// failing is the end of a body that did not come whole.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) { return 0, f.err }
