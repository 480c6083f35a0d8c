package storetest

import (
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

var rotateTests = []test{
	{"each rotation is one more", func(f *fixture) {
		r, _ := f.family()
		for n := range uint32(3) {
			f.now = f.now.Add(time.Hour)
			g := f.rotate(f.refreshing(r.Family, n), store.OutcomeOK)
			equal(f, "generation", g.Generation, n+1)
			equal(f, "rotated", g.RotatedAt, f.now)
			equal(f, "used", g.LastUsedAt, f.now)
			equal(f, "stored", f.grant(g.ID), g)
		}
	}},
	{"unknown", func(f *fixture) {
		f.rotate(f.refreshing(store.FamilyID{1}, 0), store.OutcomeUnknown)
	}},
	{"the same successor again, to the end of the grace", func(f *fixture) {
		r, _ := f.family()
		first := f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		for _, after := range []time.Duration{0, time.Second, grace} {
			again := f.refreshing(r.Family, 0)
			again.Now = f.now.Add(after)
			equal(f, "successor", f.rotate(again, store.OutcomeRepeated), first)
		}
		f.rotate(f.refreshing(r.Family, 1), store.OutcomeOK)
	}},
	{"one millisecond past the grace the family is killed", func(f *fixture) {
		r, g := f.family()
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		late := f.refreshing(r.Family, 0)
		late.Now = f.now.Add(grace + time.Millisecond)
		f.rotate(late, store.OutcomeReplayed)
		f.live(g.ID, false)
		equal(f, "reason", f.grant(g.ID).Revoked, store.ReasonReplayed)
		equal(f, "revoked at", f.grant(g.ID).RevokedAt, late.Now)
		f.rotate(f.refreshing(r.Family, 1), store.OutcomeEnded)
		equal(f, "audit", f.audited(), []string{"grant.created", "grant.revoked"})
		equal(f, "steps", f.steps(g.Attempt), []string{"authorize", "user_details", "decision", "token", "refresh"})
	}},
	{"the last but two is killed even within the grace", func(f *fixture) {
		r, g := f.family()
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		f.rotate(f.refreshing(r.Family, 1), store.OutcomeOK)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeReplayed)
		f.live(g.ID, false)
	}},
	{"a generation ahead of the row is killed", func(f *fixture) {
		r, g := f.family()
		f.rotate(f.refreshing(r.Family, 1), store.OutcomeAhead)
		f.live(g.ID, false)
		equal(f, "reason", f.grant(g.ID).Revoked, store.ReasonAhead)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeEnded)
		equal(f, "audit", f.audited(), []string{"grant.created", "grant.revoked"})
	}},
	{"a kill is written down once", func(f *fixture) {
		r, _ := f.family()
		f.rotate(f.refreshing(r.Family, 7), store.OutcomeAhead)
		f.rotate(f.refreshing(r.Family, 7), store.OutcomeEnded)
		f.rotate(f.refreshing(r.Family, 7), store.OutcomeEnded)
		equal(f, "audit", f.audited(), []string{"grant.created", "grant.revoked"})
	}},
	{"idle lifetime, from the last rotation", func(f *fixture) {
		r, _ := f.family()
		idle := 7 * 24 * time.Hour
		f.now = f.now.Add(idle - time.Millisecond)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		f.now = f.now.Add(idle)
		f.rotate(f.refreshing(r.Family, 1), store.OutcomeExpired)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeExpired)
	}},
	{"absolute lifetime survives rotation", func(f *fixture) {
		r, g := f.family(func(d *store.Decide) { d.Grant.IdleTTL = 0 })
		f.now = g.ExpiresAt.Add(-time.Millisecond)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		f.now = g.ExpiresAt
		f.rotate(f.refreshing(r.Family, 1), store.OutcomeExpired)
	}},
	{"refusals change nothing", rotateRefusals},
	{"a family that has ended is refused whatever is presented", func(f *fixture) {
		r, g := f.family()
		must[[]string](f)(f.s.Revoke(f.ctx, store.Revoke{Family: &r.Family, Reason: "user", Now: f.now}))
		before := f.grant(g.ID)
		for n := range uint32(3) {
			f.rotate(f.refreshing(r.Family, n), store.OutcomeEnded)
		}
		equal(f, "grant", f.grant(g.ID), before)
	}},
	{"a server that is not permitted keeps its rows, also from a replay", func(f *fixture) {
		r, g := f.family()
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		late := f.refreshing(r.Family, 0)
		late.Now, late.Permits = f.now.Add(time.Hour), nil
		f.rotate(late, store.OutcomeNotPermitted)
		f.live(g.ID, true)
	}},
	{"scopes", func(f *fixture) {
		r, g := f.family()
		narrow := f.refreshing(r.Family, 0)
		narrow.Scopes = []string{"other", "todo:read"}
		got := f.rotate(narrow, store.OutcomeOK)
		equal(f, "the grant keeps all", got.Scopes, g.Scopes)
	}},
	{"a used assertion consumes and kills nothing", func(f *fixture) {
		r, g := f.family()
		with := func(generation uint32, jti string) store.RotateRefresh {
			req := f.refreshing(r.Family, generation)
			req.Once = &store.Once{Namespace: "jti", ID: jti, Exp: f.now.Add(time.Minute)}
			return req
		}
		f.rotate(with(0, "1"), store.OutcomeOK)
		f.rotate(with(1, "1"), store.OutcomeOnce)
		f.rotate(with(9, "1"), store.OutcomeOnce)
		f.live(g.ID, true)
		f.rotate(with(0, "2"), store.OutcomeRepeated)
		f.rotate(with(1, "3"), store.OutcomeOK)
	}},
}

// rotateRefusals presents one good token in every bad way, then in the good one.
func rotateRefusals(f *fixture) {
	r, g := f.family()
	before := f.grant(g.ID)
	once := &store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(24 * 365 * time.Hour)}
	for name, tt := range map[string]struct {
		spoil func(*store.RotateRefresh)
		want  store.Outcome
	}{
		"client":     {func(r *store.RotateRefresh) { r.ClientID = "cli_other" }, store.OutcomeMismatch},
		"expired":    {func(r *store.RotateRefresh) { r.Now = g.ExpiresAt }, store.OutcomeExpired},
		"no permit":  {func(r *store.RotateRefresh) { r.Permits = nil }, store.OutcomeNotPermitted},
		"server":     {func(r *store.RotateRefresh) { r.Permits = []store.Permit{{MCPServer: "x", Connection: connection}} }, store.OutcomeNotPermitted},
		"connection": {func(r *store.RotateRefresh) { r.Permits = []store.Permit{{MCPServer: server, Connection: "x"}} }, store.OutcomeNotPermitted},
		"scope":      {func(r *store.RotateRefresh) { r.Scopes = []string{"other"} }, store.OutcomeScope},
	} {
		req := f.refreshing(r.Family, 0)
		req.Once = once
		tt.spoil(&req)
		if got := must[store.Rotated](f)(f.s.RotateRefresh(f.ctx, req)); got.Outcome != tt.want {
			f.t.Errorf("%s: outcome %d, want %d", name, got.Outcome, tt.want)
		}
	}
	equal(f, "grant", f.grant(g.ID), before)
	equal(f, "assertion", must[bool](f)(f.s.ConsumeOnce(f.ctx, *once, f.now)), true)
	f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
}
