package httpx

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// quietPatience is how long a connection may have no request under way when another
// one needs its place: longer than a handshake and a head take, or the rest of an answer.
const quietPatience = time.Second

// Connections is a Listener that bounds how many connections are open. Where all places
// are taken, one that has no request under way gives way: of an address with more than
// a sixteenth first, so that nobody can take them all by doing nothing. Without one, the
// next connection waits. A Server needs its three parts, see [Connections.Serve].
type Connections struct {
	net.Listener
	most int

	mu     sync.Mutex
	open   int
	held   map[string]int // by source
	quiet  *list.List     // of *connection without a request under way, for longest first
	freed  chan struct{}  // closed when one has ended
	closed chan struct{}
	once   sync.Once
}

// NewConnections bounds those of l.
func NewConnections(l net.Listener, most int) *Connections {
	return &Connections{
		Listener: l, most: most, held: map[string]int{}, quiet: list.New(),
		freed: make(chan struct{}), closed: make(chan struct{}),
	}
}

// Serve makes a Server tell when connections are in use. It must then serve this Listener.
func (a *Connections) Serve(s *http.Server) {
	s.ConnContext, s.Handler = track, inUse(s.Handler)
}

// Accept implements net.Listener.
func (a *Connections) Accept() (net.Conn, error) {
	conn, err := a.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: conn, all: a, source: sourceOf(conn.RemoteAddr().String())}
	for {
		freed := a.admit(c)
		if freed == nil {
			return c, nil
		}
		select {
		case <-freed:
		case <-time.After(quietPatience / 10): // one may have been quiet for long enough
		case <-a.closed:
			_ = conn.Close() // nobody has read anything of it
			return nil, net.ErrClosed
		}
	}
}

// Close implements net.Listener.
func (a *Connections) Close() error {
	a.once.Do(func() { close(a.closed) })
	return a.Listener.Close()
}

// admit gives c a place and returns nil, or returns what to wait for.
func (a *Connections) admit(c *connection) (freed <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open >= a.most {
		other := a.yields()
		if other == nil {
			return a.freed
		}
		a.remove(other)
		_ = other.Conn.Close() // it is given up, whatever that says
	}
	a.open++
	a.held[c.source]++
	a.rest(c)
	return nil
}

// yields is the connection that gives way, nil if none has been quiet for long enough.
func (a *Connections) yields() *connection {
	var oldest *connection
	for e := a.quiet.Front(); e != nil; e = e.Next() {
		c := connectionOf(e)
		if time.Since(c.since) < quietPatience {
			break
		}
		if a.held[c.source] > a.most/16 {
			return c
		}
		if oldest == nil {
			oldest = c
		}
	}
	return oldest
}

// rest notes that c has no request under way.
func (a *Connections) rest(c *connection) {
	c.since, c.place = time.Now(), a.quiet.PushBack(c)
}

func (a *Connections) remove(c *connection) {
	if c.gone {
		return
	}
	c.gone = true
	if c.place != nil {
		a.quiet.Remove(c.place)
	}
	a.open--
	if a.held[c.source]--; a.held[c.source] == 0 {
		delete(a.held, c.source)
	}
	close(a.freed)
	a.freed = make(chan struct{})
}

// connection is one that has a place. What changes is the Connections' to lock.
type connection struct {
	net.Conn
	all    *Connections
	source string
	under  int // requests under way
	since  time.Time
	place  *list.Element // among the quiet ones; nil if it is none
	gone   bool
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.all.mu.Lock()
	c.all.remove(c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// begin reports whether a request may begin: the connection has not given way.
func (c *connection) begin() bool {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.gone {
		return false
	}
	if c.under++; c.place != nil {
		c.all.quiet.Remove(c.place)
		c.place = nil
	}
	return true
}

func (c *connection) end() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.under--; c.under == 0 && !c.gone {
		c.all.rest(c)
	}
}

// connectionOf unwraps an element of a list that holds nothing but connections.
func connectionOf(e *list.Element) *connection {
	c, _ := e.Value.(*connection)
	return c
}

// connectionKey is the key of a context value: the connection of a request.
type connectionKey struct{}

// track is for http.Server.ConnContext.
func track(ctx context.Context, conn net.Conn) context.Context {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, conn)
}

// inUse keeps the connections of requests. One that has given way carries nothing out:
// nobody would hear of it.
func inUse(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(connectionKey{}).(*connection)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		if !c.begin() {
			panic(http.ErrAbortHandler)
		}
		defer c.end()
		next.ServeHTTP(w, r)
	})
}
