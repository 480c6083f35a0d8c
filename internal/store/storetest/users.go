package storetest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// update says something of a user of the fixture's connection.
func (f *fixture) update(u store.UpdateUser) store.UserUpdated {
	f.t.Helper()
	if u.Connection == "" {
		u.Connection = connection
	}
	u.Now = f.now
	return must[store.UserUpdated](f)(f.s.UpdateUser(f.ctx, u))
}

// disable disables alice, or enables her.
func (f *fixture) disable(on bool) {
	f.t.Helper()
	equal(f, "disabled", f.update(store.UpdateUser{Sub: "alice", Disabled: &on}).Disabled, on)
	equal(f, "UserDisabled", must[bool](f)(f.s.UserDisabled(f.ctx, connection, "alice")), on)
}

func (f *fixture) record(sub string) store.UserRecord {
	f.t.Helper()
	return must[store.UserRecord](f)(f.s.UserRecord(f.ctx, connection, sub))
}

func (f *fixture) erase(sub string) store.UserErased {
	f.t.Helper()
	return must[store.UserErased](f)(f.s.EraseUser(f.ctx, store.EraseUser{
		Connection: connection, Sub: sub, Pseudonym: "erased:1", Reason: "user_erased", Now: f.now,
		Audit: []store.AuditEntry{{At: f.now, Action: "user.erased", Object: store.UserObject(connection, "erased:1")}},
	}))
}

func (f *fixture) bob() store.Grant {
	f.t.Helper()
	d := f.allowing(f.login(func(p *store.PutLogin) {
		p.Login.User = store.User{Sub: "bob", Email: "bob@acme.example"}
		p.Attempt.Sub = "bob"
	}))
	f.decide(d, store.Decided)
	return f.grant(d.Grant.ID)
}

var userTests = []test{
	{"an update reaches live grants, and the next rotation says it", func(f *fixture) {
		r, g := f.family()
		bob := f.bob()
		_, ended := f.family()
		f.revoke(store.Revoke{GrantID: ended.ID, Reason: "test", Now: f.now})
		got := f.update(store.UpdateUser{Sub: "alice", Change: store.UserChange{
			Email: new("a@acme.example"), Name: new("Alice"), OrganizationID: new("org_1"), OrganizationName: new("One"),
			Roles: new([]string{"viewer"}), Groups: new([]string{"g"}), CustomAttributes: new(json.RawMessage(`{"plan":"free"}`)),
		}, Audit: []store.AuditEntry{{At: f.now, Action: "user.updated", Object: store.UserObject(connection, "alice")}}})
		equal(f, "updated", got, store.UserUpdated{Grants: []string{g.ID}})
		rotated := f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		equal(f, "claims", rotated.Claims, store.User{
			Sub: "alice", Email: "a@acme.example", Name: "Alice", OrganizationID: "org_1", OrganizationName: "One",
			Roles: []string{"viewer"}, Groups: []string{"g"}, CustomAttributes: json.RawMessage(`{"plan":"free"}`),
		})
		equal(f, "bob", f.grant(bob.ID), bob)
		equal(f, "ended", f.grant(ended.ID).Claims, ended.Claims)
		equal(f, "audit", f.audited()[len(f.audited())-1], "user.updated")
		equal(f, "announced", f.reasons(store.RevocationFilter{}), []string{"test"})
	}},
	{"an update leaves what it does not name, and empties what it names empty", func(f *fixture) {
		_, g := f.family()
		f.update(store.UpdateUser{Sub: "alice", Change: store.UserChange{Name: new("Alice")}})
		want := g.Claims
		want.Name = "Alice"
		equal(f, "claims", f.grant(g.ID).Claims, want)
		f.update(store.UpdateUser{Sub: "alice", Change: store.UserChange{Roles: new([]string{})}})
		equal(f, "roles", len(f.grant(g.ID).Claims.Roles), 0)
	}},
	{"an update reaches a login that waits for its decision", func(f *fixture) {
		l := f.login()
		got := f.update(store.UpdateUser{Sub: "alice", Change: store.UserChange{Roles: new([]string{"viewer"})}})
		equal(f, "grants", len(got.Grants), 0)
		d := f.allowing(l)
		f.decide(d, store.Decided)
		equal(f, "roles", f.grant(d.Grant.ID).Claims.Roles, []string{"viewer"})
	}},
	{"an update is for one user of one connection", func(f *fixture) {
		_, g := f.family()
		for _, u := range []store.UpdateUser{{Sub: "ALICE"}, {Sub: "alice", Connection: "conn_other"}, {Sub: "a%"}} {
			u.Change, u.Disabled = store.UserChange{Name: new("X")}, new(true)
			equal(f, "updated", f.update(u), store.UserUpdated{Disabled: true})
		}
		equal(f, "grant", f.grant(g.ID), g)
	}},
	{"disabled refuses a rotation and consumes nothing; enabled restores", func(f *fixture) {
		r, g := f.family()
		f.disable(true)
		f.disable(true)
		for _, generation := range []uint32{0, 5} { // neither rotates nor kills
			equal(f, "disabled", f.rotate(f.refreshing(r.Family, generation), store.OutcomeUserDisabled).UserDisabled, true)
		}
		equal(f, "listed", f.list(store.GrantFilter{Sub: "alice"})[0].UserDisabled, true)
		f.live(g.ID, true)
		f.disable(false)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
	}},
	{"disabled refuses a code and consumes nothing; enabled restores", func(f *fixture) {
		d := f.allow()
		f.disable(true)
		f.redeem(f.redeeming(d), store.OutcomeUserDisabled)
		f.disable(false)
		f.redeem(f.redeeming(d), store.OutcomeOK)
	}},
	{"disabled refuses to allow and consumes nothing; enabled restores", func(f *fixture) {
		d := f.allowing(f.login())
		f.disable(true)
		f.decide(d, store.DecisionUserDisabled)
		f.undecided(d)
		f.disable(false)
		f.decide(d, store.Decided)
	}},
	{"disabled lets the user say no", func(f *fixture) {
		l := f.login()
		f.disable(true)
		f.decide(store.Decide{Login: l.ID, Connection: connection, Now: f.now, Decision: store.DecisionDeny}, store.Decided)
	}},
	{"disabled before the first login, for one user of one connection", func(f *fixture) {
		f.disable(true)
		d := f.allowing(f.login())
		f.decide(d, store.DecisionUserDisabled)
		f.bob()
		equal(f, "other connection", must[bool](f)(f.s.UserDisabled(f.ctx, "conn_other", "alice")), false)
	}},
	{"revoking can burn the logins that wait", func(f *fixture) {
		d, bob := f.allowing(f.login()), f.bob()
		r := store.Revoke{Connection: connection, Sub: "alice", OpenLogins: true, Reason: "test", Now: f.now}
		equal(f, "revoked", f.revoke(r), nil)
		f.decide(d, store.DecisionRefused)
		equal(f, "user", must[store.Login](f)(f.s.Login(f.ctx, d.Login)).User, store.User{})
		f.live(bob.ID, true)
	}},
	{"the record of a user", func(f *fixture) {
		_, g := f.family()
		waiting := f.login()
		f.bob()
		f.update(store.UpdateUser{
			Sub: "alice", Disabled: new(true),
			Audit: []store.AuditEntry{{At: f.now, Action: "user.disabled", Object: store.UserObject(connection, "alice")}},
		})
		got := f.record("alice")
		equal(f, "disabled", got.Disabled, true)
		equal(f, "grants", len(got.Grants), 1)
		equal(f, "grant", got.Grants[0], f.grant(g.ID))
		equal(f, "logins", got.Logins, []store.Login{must[store.Login](f)(f.s.Login(f.ctx, waiting.ID))})
		equal(f, "attempts", len(got.Attempts), 2)
		equal(f, "events", slices.ContainsFunc(got.Attempts, func(a store.Attempt) bool { return a.ID == g.Attempt && len(a.Events) == 4 }), true)
		equal(f, "audit", []string{got.Audit[0].Action, got.Audit[1].Action}, []string{"user.disabled", "grant.created"})
		equal(f, "nobody", f.record("nobody"), store.UserRecord{})
	}},
	{"erasing leaves nothing of the user and all of the others", func(f *fixture) {
		r, g := f.family()
		d := f.allow()
		waiting := f.allowing(f.login())
		bob := f.bob()
		f.update(store.UpdateUser{
			Sub: "alice", Disabled: new(true),
			Audit: []store.AuditEntry{{At: f.now, Action: "user.disabled", Object: store.UserObject(connection, "alice")}},
		})
		got := f.erase("alice")
		slices.Sort(got.Ended)
		ended := []string{g.ID, d.Grant.ID}
		slices.Sort(ended)
		equal(f, "erased", got, store.UserErased{Ended: ended, Grants: 2, Logins: 3, Attempts: 3})
		equal(f, "record", f.record("alice"), store.UserRecord{})
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeUnknown)
		f.redeem(f.redeeming(d), store.OutcomeUnknown)
		f.decide(waiting, store.DecisionRefused)
		for _, e := range f.feed(store.RevocationFilter{}) {
			equal(f, "sub in the feed", e.Sub, "")
		}
		f.live(bob.ID, true)
		equal(f, "bob", len(f.record("bob").Attempts), 1)
		kept := must[[]store.AuditEntry](f)(f.s.ListAudit(f.ctx, store.AuditFilter{Object: store.UserObject(connection, "erased:1")}))
		equal(f, "audit", []string{kept[0].Action, kept[1].Action}, []string{"user.erased", "user.disabled"})
		equal(f, "again", f.erase("alice"), store.UserErased{})
	}},
	{"erasing does not reopen a login request", func(f *fixture) {
		p := f.posted()
		equal(f, "first", must[store.PutLoginOutcome](f)(f.s.PutLogin(f.ctx, p)), store.LoginRecorded)
		f.decide(f.allowing(p.Login), store.Decided)
		f.erase("alice")
		equal(f, "again", must[store.PutLoginOutcome](f)(f.s.PutLogin(f.ctx, p)), store.LoginConflict)
	}},
	{"disabling meets rotations: whatever rotated did so before", func(f *fixture) {
		r, g := f.family()
		race(f, presenters, func(i int) (store.Outcome, error) {
			if i == presenters/2 {
				_, err := f.s.UpdateUser(f.ctx, store.UpdateUser{Connection: connection, Sub: "alice", Disabled: new(true), Now: f.now})
				return store.OutcomeUserDisabled, err
			}
			got, err := f.s.RotateRefresh(f.ctx, f.refreshing(r.Family, 0))
			return got.Outcome, err
		})
		f.rotate(f.refreshing(r.Family, f.grant(g.ID).Generation), store.OutcomeUserDisabled)
		f.now = f.now.Add(time.Second)
		f.live(g.ID, true)
	}},
}
