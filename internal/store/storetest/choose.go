package storetest

import (
	"encoding/json"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// offer is a choice of two organisations and two questions.
func offer() *store.Offer {
	return &store.Offer{
		Organizations: []store.Organization{{ID: "org_eu", Name: "Europe", Roles: []string{"owner", "admin"}}, {ID: "org_jp", Name: "日本"}},
		Options: []store.Option{
			{Claim: "environment", Required: true, Choices: []store.OptionChoice{{Value: "live"}, {Value: "test"}}},
			{Claim: "region", Choices: []store.OptionChoice{{Value: "north"}}},
		},
	}
}

func offered(p *store.PutLogin) { p.Login.User.Offer = offer() }

func options(pairs ...string) map[string]string {
	all := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

// chosen decides l with c and returns what became of the user.
func (f *fixture) chosen(l store.Login, c store.Choice) store.User {
	f.t.Helper()
	d := f.allowing(l)
	d.Choice = c
	f.decide(d, store.Decided)
	equal(f, "user in the login", must[store.Login](f)(f.s.Login(f.ctx, l.ID)).User, store.User{})
	return f.grant(d.Grant.ID).Claims
}

var chooseTests = []test{
	{"the offer is part of the login", func(f *fixture) {
		l := f.login(offered)
		equal(f, "offer", must[store.Login](f)(f.s.Login(f.ctx, l.ID)).User.Offer, offer())
	}},
	{"what was chosen becomes claims, and the offer ends", func(f *fixture) {
		got := f.chosen(f.login(offered), store.Choice{Organization: "org_eu", Options: options("environment", "live", "region", "")})
		want := f.posted().Login.User
		want.OrganizationID, want.OrganizationName = "org_eu", "Europe"
		want.Chosen = &store.Chosen{
			Organization: &store.Organization{ID: "org_eu", Name: "Europe", Roles: []string{"owner", "admin"}},
			Claims:       options("environment", "live"),
		}
		equal(f, "claims", got, want)
		equal(f, "roles", got.AllRoles(), []string{"admin", "owner"})
	}},
	{"roles in an organisation change where it was chosen, and where it may be", func(f *fixture) {
		choose := func(id string) store.Decide {
			d := f.allowing(f.login(offered))
			d.Choice = store.Choice{Organization: id, Options: options("environment", "live")}
			return d
		}
		europe, japan, waiting := choose("org_eu"), choose("org_jp"), choose("org_eu")
		f.decide(europe, store.Decided)
		f.decide(japan, store.Decided)
		roles := func(want string, of store.Decide) {
			f.t.Helper()
			equal(f, "roles", strings.Join(f.grant(of.Grant.ID).Claims.AllRoles(), " "), want)
		}
		f.update(store.UpdateUser{Sub: "alice", Change: store.UserChange{Organizations: &[]store.Organization{{ID: "org_eu", Roles: []string{"guest"}}, {ID: "org_us", Roles: []string{"owner"}}}}})
		roles("admin guest", europe)
		roles("admin", japan)
		f.decide(waiting, store.Decided)
		roles("admin guest", waiting)
		f.update(store.UpdateUser{Sub: "alice", Change: store.UserChange{
			Roles: new([]string{"viewer"}), Organizations: &[]store.Organization{{ID: "org_eu", Name: "The Union", Roles: []string{}}},
		}})
		roles("viewer", europe)
		equal(f, "organisation", f.grant(europe.Grant.ID).Claims.Organization(), store.Organization{ID: "org_eu", Name: "The Union"})
	}},
	{"roles said without an organisation are all there are", func(f *fixture) {
		d, waiting := f.allowing(f.login(offered)), f.allowing(f.login(offered))
		d.Choice = store.Choice{Organization: "org_eu", Options: options("environment", "live")}
		waiting.Choice = d.Choice
		f.decide(d, store.Decided)
		f.update(store.UpdateUser{Sub: "alice", Change: store.UserChange{Roles: new([]string{"viewer"})}})
		f.decide(waiting, store.Decided)
		for _, of := range []store.Decide{d, waiting} {
			equal(f, "roles", f.grant(of.Grant.ID).Claims.AllRoles(), []string{"viewer"})
		}
	}},
	{"a single organisation needs no answer", func(f *fixture) {
		got := f.chosen(f.login(func(p *store.PutLogin) {
			p.Login.User.Offer = &store.Offer{Organizations: offer().Organizations[1:]}
		}), store.Choice{})
		equal(f, "organisation", got.Organization(), store.Organization{ID: "org_jp", Name: "日本"})
		equal(f, "roles", got.Roles, []string{"admin"})
	}},
	{"the organisation that the company named can be chosen", func(f *fixture) {
		named := func(p *store.PutLogin) { p.Login.User.OrganizationID = "org_1" }
		equal(f, "chosen", f.chosen(f.login(named), store.Choice{Organization: "org_1"}).Chosen, &store.Chosen{Organization: &store.Organization{ID: "org_1"}})
		got := f.chosen(f.login(named), store.Choice{})
		equal(f, "organisation", got.Organization().ID, "org_1")
		equal(f, "chosen", got.Chosen, nil)
	}},
	{"only what was offered, and all that is required", func(f *fixture) {
		l, plain := f.login(offered), f.login()
		live := options("environment", "live")
		for _, tt := range []struct {
			l store.Login
			c store.Choice
		}{
			{l, store.Choice{Options: live}},
			{l, store.Choice{Organization: "org_us", Options: live}},
			{l, store.Choice{Organization: "Europe", Options: live}},
			{l, store.Choice{Organization: "org_eu"}},
			{l, store.Choice{Organization: "org_eu", Options: options("environment", "")}},
			{l, store.Choice{Organization: "org_eu", Options: options("environment", "LIVE")}},
			{l, store.Choice{Organization: "org_eu", Options: options("environment", "north")}},
			{l, store.Choice{Organization: "org_eu", Options: options("environment", "live", "region", "south")}},
			{l, store.Choice{Organization: "org_eu", Options: options("environment", "live", "plan", "gold")}},
			{plain, store.Choice{Organization: "org_eu"}},
			{plain, store.Choice{Options: live}},
		} {
			d := f.allowing(tt.l)
			d.Choice = tt.c
			f.decide(d, store.DecisionNotOffered)
			f.undecided(d)
		}
		f.chosen(l, store.Choice{Organization: "org_jp", Options: options("environment", "test", "region", "north")})
	}},
	{"saying no takes no choice", func(f *fixture) {
		l := f.login(offered)
		f.decide(store.Decide{Login: l.ID, Connection: connection, Now: f.now, Decision: store.DecisionDeny}, store.Decided)
	}},
	{"a later word on the user moves no grant to another organisation", func(f *fixture) {
		d := f.allowing(f.login(offered))
		d.Choice = store.Choice{Organization: "org_eu", Options: options("environment", "live")}
		f.decide(d, store.Decided)
		attributes := json.RawMessage(`{"environment":"test","plan":"free"}`)
		f.update(store.UpdateUser{Sub: "alice", Change: store.UserChange{
			OrganizationID: new("org_jp"), OrganizationName: new("日本"), Roles: new([]string{"viewer"}), CustomAttributes: &attributes,
		}})
		got := f.grant(d.Grant.ID).Claims
		equal(f, "organisation", got.Organization(), store.Organization{ID: "org_eu", Name: "Europe"})
		equal(f, "roles", got.Roles, []string{"viewer"})
		equal(f, "custom claims", string(must[json.RawMessage](f)(got.CustomClaims())), `{"environment":"live","plan":"free"}`)
	}},
	{"what was chosen survives rotations", func(f *fixture) {
		d := f.allowing(f.login(offered))
		d.Choice = store.Choice{Organization: "org_eu", Options: options("environment", "live")}
		f.decide(d, store.Decided)
		want := f.grant(d.Grant.ID).Claims
		r := f.redeeming(d)
		equal(f, "redeemed", f.redeem(r, store.OutcomeOK).Claims, want)
		equal(f, "rotated", f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK).Claims, want)
	}},
}
