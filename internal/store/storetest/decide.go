package storetest

import (
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

func (f *fixture) decide(d store.Decide, want store.DecideOutcome) {
	f.t.Helper()
	equal(f, "Decide", must[store.DecideOutcome](f)(f.s.Decide(f.ctx, d)), want)
}

// undecided checks that a refusal has left the login and the tables alone.
func (f *fixture) undecided(d store.Decide) {
	f.t.Helper()
	equal(f, "decision", must[store.Login](f)(f.s.Login(f.ctx, d.Login)).Decision, "")
	if d.Grant != nil {
		_, err := f.s.Grant(f.ctx, d.Grant.ID)
		f.isError(err, store.ErrNotFound)
	}
	equal(f, "audit", f.audited(), []string{})
}

var decideTests = []test{
	{"allow writes the grant of the posted user", func(f *fixture) {
		l := f.login()
		d := f.allowing(l)
		d.Grant.Sub, d.Grant.Claims = "mallory", store.User{Sub: "mallory"}
		d.Grant.Connection, d.Grant.Attempt = "conn_mallory", "req_mallory"
		f.decide(d, store.Decided)
		want := *d.Grant
		want.Sub, want.Claims, want.Connection, want.Attempt = "alice", l.User, connection, l.Attempt
		want.CreatedAt = f.now
		equal(f, "grant", f.grant(d.Grant.ID), want)
	}},
	{"allow consumes the login and erases the user", func(f *fixture) {
		d := f.allow()
		l := must[store.Login](f)(f.s.Login(f.ctx, d.Login))
		equal(f, "decision", l.Decision, store.DecisionAllow)
		equal(f, "decided at", l.DecidedAt, f.now)
		equal(f, "grant", l.GrantID, d.Grant.ID)
		equal(f, "user", l.User, store.User{})
		equal(f, "digest", l.SubDigest, store.SubDigest(l.ID, "alice"))
	}},
	{"allow completes the attempt and is audited", func(f *fixture) {
		d := f.allow()
		a := must[store.Attempt](f)(f.s.Attempt(f.ctx, f.grant(d.Grant.ID).Attempt))
		equal(f, "client", a.ClientID, client)
		equal(f, "server", a.MCPServer, server)
		equal(f, "updated", a.UpdatedAt, f.now.Add(time.Second))
		equal(f, "steps", f.steps(a.ID), []string{"authorize", "user_details", "decision"})
		equal(f, "audit", f.audited(), []string{"grant.created"})
	}},
	{"deny writes no grant", func(f *fixture) {
		l := f.login()
		d := store.Decide{Login: l.ID, Connection: connection, Now: f.now, Decision: store.DecisionDeny}
		f.decide(d, store.Decided)
		got := must[store.Login](f)(f.s.Login(f.ctx, l.ID))
		equal(f, "decision", got.Decision, store.DecisionDeny)
		equal(f, "user", got.User, store.User{})
		equal(f, "grants", len(must[[]store.Grant](f)(f.s.ListGrants(f.ctx, store.GrantFilter{}))), 0)
	}},
	{"once", func(f *fixture) {
		l := f.login()
		first, second := f.allowing(l), f.allowing(l)
		f.decide(store.Decide{Login: l.ID, Connection: connection, Now: f.now, Decision: store.DecisionSwitch}, store.Decided)
		f.decide(first, store.AlreadyDecided)
		second.Now = f.now.Add(time.Hour)
		f.decide(second, store.AlreadyDecided)
		equal(f, "grants", len(must[[]store.Grant](f)(f.s.ListGrants(f.ctx, store.GrantFilter{}))), 0)
	}},
	{"until DecideBy, exclusively", func(f *fixture) {
		d := f.allowing(f.login())
		d.Now = f.now.Add(10 * time.Minute)
		f.decide(d, store.DecisionRefused)
		f.undecided(d)
		d.Now = d.Now.Add(-time.Millisecond)
		f.decide(d, store.Decided)
	}},
	{"not with state alone if a verifier was declared", func(f *fixture) {
		d := f.allowing(f.login(func(p *store.PutLogin) { p.Login.Declared = true }))
		d.StateOnly = true
		f.decide(d, store.DecisionRefused)
		f.undecided(d)
	}},
	{"with state alone if none was", func(f *fixture) {
		d := f.allowing(f.login())
		d.StateOnly = true
		f.decide(d, store.Decided)
	}},
	{"not for another connection", func(f *fixture) {
		d := f.allowing(f.login())
		d.Connection = "conn_other"
		f.decide(d, store.DecisionRefused)
		f.undecided(d)
	}},
	{"not for an unknown login", func(f *fixture) {
		d := f.allowing(store.Login{ID: store.LoginID{1}})
		f.decide(d, store.DecisionRefused)
	}},
	{"a failed login cannot be allowed, only passed on", func(f *fixture) {
		l := f.login(func(p *store.PutLogin) { p.Login.Failed, p.Login.User = true, store.User{} })
		d := f.allowing(l)
		f.decide(d, store.DecisionRefused)
		f.undecided(d)
		f.decide(store.Decide{Login: l.ID, Connection: connection, Now: f.now, Decision: store.DecisionFailed}, store.Decided)
	}},
	{"a login that did not fail cannot be passed on as failed", func(f *fixture) {
		l := f.login()
		f.decide(store.Decide{Login: l.ID, Connection: connection, Now: f.now, Decision: store.DecisionFailed}, store.DecisionRefused)
	}},
	{"allow takes a grant and a code", func(f *fixture) {
		l := f.login()
		d := store.Decide{Login: l.ID, Connection: connection, Now: f.now, Decision: store.DecisionAllow}
		if _, err := f.s.Decide(f.ctx, d); err == nil {
			f.t.Fatal("no error")
		}
		f.undecided(d)
	}},
	{"whole or not at all", func(f *fixture) {
		taken := f.allow()
		d := f.allowing(f.login())
		d.Code.ID = taken.Code.ID // cannot be inserted
		if _, err := f.s.Decide(f.ctx, d); err == nil {
			f.t.Fatal("no error for a code that exists")
		}
		equal(f, "decision", must[store.Login](f)(f.s.Login(f.ctx, d.Login)).Decision, "")
		_, err := f.s.Grant(f.ctx, d.Grant.ID)
		f.isError(err, store.ErrNotFound)
	}},
}
