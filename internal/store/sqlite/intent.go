package sqlite

// What callers wait for, and for how long.

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Times after which the database counts as unavailable, though the disk may only be
// slow.
const (
	// patience bounds what somebody waits for at the other end of a connection.
	patience = 1800 * time.Millisecond
	// longPatience bounds what an operator does to many rows at once.
	longPatience = 60 * time.Second
)

// errSlow: whether it happened is not known, unless it had not begun.
var errSlow = fmt.Errorf("%w: the disk did not answer in time", store.ErrUnavailable)

// intent is one waiting write. run may be called several times (see the package
// documentation); done is closed after the COMMIT, or after the final refusal.
type intent struct {
	run  func(*session) error
	err  error
	done chan struct{}
	// claimed by the writer, who then runs it, or by a caller who waits no more: it
	// never happens then.
	claimed atomic.Bool
}

// claim reports whether nobody did before.
func (it *intent) claim() bool { return it.claimed.CompareAndSwap(false, true) }

// do runs an intent and returns when it is committed or refused. If ctx or patience
// ends first, do returns at once; the intent may still be committed if the writer had
// begun it, and never happens otherwise.
func do[T any](ctx context.Context, w *writer, run func(*session) (T, error)) (T, error) {
	return doWithin(ctx, patience, w, run)
}

// doMany is do for what nobody waits for at the other end of a connection: a start, an
// operator's change, cleaning up.
func doMany[T any](ctx context.Context, w *writer, run func(*session) (T, error)) (T, error) {
	return doWithin(ctx, longPatience, w, run)
}

func doWithin[T any](ctx context.Context, within time.Duration, w *writer, run func(*session) (T, error)) (T, error) {
	var answer, none T
	it := &intent{done: make(chan struct{})}
	it.run = func(s *session) (err error) {
		answer, err = run(s)
		return err
	}
	waiting, cancel := context.WithTimeoutCause(ctx, within, errSlow)
	defer cancel()
	if err := w.enqueue(waiting, it); err != nil {
		return none, err
	}
	select {
	case <-it.done:
	case <-waiting.Done():
		it.claim()
		return none, context.Cause(waiting)
	}
	if it.err != nil {
		return none, it.err
	}
	return answer, nil
}

func (w *writer) enqueue(ctx context.Context, it *intent) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- it:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// read runs a query outside of the writer, or through it in a private database. A
// query that waits for the disk cannot be stopped: it is left behind, on one of the
// few connections that read.
func read[T any](ctx context.Context, s *Store, query func(*session) (T, error)) (T, error) {
	if s.reading == nil {
		return do(ctx, s.writer, query)
	}
	type result struct {
		answer T
		err    error
	}
	var none T
	waiting, cancel := context.WithTimeoutCause(ctx, patience, errSlow)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		var r result
		r.err = s.writer.protect(func() (err error) {
			r.answer, err = query(&session{ctx: waiting, cache: s.reading})
			return err
		})
		done <- r
	}()
	select {
	case r := <-done:
		if r.err == nil {
			return r.answer, nil
		}
		if waiting.Err() != nil {
			return none, context.Cause(waiting)
		}
		if s.writer.isClosed() {
			return none, errClosed
		}
		return none, outside(r.err)
	case <-waiting.Done():
		return none, context.Cause(waiting)
	}
}
