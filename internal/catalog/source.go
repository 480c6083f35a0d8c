package catalog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// ErrStale means that the catalog could not be confirmed for longer than the
// lease: a revoked client or a disabled server might still be in it.
var ErrStale = errors.New("catalog: not confirmed for more than a second; an earlier line of the log says why")

const (
	// PollInterval is how often the version is asked for.
	PollInterval = 250 * time.Millisecond
	// Lease is how long one confirmation holds. It also bounds one question for
	// the version: a later answer would confirm nothing.
	Lease = time.Second
	// loadTimeout bounds reading all objects.
	loadTimeout = 10 * time.Second
)

// Loader reads the catalog from where it is kept.
type Loader interface {
	// Version is asked once per poll. An implementation may look at other
	// counters that the same query returned, such as that of the signing keys.
	Version(ctx context.Context) (int64, error)
	Catalog(ctx context.Context) (objects []Object, version int64, err error)
}

// Options of a Source. The zero value is right for production.
type Options struct {
	Interval time.Duration    // between polls; 0 = PollInterval
	Now      func() time.Time // must keep the monotonic reading; nil = time.Now
	Log      *slog.Logger     // nil = slog.Default()
}

// A Source holds the current snapshot and keeps it current. Its reading methods
// are safe for concurrent use and never block.
type Source struct {
	loader  Loader
	options Options
	current atomic.Pointer[confirmed]
	// turn is held while the loader is asked, so that an older answer cannot
	// overwrite a newer one.
	turn chan struct{}
	// failing is owned by Run.
	failing bool
}

// confirmed is a snapshot and when it was last known to be the current one.
type confirmed struct {
	snapshot *Snapshot
	at       time.Time
}

// NewSource makes a Source without a snapshot; [Source.Refresh] gets the first.
func NewSource(loader Loader, options Options) *Source {
	if options.Interval == 0 {
		options.Interval = PollInterval
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	return &Source{loader: loader, options: options, turn: make(chan struct{}, 1)}
}

// Snapshot is the catalog for anything that trusts it: ErrStale unless it was
// confirmed within the last second.
func (s *Source) Snapshot() (*Snapshot, error) {
	c := s.current.Load()
	if c == nil || elapsed(c.at, s.options.Now()) > Lease {
		return nil, ErrStale
	}
	return c.snapshot, nil
}

// Last is the last snapshot whatever its age, for metadata only; nil before the
// first.
func (s *Source) Last() *Snapshot {
	c := s.current.Load()
	if c == nil {
		return nil
	}
	return c.snapshot
}

// Age is how long ago the snapshot was confirmed, for whoever watches; false
// before the first.
func (s *Source) Age() (age time.Duration, ok bool) {
	c := s.current.Load()
	if c == nil {
		return 0, false
	}
	return elapsed(c.at, s.options.Now()), true
}

// elapsed takes the larger of two clocks: the monotonic one cannot be set, the wall clock
// also runs while the machine sleeps. One that was set back by an hour counts as an hour:
// what to think of it, the next question tells.
func elapsed(from, to time.Time) time.Duration {
	return max(to.Sub(from), to.Round(0).Sub(from.Round(0)).Abs())
}

// Refresh reads the catalog now, if it changed. Call it at start-up, after a
// change made here, and when the database says that something changed.
func (s *Source) Refresh(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()

	asked := s.options.Now() // before the question: the answer is at least as new
	versionCtx, cancel := context.WithTimeout(ctx, Lease)
	version, err := s.loader.Version(versionCtx)
	cancel()
	if err != nil {
		return fmt.Errorf("catalog: reading the version: %w", err)
	}
	if c := s.current.Load(); c != nil && c.snapshot.version == version {
		s.current.Store(&confirmed{c.snapshot, asked})
		return nil
	}
	return s.load(ctx)
}

func (s *Source) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	asked := s.options.Now()
	objects, version, err := s.loader.Catalog(ctx)
	if err != nil {
		return fmt.Errorf("catalog: reading the objects: %w", err)
	}
	snapshot, err := NewSnapshot(objects, version)
	if err != nil {
		// The old snapshot is not confirmed by this: it grows stale.
		return err
	}
	s.current.Store(&confirmed{snapshot, asked})
	return nil
}

// Run polls until ctx ends.
func (s *Source) Run(ctx context.Context) {
	ticker := time.NewTicker(s.options.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.report(ctx, s.Refresh(ctx))
		}
	}
}

// report logs the first failure of a row and the recovery, not every tick.
func (s *Source) report(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !s.failing:
		s.failing = true
		s.options.Log.ErrorContext(ctx, "The configuration cannot be confirmed; requests are refused until it can.", "error", err)
	case err == nil && s.failing:
		s.failing = false
		s.options.Log.InfoContext(ctx, "The configuration is confirmed again.")
	}
}
