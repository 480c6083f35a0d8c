// Package metrics counts what happens, for Prometheus.
//
// No label has a value that a stranger chooses: routes are the patterns of the
// router, outcomes are the reasons that attempts know, and whatever else comes is
// "other". Clients, users and MCP servers are in the attempts and the audit log,
// not here.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Metrics are those of one server. Its methods are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	steps      *prometheus.CounterVec
	stateOnly  prometheus.Counter
	burned     prometheus.Counter
	tokens     *prometheus.CounterVec
	turnedAway *prometheus.CounterVec
	requests   *prometheus.CounterVec
	durations  *prometheus.HistogramVec
}

// New makes metrics that are all zero.
func New() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "symbolon", Name: name, Help: help}, labels)
	}
	single := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "symbolon", Name: name, Help: help})
	}
	m := &Metrics{
		registry:   prometheus.NewRegistry(),
		steps:      counter("login_steps_total", "Steps of logins: ok, or the reason of the refusal.", "step", "outcome"),
		stateOnly:  single("state_only_callbacks_total", "Logins that came back without login_verifier, on connections that accept it."),
		burned:     single("burned_logins_total", "State-only logins that were ended because they came back in another browser."),
		tokens:     counter("token_requests_total", "Requests for tokens: issued, repeated (within the grace), or the reason of the refusal.", "grant_type", "outcome"),
		turnedAway: counter("turned_away_total", "Requests refused unread, because of limits.", "caller", "reason"),
		requests:   counter("http_requests_total", "Answered requests.", "route", "method", "status"),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "symbolon", Name: "http_request_duration_seconds", Help: "Time to answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
	}
	// An alert on the first of these must see it rise from zero.
	m.tokens.WithLabelValues("refresh_token", "refresh_token_ahead")
	m.tokens.WithLabelValues("refresh_token", "refresh_token_replayed")
	m.tokens.WithLabelValues("authorization_code", "code_replayed")
	m.registry.MustRegister(m.steps, m.stateOnly, m.burned, m.tokens, m.turnedAway, m.requests, m.durations,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
	return m
}

// Handler shows them in the formats of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Step counts an event of a login attempt.
func (m *Metrics) Step(e store.Event) {
	m.steps.WithLabelValues(e.Step, outcome(e.OK, e.Reason)).Inc()
	if e.Step == attempt.StepCallback && e.OK && e.Notes["proof"] == "state only" {
		m.stateOnly.Inc()
	}
}

// Token counts a request for a token. The outcome is a reason, or a word of the
// token endpoint's own.
func (m *Metrics) Token(grantType, outcome string) {
	switch grantType {
	case "authorization_code", "refresh_token", "client_credentials":
	default:
		grantType = httpx.Other
	}
	if outcome != "issued" && outcome != "repeated" {
		outcome = reason(outcome)
	}
	m.tokens.WithLabelValues(grantType, outcome).Inc()
}

// TurnedAway counts a request that was refused unread. Both labels are constants
// of the caller.
func (m *Metrics) TurnedAway(caller, reason string) {
	m.turnedAway.WithLabelValues(caller, reason).Inc()
}

func outcome(ok bool, why string) string {
	if ok {
		return "ok"
	}
	return reason(why)
}

func reason(code string) string {
	if _, known := attempt.Lookup(code); !known {
		return httpx.Other
	}
	return code
}
