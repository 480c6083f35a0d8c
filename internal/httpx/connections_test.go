package httpx_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// crowd is a server with room for a few connections, some of which wait for an answer.
type crowd struct {
	*testing.T
	address string
	// from is the address that the next connection seems to come from.
	from    chan string
	waiting chan struct{} // receives when a request to /wait has arrived
	answer  chan struct{} // closed when those are answered
}

func newCrowd(t *testing.T, most int) *crowd {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{T: t, address: l.Addr().String(), from: make(chan string, 1), waiting: make(chan struct{}), answer: make(chan struct{})}
	connections := httpx.NewConnections(disguised{l, c.from}, most)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Protocols: new(http.Protocols), Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			c.waiting <- struct{}{}
			<-c.answer
		}
	})}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	connections.Serve(server)
	served := make(chan error)
	go func() { served <- server.Serve(connections) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return c
}

// disguised is a Listener whose connections come from wherever they are said to.
type disguised struct {
	net.Listener
	from chan string
}

func (l disguised) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return mask{conn, <-l.from}, nil
}

type mask struct {
	net.Conn
	from string
}

func (m mask) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(m.from), Port: 1} }

// come opens a connection and sends what is given. It has arrived when it is answered.
func (c *crowd) come(from, request string) net.Conn {
	c.from <- from
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		c.Fatal(err)
	}
	return conn
}

// idle opens a connection, asks for something, and keeps it open.
func (c *crowd) idle(from string) net.Conn {
	conn := c.come(from, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		c.Fatalf("%s was not served: %v", from, err)
	}
	_ = r.Body.Close()
	return conn
}

// lives reports whether the server has left a silent connection open.
func lives(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := conn.Read(make([]byte, 1))
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// Whoever holds all places by doing nothing gives one up; a request under way does not.
func TestQuietConnectionsGiveWay(t *testing.T) {
	for name, secondVersion := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			c := newCrowd(t, 8)
			var protocols http.Protocols
			protocols.SetHTTP1(!secondVersion)
			protocols.SetUnencryptedHTTP2(secondVersion)
			busy := make(chan error)
			go func() {
				c.from <- "192.0.2.1"
				r, err := (&http.Client{Transport: &http.Transport{Protocols: &protocols}}).Get("http://" + c.address + "/wait")
				if err == nil {
					_ = r.Body.Close()
				}
				busy <- err
			}()
			<-c.waiting
			held := []net.Conn{
				c.come("192.0.2.2", "GET / HTTP/1.1\r\n"), // a head without end
				c.come("192.0.2.3", ""),
			}
			for i := range 5 {
				held = append(held, c.idle(fmt.Sprint("192.0.2.", 4+i)))
			}
			for range 3 {
				c.idle("198.51.100.7")
			}
			for i, conn := range held {
				if lives(conn) != (i > 2) {
					t.Errorf("connection %d is open: %v", i, lives(conn))
				}
			}
			close(c.answer)
			if err := <-busy; err != nil {
				t.Error("a request under way:", err)
			}
		})
	}
}

// An address with many of them gives way before others that have been quiet for longer.
func TestConnectionsOfAFloodGiveWay(t *testing.T) {
	c := newCrowd(t, 32)
	quiet := c.idle("192.0.2.1")
	var flood []net.Conn
	for range 31 {
		flood = append(flood, c.idle("203.0.113.9"))
	}
	for range 5 {
		c.idle("198.51.100.7")
	}
	if !lives(quiet) {
		t.Error("the one that was quiet for longest gave way to a flood")
	}
	gone := 0
	for _, conn := range flood {
		if !lives(conn) {
			gone++
		}
	}
	if gone < 5 {
		t.Errorf("%d of the flood gave way", gone)
	}
}

// Where all places are in use the next one waits.
func TestConnectionsWaitForAPlace(t *testing.T) {
	c := newCrowd(t, 1)
	c.come("192.0.2.1", "GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	<-c.waiting
	begun := time.Now()
	time.AfterFunc(1500*time.Millisecond, func() { close(c.answer) })
	c.idle("192.0.2.2")
	if time.Since(begun) < 1500*time.Millisecond {
		t.Error("there were two connections")
	}
}

// Under TLS, too, a request under way keeps its connection.
func TestConnectionsUnderTLS(t *testing.T) {
	for name, secondVersion := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived, answer := make(chan struct{}), make(chan struct{})
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				close(arrived)
				<-answer
			}))
			connections := httpx.NewConnections(s.Listener, 1)
			connections.Serve(s.Config)
			s.Listener, s.EnableHTTP2 = connections, secondVersion
			s.StartTLS()
			defer s.Close()
			asked := make(chan error)
			go func() {
				r, err := s.Client().Get(s.URL)
				if err == nil {
					err = r.Body.Close()
				}
				asked <- err
			}()
			<-arrived
			other, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			time.Sleep(1500 * time.Millisecond)
			close(answer)
			if err := <-asked; err != nil {
				t.Error(err)
			}
		})
	}
}
