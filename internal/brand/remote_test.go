package brand

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/egress"
)

// host is a website with a logo, and how often it was asked.
type host struct {
	*httptest.Server
	asked  atomic.Int64
	answer http.HandlerFunc
}

func startHost(t *testing.T, answer http.HandlerFunc) (*host, *remote) {
	t.Helper()
	h := &host{answer: answer}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked.Add(1)
		h.answer(w, r)
	}))
	t.Cleanup(h.Close)
	return h, newRemote(t, egress.Transport(egress.Loopback, nil, nil))
}

func newRemote(t *testing.T, transport http.RoundTripper) *remote {
	t.Helper()
	return &remote{
		life: t.Context(), transport: transport, log: slog.New(slog.DiscardHandler), now: time.Now, byURL: map[string]*remoteLogo{},
	}
}

func sendsPicture(t *testing.T) http.HandlerFunc {
	t.Helper()
	logo := encoded(t, "png", picture(400, 100))
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(logo) }
}

// A page does not wait for a logo, and its host is asked once.
func TestFetchedOnce(t *testing.T) {
	h, r := startHost(t, sendsPicture(t))
	if r.get(h.URL) != nil {
		t.Error("there is a logo before anything was fetched")
	}
	first := r.await(t.Context(), h.URL)
	for range 10 {
		if again := r.get(h.URL); again == nil || again != first {
			t.Fatal("the logo is not kept")
		}
	}
	if n := h.asked.Load(); n != 1 {
		t.Errorf("the host was asked %d times", n)
	}
}

// A failure is told apart from nothing, and tried again, later and later.
func TestFailuresAreTriedAgainLater(t *testing.T) {
	h, r := startHost(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	now := time.Now()
	r.now = func() time.Time { return now }
	for _, step := range []struct {
		pass time.Duration
		want int64
	}{{0, 1}, {retryFirst - 1, 1}, {1, 2}, {retryFirst, 2}, {retryFirst, 3}} {
		now = now.Add(step.pass)
		if r.await(t.Context(), h.URL) != nil {
			t.Error("there is a logo")
		}
		if n := h.asked.Load(); n != step.want {
			t.Errorf("after %s the host was asked %d times, want %d", step.pass, n, step.want)
		}
	}
	h.answer = sendsPicture(t)
	now = now.Add(retryLast)
	if r.await(t.Context(), h.URL) == nil {
		t.Error("it never recovers")
	}
}

func TestWhatIsNotFetched(t *testing.T) {
	elsewhere, _ := startHost(t, sendsPicture(t))
	for name, answer := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) },
		"a page":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"an SVG":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<svg/>") },
		"not found":  http.NotFound,
		"an endless one": func(w http.ResponseWriter, _ *http.Request) {
			for range MaxLogoBytes/1024 + 2 {
				if _, err := w.Write(make([]byte, 1024)); err != nil {
					return
				}
			}
		},
	} {
		h, r := startHost(t, answer)
		if r.await(t.Context(), h.URL) != nil {
			t.Errorf("%s is taken for a logo", name)
		}
	}
	if elsewhere.asked.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// A URL that leads to a private address reaches nobody.
func TestPrivateAddressesAreNotFetched(t *testing.T) {
	h, _ := startHost(t, sendsPicture(t))
	guarded := newRemote(t, egress.Transport(egress.Public([]uint16{443}), nil, nil))
	for _, target := range []string{h.URL, strings.Replace(h.URL, "127.0.0.1", "localhost", 1), "http://169.254.169.254/logo.png", "https://10.0.0.1/logo.png"} {
		if _, err := guarded.fetch(target); err == nil {
			t.Errorf("%s was fetched", target)
		}
	}
	if h.asked.Load() != 0 {
		t.Error("a private host was asked")
	}
}
