package httpx

import (
	"slices"
	"sync"
	"time"
)

const (
	// inboxRoom is for all requests together.
	inboxRoom = 64 << 20
	// inboxShare is what each source of requests is sure of. Beyond it a source gets what
	// nobody else uses of the first half of the room, as in package limit.
	inboxShare = inboxRoom / 16
	// deliveryCost is what a request takes besides the bytes of its body: a goroutine with
	// its buffers. It was measured to be 17 KB for a stream of HTTP/2.
	deliveryCost = 16 << 10
	// deliveryPatience is how long a request, or an answer, may be on its way when there is no
	// room left. Honest ones arrive in a fraction of it.
	deliveryPatience = time.Second
)

// room is the memory for requests, and who has it.
type room struct {
	mu   sync.Mutex
	left int64
	held map[string]int64 // by source
	slow []*delivery      // that wait for their sender or reader, the oldest first
}

// delivery is one request.
type delivery struct {
	source  string
	since   time.Time
	end     func(time.Time) error // makes the read or write under way fail
	answers bool                  // it was received, and the answer is being sent
	taken   int64
	gaveWay bool
}

// enter takes what a request costs before the first byte of its body.
func (m *room) enter(d *delivery) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.makeRoom(d, deliveryCost) {
		return false
	}
	m.charge(d, deliveryCost)
	m.slow = append(m.slow, d)
	return true
}

// take takes n bytes; false if there is no room, or somebody else got d's.
func (m *room) take(d *delivery, n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d.gaveWay || !m.makeRoom(d, int64(n)) {
		return false
	}
	m.charge(d, int64(n))
	return true
}

// arrived says that d is complete. It gives way to nobody while it is worked on.
func (m *room) arrived(d *delivery) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d.gaveWay {
		return false
	}
	m.forget(d)
	return true
}

// answering says that whoever sent d takes the answer to it now.
func (m *room) answering(d *delivery, end func(time.Time) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !d.gaveWay && !d.answers {
		d.since, d.end, d.answers = time.Now(), end, true
		m.slow = append(m.slow, d)
	}
}

// leave gives back what d still has.
func (m *room) leave(d *delivery) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(d)
	m.charge(d, -d.taken)
}

// makeRoom lets others give way until n bytes are left for d. Within its share a source
// may take the last byte; beyond it, what leaves half of the room.
func (m *room) makeRoom(d *delivery, n int64) bool {
	keep := int64(0)
	beyond := m.held[d.source]+n > inboxShare
	if beyond {
		keep = inboxRoom / 2
	}
	for m.left-n < keep {
		other := m.yields(d, beyond)
		if other == nil {
			return false
		}
		other.gaveWay = true
		m.forget(other)
		m.charge(other, -other.taken)
		_ = other.end(time.Unix(1, 0)) // what cannot be ended ends by the server's own time
	}
	return true
}

// yields is who gives way to d: of its own source, if that is beyond its share, who has
// taken too long; otherwise who sends from a source beyond its share, and then who of any
// source has taken too long.
func (m *room) yields(d *delivery, beyond bool) *delivery {
	late := func(o *delivery) bool { return time.Since(o.since) >= deliveryPatience }
	rules := []func(*delivery) bool{func(o *delivery) bool { return o.source == d.source && late(o) }}
	if !beyond {
		rules = []func(*delivery) bool{func(o *delivery) bool { return m.held[o.source] > inboxShare && (!o.answers || late(o)) }, late}
	}
	for _, yields := range rules {
		i := slices.IndexFunc(m.slow, func(o *delivery) bool { return o != d && yields(o) })
		if i >= 0 {
			return m.slow[i]
		}
	}
	return nil
}

func (m *room) charge(d *delivery, n int64) {
	d.taken += n
	m.left -= n
	if m.held[d.source] += n; m.held[d.source] == 0 {
		delete(m.held, d.source)
	}
}

func (m *room) forget(d *delivery) {
	if i := slices.Index(m.slow, d); i >= 0 {
		m.slow = slices.Delete(m.slow, i, i+1)
	}
}
