package httpx_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

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
		done, ok := httpx.NewInbox().Receive(r)
		got, err := io.ReadAll(r.Body)
		if !ok || string(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, %d bytes, %v", name, ok, len(got), err)
		}
		done()
	}
}

// All bodies together have their bound, and give back what they took.
func TestInboxHasItsBound(t *testing.T) {
	b, full := httpx.NewInbox(), 0
	for range 2 {
		var dones []func()
		for i := 0; ; i++ {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", 64<<10)))
			done, ok := b.Receive(r)
			dones = append(dones, done)
			if !ok {
				full = i
				break
			}
			if i > 1024 {
				t.Fatal("there is no bound")
			}
		}
		if full != 1024 { // of 64 KB are 64 MB
			t.Errorf("%d bodies found room", full)
		}
		for _, done := range dones {
			done()
		}
	}
}
