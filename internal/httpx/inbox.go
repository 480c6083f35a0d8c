package httpx

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

// inboxBody is the longest body that any handler takes; a longer one is left to the
// handler, which refuses it.
const inboxBody = 64 << 10

// Inbox receives requests before anything is done about them, within a bound for the memory
// of all of them: a sender who takes its time holds a connection and some of the room,
// until somebody else needs that. It is safe for concurrent use.
type Inbox struct{ room room }

// NewInbox makes an Inbox.
func NewInbox() *Inbox { return &Inbox{room{left: inboxRoom, held: map[string]int64{}}} }

// Receive takes room for a request and reads the body of a POST, the only one that any
// handler reads. r has it afterwards as if nobody had read it, with the error that reading
// ended in. It reports false if there is no room for source. The caller calls Done in any
// case, when the request is answered.
func (b *Inbox) Receive(w http.ResponseWriter, r *http.Request, source string) (got *Received, ok bool) {
	ctrl := http.NewResponseController(w)
	d := &delivery{source: source, since: time.Now(), end: ctrl.SetReadDeadline}
	got = &Received{&b.room, d, ctrl}
	if !b.room.enter(d) {
		return got, false
	}
	if r.Method == http.MethodPost && r.Body != nil && r.Body != http.NoBody && r.ContentLength <= inboxBody {
		if r.Body, ok = b.read(d, r.Body); !ok {
			return got, false
		}
	}
	return got, b.room.arrived(d)
}

// Received is a request that an Inbox has room for.
type Received struct {
	room *room
	d    *delivery
	ctrl *http.ResponseController
}

// Answering says that the answer begins. Who does not read it gives way like who does not
// send.
func (g *Received) Answering() { g.room.answering(g.d, g.ctrl.SetWriteDeadline) }

// Done gives the room back.
func (g *Received) Done() { g.room.leave(g.d) }

// read is what came, followed by the error that came after it, or what is left.
func (b *Inbox) read(d *delivery, from io.Reader) (io.ReadCloser, bool) {
	var received bytes.Buffer
	part := make([]byte, 4<<10)
	for received.Len() <= inboxBody {
		n, err := from.Read(part)
		if !b.room.take(d, n) {
			return http.NoBody, false
		}
		received.Write(part[:n])
		if errors.Is(err, io.EOF) {
			return io.NopCloser(&received), true
		}
		if err != nil {
			return io.NopCloser(io.MultiReader(&received, failing{err})), true
		}
	}
	return io.NopCloser(io.MultiReader(&received, from)), true // too long for every handler
}

// failing is the end of a body that did not come whole.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) { return 0, f.err }
