package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Key is a signing key as far as its age matters.
type Key struct {
	Alg, State string
	Since      time.Time // when it got into this state
	RotatesAt  time.Time // when the next one is to take its place; zero if no schedule says so
}

// Watched is what is looked up when the metrics are asked for.
type Watched struct {
	// CatalogAge is how long ago the configuration was confirmed; false if never.
	CatalogAge func() (time.Duration, bool)
	// Keys are the signing keys that are active or stand by.
	Keys func() []Key
	// CertificateEnds is when the server's own certificate expires; false if it has none.
	CertificateEnds func() (time.Time, bool)
	// InFlight is how many requests of each kind of caller are under way.
	InFlight map[string]func() int
	// Store returns what the store has done since the start; nil if it does not count.
	Store func() (intents, commits uint64)
	Now   func() time.Time
}

// Watch adds what w tells. It is called once.
func (m *Metrics) Watch(w Watched) { m.registry.MustRegister(watcher{w}) }

var (
	catalogAge = desc("catalog_age_seconds", "Time since the configuration was last confirmed by the database; over 1, logins are refused.")
	keyAge     = desc("signing_key_age_seconds", "Time since a signing key became active, or was published as the next one.", "alg", "state")
	keyDue     = desc("signing_key_rotation_due_seconds", "When the next signing key is to sign, in seconds since 1970; in the past if that failed.", "alg")
	certEnds   = desc("certificate_not_after_seconds", "When the server's own certificate expires, in seconds since 1970.")
	inFlight   = desc("requests_in_flight", "Requests under way.", "caller")
	intents    = desc("store_intents_total", "What was asked to be written (SQLite).")
	commits    = desc("store_commits_total", "Transactions; fewer than intents when several share one (SQLite).")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("symbolon_"+name, help, labels, nil)
}

type watcher struct{ Watched }

// Describe implements prometheus.Collector.
func (w watcher) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{catalogAge, keyAge, keyDue, certEnds, inFlight, intents, commits} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (w watcher) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if age, ok := w.CatalogAge(); ok {
		gauge(catalogAge, age.Seconds())
	}
	for _, k := range w.Keys() {
		gauge(keyAge, w.Now().Sub(k.Since).Seconds(), k.Alg, k.State)
		if !k.RotatesAt.IsZero() {
			gauge(keyDue, float64(k.RotatesAt.Unix()), k.Alg)
		}
	}
	if at, ok := w.CertificateEnds(); ok {
		gauge(certEnds, float64(at.Unix()))
	}
	for caller, count := range w.InFlight {
		gauge(inFlight, float64(count()), caller)
	}
	if w.Store == nil {
		return
	}
	i, c := w.Store()
	to <- prometheus.MustNewConstMetric(intents, prometheus.CounterValue, float64(i))
	to <- prometheus.MustNewConstMetric(commits, prometheus.CounterValue, float64(c))
}

// Store is s, with the logins counted that are burned.
func (m *Metrics) Store(s store.Store) store.Store { return countedStore{s, m.burned} }

type countedStore struct {
	store.Store
	burned prometheus.Counter
}

// Burn implements store.Logins.
func (s countedStore) Burn(ctx context.Context, b store.Burn) (bool, error) {
	burned, err := s.Store.Burn(ctx, b)
	if burned {
		s.burned.Inc()
	}
	return burned, err
}
