package limit_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/limit"
)

var start = time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)

func class(perSource, global limit.Rate) *limit.Class {
	return limit.New(limit.Options{PerSource: perSource, Global: global, InFlight: 2, Sources: 100})
}

// admitted is how many of n requests at one moment may go on.
func admitted(c *limit.Class, source string, n int, now time.Time) (ok int) {
	for range n {
		if c.Admit(source, now) == 0 {
			ok++
		}
	}
	return ok
}

func TestASourceBeyondItsShareGetsWhatIsSpare(t *testing.T) {
	c := class(limit.Rate{PerSecond: 1, Burst: 10}, limit.Rate{PerSecond: 10, Burst: 100})
	// 10 as its share; then from the upper half of what the class has: 90 to 50.
	if got := admitted(c, "flood", 1000, start); got != 50 {
		t.Errorf("the flood got %d, want 50", got)
	}
	if got := admitted(c, "honest", 10, start); got != 10 {
		t.Errorf("a source within its share got %d of 10", got)
	}
}

func TestTheGlobalCeilingHoldsForMany(t *testing.T) {
	c := class(limit.Rate{PerSecond: 1, Burst: 10}, limit.Rate{PerSecond: 10, Burst: 100})
	total := 0
	for i := range 1000 {
		total += admitted(c, fmt.Sprint(i), 5, start)
	}
	if total != 100 {
		t.Errorf("%d were admitted, want 100", total)
	}
	if got := admitted(c, "late", 50, start.Add(time.Second)); got != 10 {
		t.Errorf("a second later %d were admitted, want the 10 new ones", got)
	}
}

func TestWaitIsWhenTheSourceIsServed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		global limit.Rate
	}{
		{"its share comes back first", limit.Rate{PerSecond: 1, Burst: 1000}},
		{"the class has spare tokens first", limit.Rate{PerSecond: 100, Burst: 1000}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := class(limit.Rate{PerSecond: 1, Burst: 10}, tt.global)
			admitted(c, "flood", 2000, start)
			wait := c.Admit("flood", start)
			if wait <= 0 || wait > time.Second {
				t.Fatalf("wait = %v", wait)
			}
			if again := c.Admit("flood", start.Add(wait+time.Microsecond)); again != 0 {
				t.Errorf("after waiting %v it was told to wait %v", wait, again)
			}
		})
	}
}

func TestTheTableIsBounded(t *testing.T) {
	c := class(limit.Rate{PerSecond: 1, Burst: 2}, limit.Rate{PerSecond: 1, Burst: 1_000_000})
	for i := range 10_000 {
		c.Admit(fmt.Sprint(i), start)
		c.Admit("busy", start) // asked for all the time: never the one to go
	}
	if c.Size() != 100 {
		t.Errorf("%d sources are remembered, want 100", c.Size())
	}
}

func TestTheSourceAskedForLastStays(t *testing.T) {
	c := class(limit.Rate{PerSecond: 1, Burst: 1}, limit.Rate{PerSecond: 1, Burst: 1})
	c.Admit("a", start) // takes the one token that the class has
	later := start.Add(time.Second)
	for i := range 99 {
		c.Admit(fmt.Sprint(i), start)
	}
	c.Admit("a", start)
	c.Admit("new", start) // "0" goes, not "a"
	if c.Admit("a", start) == 0 {
		t.Error("a has a full bucket again: it was forgotten")
	}
	if c.Admit("a", later) != 0 {
		t.Error("a is refused a second later")
	}
}

func TestInFlight(t *testing.T) {
	c := class(limit.Rate{PerSecond: 1, Burst: 1}, limit.Rate{PerSecond: 1, Burst: 1})
	for i, want := range []bool{true, true, false} {
		if got := c.Enter(); got != want {
			t.Errorf("request %d is let in: %v", i+1, got)
		}
	}
	c.Leave()
	for i, want := range []bool{true, false} {
		if got := c.Enter(); got != want {
			t.Errorf("after one left, request %d is let in: %v", i+1, got)
		}
	}
	if c.InFlight() != 2 {
		t.Errorf("%d are in flight", c.InFlight())
	}
}

func TestFailuresArePairs(t *testing.T) {
	f := limit.NewFailures(limit.Rate{PerSecond: 1, Burst: 3})
	for range 100 {
		f.Failed("198.51.100.7", "cli_a", start)
	}
	wait := f.Wait("198.51.100.7", "cli_a", start)
	if wait <= 0 || wait > time.Second {
		t.Errorf("wait = %v", wait)
	}
	for _, other := range [][2]string{{"198.51.100.8", "cli_a"}, {"198.51.100.7", "cli_b"}} {
		if f.Wait(other[0], other[1], start) != 0 {
			t.Errorf("%v must wait", other)
		}
	}
	if f.Wait("198.51.100.7", "cli_a", start.Add(wait)) != 0 {
		t.Error("it must wait longer than it was told")
	}
	if f.Failed("x", "y", start); f.Wait("x", "y", start) != 0 {
		t.Error("one failure is too many")
	}
}

func TestConcurrentRequests(t *testing.T) {
	c := limit.New(limit.Options{PerSource: limit.Rate{PerSecond: 1, Burst: 1000}, Global: limit.Rate{PerSecond: 1, Burst: 500}, InFlight: 10})
	var done sync.WaitGroup
	counts := make([]int, 8)
	for i := range counts {
		done.Go(func() { counts[i] = admitted(c, fmt.Sprint(i%3), 200, start) })
	}
	done.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	if total != 500 {
		t.Errorf("%d were admitted, want 500", total)
	}
}
