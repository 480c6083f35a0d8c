package limit

import (
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Rate is a bucket of Burst tokens that gets PerSecond new ones every second.
type Rate struct{ PerSecond, Burst int }

func (r Rate) bucket() *rate.Limiter { return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst) }

// Options of a Class. Everything but Sources must be set.
type Options struct {
	PerSource Rate // the share of one source
	Global    Rate // of all sources together
	InFlight  int  // requests at the same time
	Sources   int  // that are remembered; 0 = 4096, about a megabyte
}

const defaultSources = 4096

// A Class is one kind of caller with limits of its own. It is safe for concurrent
// use.
type Class struct {
	shares   *table
	global   *rate.Limiter
	inFlight atomic.Int64
	ceiling  int64
}

// New makes a Class.
func New(o Options) *Class {
	if o.Sources <= 0 {
		o.Sources = defaultSources
	}
	return &Class{shares: newTable(o.PerSource, o.Sources), global: o.Global.bucket(), ceiling: int64(o.InFlight)}
}

// Admit takes a request of source into account. It returns 0 if the request may
// go on, otherwise how long the source should wait. now should have its monotonic
// reading: by a wall clock that is set back, buckets stay empty until it has
// caught up.
func (c *Class) Admit(source string, now time.Time) (wait time.Duration) {
	share := c.shares.get(source)
	if share.AllowN(now, 1) {
		if c.global.AllowN(now, 1) {
			return 0
		}
		return atLeast(until(c.global, 1, now))
	}
	reserve := float64(c.global.Burst())/2 + 1
	spare := until(c.global, reserve, now)
	if spare == 0 && c.global.AllowN(now, 1) {
		return 0
	}
	return atLeast(min(spare, until(share, 1, now)))
}

// atLeast tells a refusal from an admission: a bucket may have got its token
// between the two looks at it.
func atLeast(wait time.Duration) time.Duration { return max(wait, time.Millisecond) }

// Enter reports whether one more request may be under way. If so, the caller
// calls Leave at its end.
func (c *Class) Enter() bool {
	if c.inFlight.Add(1) <= c.ceiling {
		return true
	}
	c.inFlight.Add(-1)
	return false
}

// Leave ends what Enter began.
func (c *Class) Leave() { c.inFlight.Add(-1) }

// InFlight is how many requests are under way.
func (c *Class) InFlight() int { return int(c.inFlight.Load()) }
