package storetest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

var revokeTests = []test{
	{"no selector selects nothing", func(f *fixture) {
		_, g := f.family()
		equal(f, "revoked", f.revoke(store.Revoke{Reason: "all", Now: f.now}), nil)
		f.live(g.ID, true)
	}},
	{"each selector, in conjunction", func(f *fixture) {
		r, g := f.family()
		family := r.Family
		other, _ := f.family(func(d *store.Decide) { d.Grant.ClientID, d.Code.ClientID = client, client })
		for _, miss := range []store.Revoke{
			{GrantID: "grt_other"},
			{Family: &store.FamilyID{9}},
			{ClientID: "cli_other"},
			{Connection: "conn_other"},
			{Sub: "bob"},
			{MCPServer: "res_other"},
			{Organization: "org_other"},
			{Family: &family, ClientID: "cli_other"},
			{GrantID: g.ID, Sub: "bob"},
			{GrantID: g.ID, Family: &other.Family},
		} {
			miss.Reason, miss.Now = "test", f.now
			equal(f, "revoked", f.revoke(miss), nil)
		}
		f.live(g.ID, true)
		all := store.Revoke{
			GrantID: g.ID, Family: &family, ClientID: client, Connection: connection, Sub: "alice", MCPServer: server,
			Reason: "test", Now: f.now,
		}
		equal(f, "revoked", f.revoke(all), []string{g.ID})
		got := f.grant(g.ID)
		equal(f, "reason", got.Revoked, "test")
		equal(f, "time", got.RevokedAt, f.now)
	}},
	{"all of a user, on one connection", func(f *fixture) {
		a, b := f.allow(), f.allow()
		c := f.allowing(f.login(func(p *store.PutLogin) { p.Login.User.Sub = "bob" }))
		f.decide(c, store.Decided)
		got := f.revoke(store.Revoke{Connection: connection, Sub: "alice", Reason: "test", Now: f.now})
		slices.Sort(got)
		want := []string{a.Grant.ID, b.Grant.ID}
		slices.Sort(want)
		equal(f, "revoked", got, want)
		f.live(c.Grant.ID, true)
	}},
	{"in one organisation, chosen or named, and in no other", func(f *fixture) {
		in := f.organized()
		for _, id := range []string{"org_eu", "org <1>", "日本"} {
			want := in[id]
			for _, listed := range [][]store.Grant{
				f.list(store.GrantFilter{Organization: id}),
				f.list(store.GrantFilter{Organization: id, Connection: connection, Sub: "alice", LiveAt: f.now}),
			} {
				equal(f, "listed", idsOf(listed), want)
			}
			of := store.Revoke{Organization: id, Connection: connection}
			equal(f, "counted", must[store.GrantCount](f)(f.s.CountGrants(f.ctx, store.CountGrants{LiveAt: f.now, Of: of})).Grants, int64(len(want)))
			of.Sub = "bob"
			equal(f, "of another user", f.revoke(of), nil)
			of.Sub, of.Reason, of.Now = "alice", "test", f.now
			got := f.revoke(of)
			slices.Sort(got)
			equal(f, "revoked", got, want)
		}
		live := 0
		for _, ids := range in {
			live += len(ids)
		}
		equal(f, "left", len(f.list(store.GrantFilter{LiveAt: f.now})), live-len(in["org_eu"])-len(in["org <1>"])-len(in["日本"]))
	}},
	{"again is no error, and leaves no trace", func(f *fixture) {
		_, g := f.family()
		r := store.Revoke{
			GrantID: g.ID, Reason: "first", Now: f.now,
			Events: []store.Event{{At: f.now.Add(time.Minute), Step: "revoke", OK: true}},
			Audit:  []store.AuditEntry{{At: f.now, Action: "grant.revoked"}},
		}
		equal(f, "first", f.revoke(r), []string{g.ID})
		before := f.grant(g.ID)
		r.Reason, r.Now = "second", f.now.Add(time.Hour)
		equal(f, "second", f.revoke(r), nil)
		equal(f, "grant", f.grant(g.ID), before)
		equal(f, "audit", f.audited(), []string{"grant.created", "grant.revoked"})
		equal(f, "steps", f.steps(g.Attempt), []string{"authorize", "user_details", "decision", "token", "revoke"})
	}},
}

// organized are grants of alice by organisation, in order of their ids. Some have
// custom attributes that no SQL function of JSON likes, or that look like an organisation.
func (f *fixture) organized() map[string][]string {
	in := map[string][]string{}
	add := func(id string, chosen bool, attributes string) {
		l := f.login(func(p *store.PutLogin) {
			p.Login.User.OrganizationID, p.Login.User.CustomAttributes = id, json.RawMessage(attributes)
			if chosen {
				p.Login.User.OrganizationID = "org_named"
				p.Login.User.Offer = &store.Offer{Organizations: []store.Organization{{ID: id, Name: "X"}, {ID: "org_more"}}}
			}
		})
		d := f.allowing(l)
		if chosen {
			d.Choice.Organization = id
		}
		f.decide(d, store.Decided)
		in[id] = append(in[id], d.Grant.ID)
		slices.Sort(in[id])
	}
	for _, attributes := range []string{
		"", `{"a":"\u0000"}`, `{"a":"\ud800"}`, `{"organization_external_id":"org_eu"}`, `{"chosen":{"organization":{"id":"org_eu"}}}`,
	} {
		for _, id := range []string{"org_eu", "org <1>", "日本", "org", ""} {
			add(id, false, attributes)
			if id != "" {
				add(id, true, attributes)
			}
		}
	}
	return in
}

func idsOf(grants []store.Grant) []string {
	var ids []string
	for _, g := range grants {
		ids = append(ids, g.ID)
	}
	slices.Sort(ids)
	return ids
}

func (f *fixture) revoke(r store.Revoke) []string {
	f.t.Helper()
	return must[[]string](f)(f.s.Revoke(f.ctx, r))
}

var grantTests = []test{
	{"unknown", func(f *fixture) {
		_, err := f.s.Grant(f.ctx, "grt_unknown")
		f.isError(err, store.ErrNotFound)
	}},
	{"lists filter", func(f *fixture) {
		_, g := f.family()
		for _, tt := range []struct {
			filter store.GrantFilter
			want   int
		}{
			{store.GrantFilter{}, 1},
			{store.GrantFilter{Connection: connection, Sub: "alice", ClientID: client, MCPServer: server}, 1},
			{store.GrantFilter{Connection: "x"}, 0},
			{store.GrantFilter{Sub: "x"}, 0},
			{store.GrantFilter{ClientID: "x"}, 0},
			{store.GrantFilter{MCPServer: "x"}, 0},
			{store.GrantFilter{Connection: quotes}, 0},
			{store.GrantFilter{Sub: quotes}, 0},
			{store.GrantFilter{ClientID: quotes}, 0},
			{store.GrantFilter{MCPServer: quotes}, 0},
			{store.GrantFilter{Organization: quotes}, 0},
			{store.GrantFilter{Before: quotes}, 0},
		} {
			got := f.list(tt.filter)
			equal(f, "number", len(got), tt.want)
			if tt.want == 1 {
				equal(f, "grant", got[0], g)
			}
		}
	}},
	{"lists agree with Live", func(f *fixture) {
		_, g := f.family()
		times := []time.Time{
			f.now, g.RotatedAt.Add(g.IdleTTL - time.Millisecond), g.RotatedAt.Add(g.IdleTTL), g.ExpiresAt,
		}
		for i, at := range times {
			live := len(f.list(store.GrantFilter{LiveAt: at})) == 1
			equal(f, "Live", g.Live(at), live)
			equal(f, "listed", live, i < 2)
		}
		f.revoke(store.Revoke{GrantID: g.ID, Reason: "test", Now: f.now})
		equal(f, "revoked", len(f.list(store.GrantFilter{LiveAt: f.now})), 0)
		equal(f, "Live", f.grant(g.ID).Live(f.now), false)
	}},
	{"lists by page, newest first, each grant once", func(f *fixture) {
		var want []string
		for i := range 7 {
			if i%2 == 0 { // two grants share a millisecond
				f.now = f.now.Add(time.Second)
			}
			want = append(want, f.allow().Grant.ID)
		}
		var got []string
		var last time.Time
		for page := f.list(store.GrantFilter{Limit: 2}); len(page) > 0; {
			for _, g := range page {
				if !last.IsZero() && g.CreatedAt.After(last) {
					f.t.Fatalf("%s is newer than the one before", g.ID)
				}
				last = g.CreatedAt
				got = append(got, g.ID)
			}
			page = f.list(store.GrantFilter{Limit: 2, Before: got[len(got)-1]})
		}
		slices.Sort(got)
		slices.Sort(want)
		equal(f, "grants", got, want)
	}},
}

func (f *fixture) list(filter store.GrantFilter) []store.Grant {
	f.t.Helper()
	return must[[]store.Grant](f)(f.s.ListGrants(f.ctx, filter))
}

var onceTests = []test{
	{"first, then not", func(f *fixture) {
		o := store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}
		f.once(o, true)
		f.once(o, false)
		f.once(store.Once{Namespace: "jti", ID: "2", Exp: o.Exp}, true)
		f.once(store.Once{Namespace: "other", ID: "1", Exp: o.Exp}, true)
	}},
	{"until exp", func(f *fixture) {
		o := store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}
		f.once(o, true)
		f.now = o.Exp.Add(-time.Millisecond)
		f.once(o, false)
		f.now = o.Exp
		f.once(store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}, true)
	}},
	{"asked for without consuming", func(f *fixture) {
		o := store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}
		f.consumed(o, false)
		f.once(o, true)
		f.consumed(store.Once{Namespace: "jti", ID: "1"}, true)
		f.consumed(store.Once{Namespace: "jti", ID: "2"}, false)
		f.consumed(store.Once{Namespace: "other", ID: "1"}, false)
		f.now = o.Exp
		f.consumed(o, false)
	}},
	{"what has expired counts as used", func(f *fixture) {
		f.once(store.Once{Namespace: "jti", ID: "1", Exp: f.now}, false)
	}},
}

func (f *fixture) consumed(o store.Once, want bool) {
	f.t.Helper()
	equal(f, "consumed", must[bool](f)(f.s.Consumed(f.ctx, o, f.now)), want)
}

func (f *fixture) once(o store.Once, want bool) {
	f.t.Helper()
	equal(f, "first", must[bool](f)(f.s.ConsumeOnce(f.ctx, o, f.now)), want)
}
