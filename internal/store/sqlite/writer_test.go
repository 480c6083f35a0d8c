package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

var now = time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)

// use consumes (test, id); id is then in the database exactly if nil is returned.
func use(ctx context.Context, s *sqlite.Store, id string) error {
	first, err := s.ConsumeOnce(ctx, store.Once{Namespace: "test", ID: id, Exp: now.Add(time.Hour)}, now)
	if err == nil && !first {
		return errors.New("used before")
	}
	return err
}

// oneBatch presents ids at once, in this order and in one batch, and returns
// each one's error.
func oneBatch(t *testing.T, s *sqlite.Store, ids []string) map[string]error {
	t.Helper()
	release := s.Hold()
	errs := make([]error, len(ids))
	var done sync.WaitGroup
	for i, id := range ids {
		done.Go(func() { errs[i] = use(t.Context(), s, id) })
		for s.Waiting() <= i {
			time.Sleep(10 * time.Microsecond)
		}
	}
	release()
	done.Wait()
	result := map[string]error{}
	for i, id := range ids {
		result[id] = errs[i]
	}
	return result
}

// kept checks that the database holds, also after reopening, exactly the ids
// whose intent was acknowledged.
func kept(t *testing.T, s *sqlite.Store, path string, results map[string]error) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	for id, err := range results {
		n, e := s.Exec(t.Context(), `DELETE FROM once WHERE id = ?`, id)
		if e != nil {
			t.Fatal(e)
		}
		if acknowledged := err == nil; acknowledged != (n == 1) {
			t.Errorf("%s: answered %v, but %d rows are there", id, err, n)
		}
	}
}

// sabotage makes inserting the id "bad" fail with a clause of RAISE.
func sabotage(t *testing.T, s *sqlite.Store, how string) {
	t.Helper()
	_, err := s.Exec(t.Context(), `CREATE TRIGGER bad BEFORE INSERT ON once WHEN NEW.id = 'bad'
		BEGIN SELECT RAISE(`+how+`, 'on purpose'); END`)
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnErrorInTheMiddleOfABatch(t *testing.T) {
	ids := []string{"a", "b", "c", "bad", "d", "e"}
	for _, how := range []string{"ABORT", "FAIL", "ROLLBACK"} {
		t.Run(how, func(t *testing.T) {
			path := file(t)
			s := open(t, path)
			sabotage(t, s, how)
			results := oneBatch(t, s, ids)
			for _, id := range ids {
				if failed := results[id] != nil; failed != (id == "bad") {
					t.Errorf("%s: %v", id, results[id])
				}
			}
			kept(t, s, path, results)
		})
	}
}

func TestAFailedCommitAcknowledgesNobody(t *testing.T) {
	ids := []string{"a", "b", "c", "d"}
	for _, tt := range []struct {
		name  string
		fails func(commit int64) bool
		want  int // acknowledged
	}{
		{"the batch's alone: each is retried", func(n int64) bool { return n == 1 }, 4},
		{"the batch's and the second retry's", func(n int64) bool { return n == 1 || n == 3 }, 3},
		{"every one", func(int64) bool { return true }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := file(t)
			s := open(t, path)
			var commits atomic.Int64
			s.BeforeCommit(func() error {
				// The first is that of Hold.
				if n := commits.Add(1) - 1; n > 0 && tt.fails(n) {
					return errors.New("disk on fire")
				}
				return nil
			})
			results := oneBatch(t, s, ids)
			got := 0
			for id, err := range results {
				if err == nil {
					got++
				} else if !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%s: %v is not ErrUnavailable", id, err)
				}
			}
			if got != tt.want {
				t.Errorf("%d acknowledged, want %d: %v", got, tt.want, results)
			}
			kept(t, s, path, results)
		})
	}
}

func TestAFullDiskIsUnavailable(t *testing.T) {
	path := file(t)
	s := open(t, path)
	results := map[string]error{"before": use(t.Context(), s, "before")}
	if _, err := s.Pragma(t.Context(), "max_page_count = 1"); err != nil { // the size it has is the least SQLite sets
		t.Fatal(err)
	}
	var full error
	for i := range 5000 {
		id := fmt.Sprintf("%d-%0500d", i, i)
		if results[id] = use(t.Context(), s, id); results[id] != nil {
			full = results[id]
			break
		}
	}
	if !errors.Is(full, store.ErrUnavailable) {
		t.Fatalf("error = %v, want ErrUnavailable", full)
	}
	if _, err := s.Versions(t.Context()); err != nil {
		t.Errorf("reading: %v", err)
	}
	if _, err := s.Pragma(t.Context(), "max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	results["after"] = use(t.Context(), s, "after")
	if results["before"] != nil || results["after"] != nil {
		t.Errorf("before %v, after %v", results["before"], results["after"])
	}
	kept(t, s, path, results)
}

func TestAnIntentCannotGoOnAfterAnError(t *testing.T) {
	for _, how := range []string{"ABORT", "ROLLBACK"} {
		s := open(t, file(t))
		sabotage(t, s, how)
		err := s.Swallow(t.Context(), `INSERT INTO once VALUES ('test', 'bad', 1)`, `INSERT INTO once VALUES ('test', 'stray', 1)`)
		if err == nil {
			t.Errorf("%s: the swallowed error was acknowledged", how)
		}
		if n, err := s.Exec(t.Context(), `DELETE FROM once`); n != 0 || err != nil {
			t.Errorf("%s: %d rows outside of the intent, %v", how, n, err)
		}
	}
}

func TestAPanicIsOneIntentsError(t *testing.T) {
	var log bytes.Buffer
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: file(t), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Panic(t.Context(), `INSERT INTO once VALUES ('test', 'half', 1)`); err == nil {
		t.Error("no error")
	}
	if n, err := s.Exec(t.Context(), `DELETE FROM once`); n != 0 || err != nil {
		t.Errorf("%d rows are left, %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "on purpose") {
		t.Errorf("the log says nothing: %q", log.String())
	}
}

func TestConcurrentIntentsShareCommits(t *testing.T) {
	s := open(t, file(t))
	const callers, each = 64, 16
	before := s.Stats()
	var done sync.WaitGroup
	for caller := range callers {
		done.Go(func() {
			for i := range each {
				if err := use(t.Context(), s, fmt.Sprint(caller, "-", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	intents, commits := s.Stats().Intents-before.Intents, s.Stats().Commits-before.Commits
	if intents != callers*each || commits >= intents {
		t.Errorf("%d intents in %d commits", intents, commits)
	}
}

func TestACallerThatLeavesDisturbsNobody(t *testing.T) {
	path := file(t)
	s := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	release := s.Hold()
	left, stays := make(chan error), make(chan error)
	go func() { left <- use(ctx, s, "left") }()
	go func() { stays <- use(t.Context(), s, "stays") }()
	for s.Waiting() < 2 {
		time.Sleep(10 * time.Microsecond)
	}
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller that left got %v", err)
	}
	release()
	if err := <-stays; err != nil {
		t.Errorf("the caller that stayed got %v", err)
	}
	if err := use(ctx, s, "late"); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended got %v", err)
	}
	// What had not begun when its caller left never happens.
	kept(t, s, path, map[string]error{"left": context.Canceled, "stays": nil, "late": context.Canceled})
}

// A disk that does not answer is a database that cannot be reached: nobody waits for it
// until the connection breaks, and what they gave up does not happen later.
func TestAStalledWriterIsUnavailable(t *testing.T) {
	path := file(t)
	s := open(t, path)
	release := s.Hold()
	results := map[string]error{}
	if results["stalled"] = use(t.Context(), s, "stalled"); !errors.Is(results["stalled"], store.ErrUnavailable) {
		t.Errorf("error = %v, want ErrUnavailable", results["stalled"])
	}
	if _, err := s.Versions(t.Context()); err != nil {
		t.Errorf("reading: %v", err)
	}
	release()
	results["after"] = use(t.Context(), s, "after")
	if results["after"] != nil {
		t.Errorf("afterwards: %v", results["after"])
	}
	kept(t, s, path, results)
}

func TestCloseAnswersWhatWaits(t *testing.T) {
	path := file(t)
	s := open(t, path)
	release := s.Hold()
	const callers = 10
	answers := make(chan error, callers)
	for i := range callers {
		go func() { answers <- use(t.Context(), s, fmt.Sprint(i)) }()
	}
	for s.Waiting() < callers {
		time.Sleep(10 * time.Microsecond)
	}
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	release()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	results := map[string]error{}
	for i := range callers {
		results[fmt.Sprint(i)] = nil
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if err := use(t.Context(), s, "late"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := s.Versions(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("reading after Close: %v", err)
	}
	kept(t, s, path, results)
}

func TestClosingTwice(t *testing.T) {
	s := open(t, file(t))
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}

func TestAnIntentSeesThoseBeforeItInTheBatch(t *testing.T) {
	s := open(t, file(t))
	release := s.Hold()
	answers := make(chan error, 2)
	for range 2 {
		go func() { answers <- use(t.Context(), s, "same") }()
	}
	for s.Waiting() < 2 {
		time.Sleep(10 * time.Microsecond)
	}
	release()
	if a, b := <-answers, <-answers; (a == nil) == (b == nil) {
		t.Errorf("answers %v and %v, want one refusal", a, b)
	}
}
