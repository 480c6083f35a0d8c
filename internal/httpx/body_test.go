package httpx_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

func TestBody(t *testing.T) {
	for _, c := range []struct {
		name, mediaType, body string
		want                  error
	}{
		{"plain", "application/json", "12345678", nil},
		{"with a charset", "application/json; charset=utf-8", "{}", nil},
		{"empty", "application/json", "", nil},
		{"a byte too long", "application/json", "123456789", httpx.ErrTooLarge},
		{"another type", "text/plain", "{}", httpx.ErrMediaType},
		{"no type", "", "{}", httpx.ErrMediaType},
	} {
		for _, length := range []string{"announced", "chunked"} {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
			if length == "chunked" {
				r.ContentLength = -1
			}
			r.Header.Set("Content-Type", c.mediaType)
			got, err := httpx.Body(httptest.NewRecorder(), r, httpx.TypeJSON, 8)
			if !errors.Is(err, c.want) || err == nil && string(got) != c.body {
				t.Errorf("%s, %s: %q, %v", c.name, length, got, err)
			}
		}
	}
}

// Who announces too much is not waited for.
func TestBodyAnnouncedTooLarge(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", readFails{})
	r.ContentLength = 9
	r.Header.Set("Content-Type", httpx.TypeJSON)
	if _, err := httpx.Body(httptest.NewRecorder(), r, httpx.TypeJSON, 8); !errors.Is(err, httpx.ErrTooLarge) {
		t.Error(err)
	}
}

type readFails struct{}

func (readFails) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
