package storetest

import (
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

var instanceTests = []test{
	{"the first identity stays", func(f *fixture) {
		first := store.Identity{Epoch: "e1", BaseURL: "https://auth.example", KeyCheck: "k1"}
		equal(f, "first", must[store.Identity](f)(f.s.Init(f.ctx, first, f.now)), first)
		other := store.Identity{Epoch: "e2", BaseURL: "https://other.example", KeyCheck: "k2"}
		equal(f, "second", must[store.Identity](f)(f.s.Init(f.ctx, other, f.now)), first)
	}},
	{"versions start at zero", func(f *fixture) {
		versions := must[store.Versions](f)(f.s.Versions(f.ctx))
		versions.Clock = time.Time{}
		equal(f, "versions", versions, store.Versions{})
	}},
}

var putLoginTests = []test{
	{"reads back", func(f *fixture) {
		posted := f.login(func(p *store.PutLogin) { p.Login.Declared = true })
		posted.SubDigest = store.SubDigest(posted.ID, "alice")
		equal(f, "login", must[store.Login](f)(f.s.Login(f.ctx, posted.ID)), posted)
	}},
	{"unknown", func(f *fixture) {
		_, err := f.s.Login(f.ctx, store.LoginID{1})
		f.isError(err, store.ErrNotFound)
	}},
	{"same sub again: first content stays", func(f *fixture) {
		p := f.posted()
		f.put(p, store.LoginRecorded)
		before := must[store.Login](f)(f.s.Login(f.ctx, p.Login.ID))
		again := p
		again.Login.User.Email = "new@acme.example"
		again.Login.DecideBy = f.now.Add(time.Hour)
		f.put(again, store.LoginKnown)
		equal(f, "login", must[store.Login](f)(f.s.Login(f.ctx, p.Login.ID)), before)
	}},
	{"another sub conflicts and changes nothing", func(f *fixture) {
		p := f.posted()
		f.put(p, store.LoginRecorded)
		other := p
		other.Login.User = store.User{Sub: "bob"}
		other.Attempt.Sub = "bob"
		other.Events = []store.Event{{At: f.now.Add(time.Second), Step: "user_details", Reason: "other_user"}}
		f.put(other, store.LoginConflict)
		equal(f, "sub", must[store.Login](f)(f.s.Login(f.ctx, p.Login.ID)).User.Sub, "alice")
		a := must[store.Attempt](f)(f.s.Attempt(f.ctx, p.Login.Attempt))
		equal(f, "attempt's sub", a.Sub, "alice")
		equal(f, "the refusal is in the attempt", a.Events[len(a.Events)-1].Reason, "other_user")
	}},
	{"another connection conflicts", func(f *fixture) {
		p := f.posted()
		f.put(p, store.LoginRecorded)
		p.Login.Connection = "conn_other"
		f.put(p, store.LoginConflict)
	}},
	{"login_failed is not a user", func(f *fixture) {
		p := f.posted()
		p.Login.Failed, p.Login.User = true, store.User{}
		f.put(p, store.LoginRecorded)
		f.put(p, store.LoginKnown)
		p.Login.Failed, p.Login.User.Sub = false, "alice"
		f.put(p, store.LoginConflict)
	}},
	{"same sub after the decision is still known", func(f *fixture) {
		p := f.posted()
		f.put(p, store.LoginRecorded)
		equal(f, "Decide", must[store.DecideOutcome](f)(f.s.Decide(f.ctx, f.allowing(p.Login))), store.Decided)
		f.put(p, store.LoginKnown)
		equal(f, "details stay erased", must[store.Login](f)(f.s.Login(f.ctx, p.Login.ID)).User, store.User{})
		p.Login.User.Sub = "bob"
		f.put(p, store.LoginConflict)
	}},
	{"burned conflicts", func(f *fixture) {
		p := f.posted()
		f.put(p, store.LoginRecorded)
		equal(f, "Burn", must[bool](f)(f.s.Burn(f.ctx, store.Burn{Login: p.Login.ID, Now: f.now})), true)
		f.put(p, store.LoginConflict)
	}},
	{"events are written once", func(f *fixture) {
		p := f.posted()
		f.put(p, store.LoginRecorded)
		f.put(p, store.LoginKnown)
		equal(f, "steps", f.steps(p.Login.Attempt), []string{"authorize", "user_details"})
	}},
}

func (f *fixture) put(p store.PutLogin, want store.PutLoginOutcome) {
	f.t.Helper()
	equal(f, "PutLogin", must[store.PutLoginOutcome](f)(f.s.PutLogin(f.ctx, p)), want)
}

var burnTests = []test{
	{"unknown", func(f *fixture) {
		equal(f, "Burn", must[bool](f)(f.s.Burn(f.ctx, store.Burn{Login: store.LoginID{1}, Now: f.now})), false)
	}},
	{"before the decision", func(f *fixture) {
		l := f.login()
		b := store.Burn{
			Login: l.ID, Now: f.now,
			Events: []store.Event{{At: f.now.Add(time.Second), Step: "callback", Reason: "burned"}},
			Audit:  []store.AuditEntry{{At: f.now, Action: "login.burned"}},
		}
		equal(f, "Burn", must[bool](f)(f.s.Burn(f.ctx, b)), true)
		equal(f, "Burn again", must[bool](f)(f.s.Burn(f.ctx, b)), false)
		got := must[store.Login](f)(f.s.Login(f.ctx, l.ID))
		equal(f, "burned", got.BurnedAt, f.now)
		equal(f, "details", got.User, store.User{})
		equal(f, "steps", f.steps(l.Attempt), []string{"authorize", "user_details", "callback"})
		equal(f, "audit", f.audited(), []string{"login.burned"})
		f.decide(f.allowing(l), store.DecisionRefused)
	}},
	{"ends what grew from the login", func(f *fixture) {
		d := f.allow()
		equal(f, "Burn", must[bool](f)(f.s.Burn(f.ctx, store.Burn{Login: d.Login, Now: f.now})), true)
		f.live(d.Grant.ID, false)
		f.redeem(f.redeeming(d), store.OutcomeEnded)
	}},
	{"not a login that declared a verifier", func(f *fixture) {
		l := f.login(func(p *store.PutLogin) { p.Login.Declared = true })
		equal(f, "Burn", must[bool](f)(f.s.Burn(f.ctx, store.Burn{Login: l.ID, Now: f.now})), false)
		f.decide(f.allowing(l), store.Decided)
	}},
}
