package httpx_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

func TestInboxGivesBackWhatCame(t *testing.T) {
	cut := errors.New("cut off")
	for name, tt := range map[string]struct {
		body io.Reader
		want string
		err  error
	}{
		"whole":        {strings.NewReader("a=b"), "a=b", nil},
		"empty":        {strings.NewReader(""), "", nil},
		"in bits":      {iotest.OneByteReader(strings.NewReader("a=b")), "a=b", nil},
		"cut off":      {io.MultiReader(strings.NewReader("a="), iotest.ErrReader(cut)), "a=", cut},
		"64 KB":        {strings.NewReader(strings.Repeat("a", 64<<10)), strings.Repeat("a", 64<<10), nil},
		"a megabyte":   {io.MultiReader(strings.NewReader(strings.Repeat("a", 1<<20))), strings.Repeat("a", 1<<20), nil},
		"end and data": {iotest.DataErrReader(strings.NewReader("a=b")), "a=b", nil},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", tt.body)
		done, ok := httpx.NewInbox().Receive(httptest.NewRecorder(), r, "a")
		got, err := io.ReadAll(r.Body)
		if !ok || string(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, %d bytes, %v", name, ok, len(got), err)
		}
		done.Done()
	}
}

// All bodies together have their bound, one source may have half of it, and both give back
// what they took.
func TestInboxHasItsBound(t *testing.T) {
	b := httpx.NewInbox()
	for range 2 {
		var dones []*httpx.Received
		fill := func(source string) (n int) {
			for ; n <= 1024; n++ {
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", 64<<10)))
				done, ok := b.Receive(httptest.NewRecorder(), r, source)
				dones = append(dones, done)
				if !ok {
					break
				}
			}
			return n
		}
		if n := fill("flood"); n != 409 { // of 64 KB, and 16 for the request

			t.Errorf("%d bodies of one source found room", n)
		}
		total := 409
		for i := range 100 {
			total += fill(fmt.Sprint("source ", i))
		}
		if total < 800 || total > 819 {
			t.Errorf("%d bodies found room", total)
		}
		for _, done := range dones {
			done.Done()
		}
	}
}

// Where the room is full, who takes more of it than others gives way at once.
func TestInboxFloodGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slowSenders{T: t, inbox: httpx.NewInbox(), ended: map[string]int{}}
		s.send("flood", 128)
		for i := range 14 {
			s.send(fmt.Sprint("source ", i), 64)
		}
		if !s.arrives("honest") || s.ended["flood"] != 1 || len(s.ended) != 1 {
			t.Errorf("gave way: %v", s.ended)
		}
		s.stop()
	})
}

// Where nobody does, it is who has taken too long.
func TestInboxSlowBodiesGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slowSenders{T: t, inbox: httpx.NewInbox(), ended: map[string]int{}}
		for i := range 16 {
			s.send(fmt.Sprint("source ", i), 64)
		}
		time.Sleep(time.Second - time.Millisecond)
		if s.arrives("honest") || len(s.ended) > 0 {
			t.Errorf("gave way too early: %v", s.ended)
		}
		time.Sleep(time.Millisecond)
		if !s.arrives("honest") || len(s.ended) != 1 {
			t.Errorf("gave way: %v", s.ended)
		}
		s.stop()
	})
}

// So does who does not read the answer, and not before there is one.
func TestInboxUnreadAnswersGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := httpx.NewInbox()
		var ended int
		var all []*httpx.Received
		for _, size := range []int{64 << 10, 1 << 10, 1} { // into what is left
			for i := 0; ; i++ {
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", size)))
				got, ok := b.Receive(unreadAnswer{httptest.NewRecorder(), &ended}, r, fmt.Sprint("source ", i%20))
				if !ok {
					got.Done()
					break
				}
				all = append(all, got)
			}
		}
		s := slowSenders{T: t, inbox: b}
		time.Sleep(time.Minute)
		if s.arrives("honest") {
			t.Error("a request that is worked on gave way")
		}
		for _, got := range all {
			got.Answering()
		}
		time.Sleep(time.Second - time.Millisecond)
		if s.arrives("honest") {
			t.Error("an answer gave way too early")
		}
		time.Sleep(time.Millisecond)
		if !s.arrives("honest") || ended != 1 {
			t.Errorf("%d answers were given up", ended)
		}
		for _, got := range all {
			got.Done()
		}
	})
}

// unreadAnswer counts whether writing it was ended.
type unreadAnswer struct {
	*httptest.ResponseRecorder
	ended *int
}

// SetWriteDeadline is for http.ResponseController.
func (w unreadAnswer) SetWriteDeadline(time.Time) error { *w.ended++; return nil }

// slowSenders send bodies that begin and do not end.
type slowSenders struct {
	*testing.T
	inbox *httpx.Inbox
	open  []*slowBody
	mu    sync.Mutex
	ended map[string]int // by source: whose reading the inbox has ended
}

// slowBody is also a ResponseWriter by which reading can be ended.
type slowBody struct {
	*httptest.ResponseRecorder
	*io.PipeReader
}

// SetReadDeadline is for http.ResponseController.
func (b *slowBody) SetReadDeadline(time.Time) error { return b.CloseWithError(os.ErrDeadlineExceeded) }

// send begins n bodies that take 64 KB each, with what one costs that is on its way.
func (s *slowSenders) send(source string, n int) {
	for range n {
		silent, _ := io.Pipe()
		b := &slowBody{httptest.NewRecorder(), silent}
		s.open = append(s.open, b)
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(strings.Repeat("a", 48<<10)), silent))
		go func() {
			done, ok := s.inbox.Receive(b, r, source)
			if !ok {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.ended[source]++
			}
			done.Done()
		}()
	}
	synctest.Wait()
}

// arrives reports whether there is room for a small body.
func (s *slowSenders) arrives(source string) bool {
	done, ok := s.inbox.Receive(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader("a=b")), source)
	done.Done()
	synctest.Wait()
	return ok
}

func (s *slowSenders) stop() {
	for _, b := range s.open {
		_ = b.CloseWithError(io.ErrUnexpectedEOF)
	}
	synctest.Wait()
}
