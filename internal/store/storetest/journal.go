package storetest

import (
	"fmt"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

var journalTests = []test{
	{"an attempt reads back", func(f *fixture) {
		p := f.posted()
		f.put(p, store.LoginRecorded)
		a := must[store.Attempt](f)(f.s.Attempt(f.ctx, p.Login.Attempt))
		p.Attempt.ID = p.Login.Attempt
		equal(f, "attempt", a, store.Attempt{AttemptSummary: p.Attempt, UpdatedAt: f.now, Events: p.Events})
	}},
	{"unknown", func(f *fixture) {
		_, err := f.s.Attempt(f.ctx, "req_unknown")
		f.isError(err, store.ErrNotFound)
	}},
	{"appending creates nothing", func(f *fixture) {
		err := f.s.AppendAttempt(f.ctx, "req_unknown", []store.Event{{At: f.now, Step: "callback"}})
		f.isError(err, store.ErrNotFound)
		equal(f, "attempts", len(f.attempts(store.AttemptFilter{})), 0)
	}},
	{"events are in order of their time", func(f *fixture) {
		l := f.login()
		f.ok(f.s.AppendAttempt(f.ctx, l.Attempt, []store.Event{
			{At: f.now.Add(time.Minute), Step: "late", OK: true},
			{At: f.now.Add(-time.Minute), Step: "early", OK: true},
			{At: f.now, Step: "same moment, later", OK: true},
		}))
		equal(f, "steps", f.steps(l.Attempt), []string{"early", "authorize", "user_details", "same moment, later", "late"})
		equal(f, "updated", must[store.Attempt](f)(f.s.Attempt(f.ctx, l.Attempt)).UpdatedAt, f.now.Add(time.Minute))
	}},
	{"appending ends at the limit, an intent's own events do not", func(f *fixture) {
		l := f.login()
		for i := range store.MaxAttemptEvents + 5 {
			f.ok(f.s.AppendAttempt(f.ctx, l.Attempt, []store.Event{{At: f.now, Step: fmt.Sprint("callback", i)}}))
		}
		equal(f, "events", len(f.steps(l.Attempt)), store.MaxAttemptEvents)
		f.decide(f.allowing(l), store.Decided)
		equal(f, "events", len(f.steps(l.Attempt)), store.MaxAttemptEvents+1)
	}},
	{"attempts by page, newest first", func(f *fixture) {
		var want []string
		for range 5 {
			f.now = f.now.Add(time.Second)
			want = append([]string{f.login().Attempt}, want...)
		}
		var got []string
		for page := f.attempts(store.AttemptFilter{Limit: 2}); len(page) > 0; {
			for _, a := range page {
				equal(f, "events", len(a.Events), 2)
				got = append(got, a.ID)
			}
			page = f.attempts(store.AttemptFilter{Limit: 2, Before: got[len(got)-1]})
		}
		equal(f, "attempts", got, want)
	}},
	{"attempts since", func(f *fixture) {
		f.login()
		f.now = f.now.Add(time.Minute)
		late := f.login()
		got := f.attempts(store.AttemptFilter{Since: f.now})
		equal(f, "number", len(got), 1)
		equal(f, "attempt", got[0].ID, late.Attempt)
	}},
}

func (f *fixture) attempts(filter store.AttemptFilter) []store.Attempt {
	f.t.Helper()
	return must[[]store.Attempt](f)(f.s.ListAttempts(f.ctx, filter))
}

const (
	retention = 90 * 24 * time.Hour
	auditKept = 400 * 24 * time.Hour
)

var sweepTests = []test{
	{"keeps what is young", func(f *fixture) {
		f.family()
		f.once(store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}, true)
		f.sweep(store.Swept{})
	}},
	{"logins and codes after a day, assertions at their end", func(f *fixture) {
		r, g := f.family()
		f.once(store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}, true)
		f.now = f.now.Add(24*time.Hour + time.Minute + time.Millisecond)
		f.sweep(store.Swept{Logins: 1, Codes: 1, Once: 1})
		f.sweep(store.Swept{})
		f.redeem(r, store.OutcomeUnknown)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		equal(f, "events", len(f.steps(g.Attempt)), 4)
	}},
	{"attempts and revoked grants after the retention", func(f *fixture) {
		r, g := f.family()
		f.now = f.now.Add(time.Hour)
		f.revoke(store.Revoke{GrantID: g.ID, Reason: "test", Now: f.now})
		f.now = f.now.Add(retention)
		f.sweep(store.Swept{Logins: 1, Codes: 1, Attempts: 1, Revocations: 1})
		f.now = f.now.Add(time.Millisecond)
		f.sweep(store.Swept{Grants: 1})
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeUnknown)
		_, err := f.s.Attempt(f.ctx, g.Attempt)
		f.isError(err, store.ErrNotFound)
	}},
	{"expired grants after the retention, with an unsent code", func(f *fixture) {
		d := f.allow(func(d *store.Decide) { d.Code.ExpiresAt = f.now.Add(10 * retention) })
		f.now = d.Grant.ExpiresAt.Add(retention)
		f.sweep(store.Swept{Logins: 1, Attempts: 1})
		f.now = f.now.Add(time.Millisecond)
		f.sweep(store.Swept{Grants: 1})
		f.redeem(f.redeeming(d), store.OutcomeUnknown)
	}},
	{"more than one batch", func(f *fixture) {
		const many = 700
		for i := range many {
			f.once(store.Once{Namespace: "jti", ID: fmt.Sprint(i), Exp: f.now.Add(time.Minute)}, true)
		}
		f.now = f.now.Add(time.Minute)
		f.sweep(store.Swept{Once: many})
	}},
}

func (f *fixture) sweep(want store.Swept) {
	f.t.Helper()
	equal(f, "swept", must[store.Swept](f)(f.s.Sweep(f.ctx, f.now, store.Keep{Ended: retention, Audit: auditKept})), want)
}
