package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// effort is how long and by how many something is measured.
type effort struct {
	callers int
	warm    time.Duration // before anything counts
	time    time.Duration
}

// figures are what one operation costs one server.
type figures struct {
	cpu, database, proxy time.Duration // for each operation
	perSecond            float64
	median, slow         time.Duration // of the latency; slow is the 99th percentile
	alone                time.Duration // the median with a single caller
	memory               int64         // the most that the server held
}

// measure lets many callers do an operation, after a single one did.
func measure(r *running, b *bed, e effort, prepare prepare) (figures, error) {
	lone, err := load(r, b, effort{callers: 1, warm: e.warm / 2, time: e.time / 3}, prepare)
	if err != nil {
		return figures{}, err
	}
	f, err := load(r, b, e, prepare)
	f.alone = lone.median
	return f, err
}

// crowd is callers that do the same side by side.
type crowd struct {
	counting, ended atomic.Bool
	done            atomic.Int64 // while counting
	mu              sync.Mutex
	latencies       []time.Duration
	err             error
}

func load(r *running, b *bed, e effort, prepare prepare) (figures, error) {
	var all crowd
	steps, err := ready(e.callers, prepare)
	if err != nil {
		return figures{}, err
	}
	var people sync.WaitGroup
	for _, once := range steps {
		people.Go(func() { all.repeat(once) })
	}
	time.Sleep(e.warm)
	before, begun := snapshot(r, b), time.Now()
	all.counting.Store(true)
	peak := watch(r, e.time, &all)
	all.counting.Store(false)
	after, elapsed := snapshot(r, b), time.Since(begun)
	all.ended.Store(true)
	people.Wait()
	if all.err != nil {
		return figures{}, all.err
	}
	return all.sum(before, after, elapsed, peak), nil
}

// ready prepares the callers one after the other, and lets each try once.
func ready(callers int, prepare prepare) ([]func() error, error) {
	var steps []func() error
	for number := range callers {
		once, err := prepare(newCaller(number))
		if err == nil {
			err = once()
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, once)
	}
	return steps, nil
}

// repeat is one caller. What it did counts if it was done while counting.
func (a *crowd) repeat(once func() error) {
	var latencies []time.Duration
	for !a.ended.Load() {
		begun := time.Now()
		err := once()
		took := time.Since(begun)
		if err != nil {
			a.fail(err)
			return
		}
		if a.counting.Load() {
			latencies = append(latencies, took)
			a.done.Add(1)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.latencies = append(a.latencies, latencies...)
}

func (a *crowd) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
	a.ended.Store(true)
}

// watch waits for d, and until something is done, and returns the most memory that the
// server held meanwhile.
func watch(r *running, d time.Duration, all *crowd) (peak int64) {
	for end := time.Now().Add(d); !all.ended.Load() && (time.Now().Before(end) || all.done.Load() == 0); {
		time.Sleep(min(200*time.Millisecond, max(time.Millisecond, time.Until(end))))
		peak = max(peak, used(r.server...).rss)
	}
	return peak
}

// moment is the CPU that everybody had used.
type moment struct{ server, database, proxy time.Duration }

func snapshot(r *running, b *bed) moment {
	m := moment{server: used(r.server...).cpu, proxy: used(r.proxy...).cpu}
	if r.stored {
		m.database = used(b.postgres.pid()).cpu
	}
	return m
}

func (a *crowd) sum(before, after moment, elapsed time.Duration, peak int64) figures {
	n := len(a.latencies)
	slices.Sort(a.latencies)
	each := func(d time.Duration) time.Duration { return d / time.Duration(n) }
	return figures{
		cpu: each(after.server - before.server), database: each(after.database - before.database), proxy: each(after.proxy - before.proxy),
		perSecond: float64(n) / elapsed.Seconds(),
		median:    percentile(a.latencies, 50), slow: percentile(a.latencies, 99), memory: peak,
	}
}

// percentile of what is sorted: the smallest value that p percent do not exceed.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}
