package attempt

// Joining the half in the database with the half in memory.

import (
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Merge joins what is stored of an attempt with what is in memory; either may be
// nil. An event that both have, which is the same time, step, reason and result,
// appears once, as stored. Events are in the order of their time. What is stored
// is believed first; memory fills in what it lacks.
func Merge(stored, ring *store.Attempt) store.Attempt {
	var merged store.Attempt
	seen := map[eventKey]bool{}
	for _, half := range []*store.Attempt{stored, ring} {
		if half == nil {
			continue
		}
		join(&merged, half)
		for _, ev := range half.Events {
			if key := keyOf(ev); !seen[key] {
				seen[key] = true
				merged.Events = append(merged.Events, ev)
			}
		}
	}
	slices.SortStableFunc(merged.Events, func(a, b store.Event) int { return a.At.Compare(b.At) })
	return merged
}

// join fills the summary of merged from half, and widens its times.
func join(merged, half *store.Attempt) {
	known := merged.AttemptSummary
	merged.AttemptSummary = half.AttemptSummary
	fill(&merged.AttemptSummary, known)
	merged.StartedAt = earlier(known.StartedAt, half.StartedAt)
	if half.UpdatedAt.After(merged.UpdatedAt) {
		merged.UpdatedAt = half.UpdatedAt
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// eventKey is what makes two events the same; storage keeps milliseconds.
type eventKey struct {
	at           int64
	step, reason string
	ok           bool
}

func keyOf(ev store.Event) eventKey {
	return eventKey{ev.At.UnixMilli(), ev.Step, ev.Reason, ev.OK}
}
