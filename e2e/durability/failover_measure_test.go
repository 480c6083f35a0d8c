package durability

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// mustReadAll reads all that the database has no part in.
func (w *witness) mustReadAll(ctx context.Context, base string) {
	for _, path := range []string{"/keys", "/.well-known/oauth-authorization-server/resources/res_todo", "/healthz"} {
		w.mustRead(ctx, base+path)
	}
}

// firstSince is when the first token was issued after a moment.
func (w *witness) firstSince(from time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, token := range w.tokens {
		if token.ended.After(from) {
			return token.ended
		}
	}
	return time.Time{}
}

// answered is a request and its answer.
type answered struct {
	begun, ended time.Time
	what         string
}

func (e answered) within(from, to time.Time) bool { return e.begun.After(from) && e.ended.Before(to) }

// nothingIssued fails the test if a token was asked for and issued in between.
func (w *witness) nothingIssued(t *testing.T, when string, from, to time.Time) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, token := range w.tokens {
		if token.within(from, to) {
			t.Errorf("%s: a token was issued %s after nothing could be kept", when, token.begun.Sub(from))
			return
		}
	}
}

// allServed fails the test if a request that was made and answered in between was refused.
func (w *witness) allServed(t *testing.T, when string, from, to time.Time) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.refusals {
		if r.within(from, to) {
			t.Errorf("%s: %s was refused within %s, %s after everything should be normal", when, r.what, r.ended.Sub(r.begun), r.begun.Sub(from))
			return
		}
	}
}

// lastRefused is how long after a moment the last request was made that was refused.
func (w *witness) lastRefused(from time.Time) (last time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.refusals {
		last = max(last, r.begun.Sub(from))
	}
	return last
}

// spread is the median and the longest, in milliseconds.
func spread[T any](of []T, how func(T) time.Duration) string {
	var all []time.Duration
	for _, o := range of {
		all = append(all, how(o))
	}
	slices.Sort(all)
	median, longest := all[len(all)/2].Milliseconds(), all[len(all)-1].Milliseconds()
	if len(all) == 1 {
		return fmt.Sprint(median)
	}
	return fmt.Sprintf("%d, at most %d", median, longest)
}
