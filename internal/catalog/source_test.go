package catalog_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

// state is what a database answers from now on.
type state struct {
	objects []catalog.Object
	version int64
	err     error
	hang    bool          // no answer before the context ends
	slow    time.Duration // of reading the objects
}

// database is a Loader whose state the test sets between polls.
type database struct {
	mu                 sync.Mutex
	now                state
	versions, catalogs int
}

func (d *database) set(s state) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = s
}

// counts tells how often the version and the objects were asked for.
func (d *database) counts() (versions, catalogs int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.versions, d.catalogs
}

func (d *database) answer(count *int) state {
	d.mu.Lock()
	defer d.mu.Unlock()
	*count++
	return d.now
}

func (d *database) Version(ctx context.Context) (int64, error) {
	s := d.answer(&d.versions)
	if s.hang {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	return s.version, s.err
}

func (d *database) Catalog(context.Context) ([]catalog.Object, int64, error) {
	s := d.answer(&d.catalogs)
	time.Sleep(s.slow)
	return s.objects, s.version, s.err
}

// source is a running Source in a bubble, with the log it writes.
func source(t *testing.T, d *database) (*catalog.Source, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	s := catalog.NewSource(d, catalog.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	go s.Run(t.Context())
	return s, log
}

func fresh(s *catalog.Source) bool {
	_, err := s.Snapshot()
	return err == nil
}

func TestSourceFollowsTheVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &database{now: state{objects: objects(t, acme()...), version: 1}}
		s, _ := source(t, d)
		first, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if again, err := s.Snapshot(); err != nil || again != first {
			t.Errorf("an unchanged catalog changed (%v)", err)
		}
		synctest.Wait()
		if versions, catalogs := d.counts(); versions != 1+4*60 || catalogs != 1 {
			t.Errorf("%d questions in a minute and %d readings, want one question each tick and one reading", versions, catalogs)
		}
		d.set(state{objects: objects(t, connection("conn_new")), version: 2})
		time.Sleep(catalog.PollInterval + 1)
		now, err := s.Snapshot()
		if err != nil || now.Version() != 2 {
			t.Fatalf("after one tick: %v, %v", now, err)
		}
		if _, ok := now.Connection("conn_new"); !ok {
			t.Error("the new object is missing")
		}
		if _, ok := first.Connection("conn_new"); ok {
			t.Error("an old snapshot changed")
		}
	})
}

func TestSourceGoesStaleAndRecovers(t *testing.T) {
	for name, failure := range map[string]state{
		"error":   {err: errors.New("connection refused")},
		"hanging": {hang: true},
		"invalid": {version: 2, objects: []catalog.Object{{Kind: "webhook", ID: "x"}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			good := state{objects: objects(t, acme()...), version: 1}
			d := &database{now: good}
			s, log := source(t, d)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			d.set(failure)
			time.Sleep(catalog.Lease - catalog.PollInterval)
			if !fresh(s) {
				t.Errorf("%s: stale within the lease", name)
			}
			time.Sleep(catalog.PollInterval + 1)
			if snapshot, err := s.Snapshot(); !errors.Is(err, catalog.ErrStale) || snapshot != nil {
				t.Errorf("%s: Snapshot = %v, %v after the lease", name, snapshot, err)
			}
			if s.Last() == nil {
				t.Errorf("%s: metadata has nothing to go by", name)
			}
			time.Sleep(time.Minute)
			if fresh(s) {
				t.Errorf("%s: fresh again while it fails", name)
			}
			d.set(good)
			time.Sleep(catalog.Lease + catalog.PollInterval + 1)
			if !fresh(s) {
				t.Errorf("%s: still stale after recovery", name)
			}
			synctest.Wait()
			if got := strings.Count(log.String(), "\n"); got != 2 {
				t.Errorf("%s: %d log lines, want one for the failure and one for the end:\n%s", name, got, log)
			}
		})
	}
}

// A confirmation counts from the question, since the answer may be as old.
func TestSourceCountsFromTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := catalog.NewSource(&database{now: state{version: 1, slow: catalog.Lease + 1}}, catalog.Options{})
		if err := s.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if fresh(s) {
			t.Error("an answer older than the lease is fresh")
		}
	})
}

func TestSourceBeforeTheFirstRefresh(t *testing.T) {
	s := catalog.NewSource(&database{}, catalog.Options{})
	if _, err := s.Snapshot(); !errors.Is(err, catalog.ErrStale) {
		t.Errorf("err = %v", err)
	}
	if s.Last() != nil {
		t.Error("a snapshot from nowhere")
	}
}

func TestRefreshGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := catalog.NewSource(&database{now: state{hang: true}}, catalog.Options{})
		go s.Refresh(t.Context())
		synctest.Wait() // it holds the turn now
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Refresh(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
	})
}

// Attack S08: setting a clock back keeps nothing alive.
func TestLeaseUnderClockJumps(t *testing.T) {
	start := time.Now() // with its monotonic reading
	now := start
	s := catalog.NewSource(&database{now: state{version: 1}}, catalog.Options{Now: func() time.Time { return now }})
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = start.Add(catalog.Lease)
	if !fresh(s) {
		t.Error("stale within the lease")
	}
	now = start.Add(catalog.Lease + 1)
	if fresh(s) {
		t.Error("fresh after the lease")
	}
	// The machine slept, so only the wall clock went on; or it was set back.
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		if now = start.Round(0).Add(step); fresh(s) {
			t.Errorf("fresh after a step of %s", step)
		}
	}
}
