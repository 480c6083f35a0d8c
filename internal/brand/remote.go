package brand

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/egress"
)

const (
	fetchTimeout = 5 * time.Second
	userAgent    = "Symbolon (logo)"
	// retryFirst to retryLast: how long after a failure it is tried again, if somebody
	// looks at the page.
	retryFirst = time.Minute
	retryLast  = time.Hour
)

// remote keeps the logos that are named by a URL: each is fetched once, in the
// background, when a page first wants it. The zero value is not ready for use.
type remote struct {
	life      context.Context
	transport http.RoundTripper
	log       *slog.Logger
	now       func() time.Time

	mu    sync.Mutex
	byURL map[string]*remoteLogo // bounded by the catalog: its URLs only
}

type remoteLogo struct {
	logo    *logo
	loading chan struct{} // closed when the fetch under way has ended; nil if none is
	again   time.Time     // not before
	wait    time.Duration
}

// get returns the logo, nil while there is none. The first call starts the fetch.
func (r *remote) get(rawURL string) *logo {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.byURL[rawURL]
	if l == nil {
		l = &remoteLogo{wait: retryFirst}
		r.byURL[rawURL] = l
	}
	if l.logo == nil && l.loading == nil && !r.now().Before(l.again) {
		l.loading = make(chan struct{})
		go r.load(rawURL, l)
	}
	return l.logo
}

// await is get for a browser that asks for the image itself, perhaps at another node
// than the page's: it waits for the fetch.
func (r *remote) await(ctx context.Context, rawURL string) *logo {
	if found := r.get(rawURL); found != nil {
		return found
	}
	r.mu.Lock()
	loading := r.byURL[rawURL].loading
	r.mu.Unlock()
	if loading != nil {
		select {
		case <-loading:
		case <-ctx.Done():
		}
	}
	return r.get(rawURL)
}

func (r *remote) load(rawURL string, l *remoteLogo) {
	drawn, err := r.fetch(rawURL)
	r.mu.Lock()
	defer r.mu.Unlock()
	close(l.loading)
	l.loading = nil
	if err != nil {
		l.again = r.now().Add(l.wait)
		r.log.Warn("the logo could not be fetched; the consent page does without", "url", rawURL, "cause", err.Error(), "again_in", l.wait)
		l.wait = min(2*l.wait, retryLast)
		return
	}
	l.logo = newLogo(drawn)
}

// fetch gets an image. It asks nobody but the host, follows no redirect, and stops
// reading where a logo would be too large.
func (r *remote) fetch(rawURL string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(r.life, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "image/png, image/webp, image/jpeg, image/gif")
	req.Header.Set("User-Agent", userAgent)
	resp, err := r.transport.RoundTrip(req)
	switch {
	case errors.Is(err, egress.ErrBlocked):
		return nil, egress.ErrBlocked
	case err != nil:
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read only: nothing is lost
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New("the host answered " + resp.Status + ", not 200")
	}
	original, err := io.ReadAll(io.LimitReader(resp.Body, MaxLogoBytes+1))
	if err != nil {
		return nil, err
	}
	return DrawLogo(original)
}
