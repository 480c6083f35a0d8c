package storetest

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func object(kind catalog.Kind, id, spec string) catalog.Object {
	return catalog.Object{Kind: kind, ID: id, Owner: catalog.OwnerFile, Spec: json.RawMessage(spec)}
}

func (f *fixture) apply(a store.ApplyCatalog) int64 {
	f.t.Helper()
	a.Now = f.now
	return must[int64](f)(f.s.ApplyCatalog(f.ctx, a))
}

func (f *fixture) objects() []catalog.Object {
	f.t.Helper()
	objects, version, err := f.s.Catalog(f.ctx)
	f.ok(err)
	equal(f, "polled version", must[store.Versions](f)(f.s.Versions(f.ctx)).Catalog, version)
	return objects
}

var catalogTests = []test{
	{"empty", func(f *fixture) { equal(f, "objects", len(f.objects()), 0) }},
	{"put, replace, delete", func(f *fixture) {
		c := object(catalog.KindConnection, "conn_acme", `{"name":"Acme",  "spaces":"stay"}`)
		s := object(catalog.KindMCPServer, "res_todo", `{}`)
		s.Disabled, s.Owner = true, catalog.OwnerDashboard
		equal(f, "version", f.apply(store.ApplyCatalog{
			Put:   []catalog.Object{s, c},
			Audit: []store.AuditEntry{{At: f.now, Action: "catalog.create"}},
		}), 1)
		equal(f, "objects by kind and id", f.objects(), []catalog.Object{c, s})
		s.Disabled = false
		equal(f, "version", f.apply(store.ApplyCatalog{
			Base: 1, Put: []catalog.Object{s},
			Delete: []catalog.Ref{{Kind: c.Kind, ID: c.ID}, {Kind: catalog.KindClient, ID: "none"}},
		}), 2)
		equal(f, "objects", f.objects(), []catalog.Object{s})
		equal(f, "audit", f.audited(), []string{"catalog.create"})
	}},
	{"from an old version nothing is applied", func(f *fixture) {
		d := f.allow()
		f.apply(store.ApplyCatalog{Put: []catalog.Object{object(catalog.KindMCPServer, server, `{}`)}})
		_, err := f.s.ApplyCatalog(f.ctx, store.ApplyCatalog{
			Base: 0, Now: f.now, Put: []catalog.Object{object(catalog.KindClient, "cli_1", `{}`)},
			Delete: []catalog.Ref{{Kind: catalog.KindMCPServer, ID: server}},
			Audit:  []store.AuditEntry{{At: f.now, Action: "catalog.delete"}},
		})
		f.isError(err, store.ErrConflict)
		equal(f, "objects", len(f.objects()), 1)
		f.live(d.Grant.ID, true)
		equal(f, "audit", f.audited(), []string{"grant.created"})
	}},
	{"deleting a connection ends its grants", deletionEnds(catalog.KindConnection, connection, true)},
	{"deleting an MCP server ends its grants", deletionEnds(catalog.KindMCPServer, server, true)},
	{"deleting a client ends its grants", deletionEnds(catalog.KindClient, client, true)},
	{"deleting an API client ends none", deletionEnds(catalog.KindAPIClient, client, false)},
	{"blocking a client ends its grants", blockingEnds(client, client, true)},
	{"blocking a host ends the grants of what it describes", blockingEnds("https://agent.example/client.json", "agent.example", true)},
	{"blocking a host with a port", blockingEnds("https://agent.example:8443/client.json", "agent.example:8443", true)},
	{"blocking a host spelled with its port", blockingEnds("https://agent.example:443/client.json", "agent.example", true)},
	{"blocking a host on this machine", blockingEnds("http://localhost:3013/client.json", "localhost:3013", true)},
	{"blocking another port ends none", blockingEnds("https://agent.example:8443/client.json", "agent.example", false)},
	{"blocking a host alike ends none", blockingEnds("https://agent.example.evil.example/client.json", "agent.example", false)},
	{"blocking another client ends none", blockingEnds(client, client+"x", false)},
	{"deleting another object ends none", deletionEnds(catalog.KindClient, connection, false)},
}

func deletionEnds(kind catalog.Kind, id string, ends bool) func(*fixture) {
	return func(f *fixture) {
		r, g := f.family()
		f.apply(store.ApplyCatalog{Put: []catalog.Object{object(kind, id, `{}`)}})
		f.apply(store.ApplyCatalog{Base: 1, Delete: []catalog.Ref{{Kind: kind, ID: id}}})
		f.live(g.ID, !ends)
		if ends {
			f.rotate(f.refreshing(r.Family, 0), store.OutcomeEnded)
		}
	}
}

// blockingEnds blocks, lifts the block, and says that what ended stays so.
func blockingEnds(clientID, blocked string, ends bool) func(*fixture) {
	return func(f *fixture) {
		d := f.allow(func(d *store.Decide) { d.Grant.ClientID, d.Code.ClientID = clientID, clientID })
		o := object(catalog.KindBlockedClient, blocked, `{}`)
		f.apply(store.ApplyCatalog{Put: []catalog.Object{o}})
		f.live(d.Grant.ID, !ends)
		if ends {
			f.announced(f.grant(d.Grant.ID), store.ReasonClientBlocked)
		}
		o.Disabled = true
		f.apply(store.ApplyCatalog{Base: 1, Put: []catalog.Object{o}})
		f.apply(store.ApplyCatalog{Base: 2, Delete: []catalog.Ref{o.Ref()}})
		f.live(d.Grant.ID, !ends)
	}
}

// keySet is an active and a standby key for alg.
func (f *fixture) keySet(alg, name string) []store.SigningKey {
	key := func(kid string, state store.KeyState) store.SigningKey {
		return store.SigningKey{
			KID: kid, Alg: alg, State: state, Public: []byte(`{"kty":"x"}`), Sealed: "sealed", CreatedAt: f.now,
		}
	}
	active, standby := key(name+"-1", store.KeyActive), key(name+"-2", store.KeyStandby)
	active.ActiveAt = f.now
	return []store.SigningKey{active, standby}
}

func (f *fixture) keyStates() map[string]store.KeyState {
	f.t.Helper()
	states := map[string]store.KeyState{}
	for _, k := range must[[]store.SigningKey](f)(f.s.SigningKeys(f.ctx)) {
		states[k.KID] = k.State
	}
	return states
}

var keyTests = []test{
	{"the first candidates stay, algorithm by algorithm", func(f *fixture) {
		first := f.keySet("RS256", "a")
		equal(f, "first", must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, first, f.now)), first)
		equal(f, "version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, 1)
		equal(f, "again", must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", "b"), f.now)), first)
		equal(f, "version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, 1)
		more := append(f.keySet("RS256", "c"), f.keySet("ES256", "d")...)
		equal(f, "number", len(must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, more, f.now))), 4)
		equal(f, "version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, 2)
	}},
	{"rotation", func(f *fixture) {
		must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", "a"), f.now))
		next := f.keySet("RS256", "b")[1]
		f.now = f.now.Add(time.Hour)
		r := store.RotateSigningKey{
			Alg: "RS256", Activate: "a-2", Standby: next, Now: f.now, DropRetiredBefore: f.now,
			Audit: []store.AuditEntry{{At: f.now, Action: "keys.rotated"}},
		}
		keys := must[[]store.SigningKey](f)(f.s.RotateSigningKey(f.ctx, r))
		equal(f, "states", f.keyStates(), map[string]store.KeyState{
			"a-1": store.KeyRetired, "a-2": store.KeyActive, "b-2": store.KeyStandby,
		})
		for _, k := range keys {
			equal(f, k.KID+" is active since", k.ActiveAt.Equal(f.now), k.KID == "a-2")
			equal(f, k.KID+" is retired since", k.RetiredAt.Equal(f.now), k.KID == "a-1")
		}
		equal(f, "audit", f.audited(), []string{"keys.rotated"})
		equal(f, "version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, 2)
	}},
	{"rotation from an old state changes nothing", func(f *fixture) {
		must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", "a"), f.now))
		before := f.keyStates()
		for _, kid := range []string{"a-1", "unknown"} {
			_, err := f.s.RotateSigningKey(f.ctx, store.RotateSigningKey{
				Alg: "RS256", Activate: kid, Standby: f.keySet("RS256", "b")[1], Now: f.now,
			})
			f.isError(err, store.ErrConflict)
		}
		equal(f, "states", f.keyStates(), before)
	}},
	{"long retired keys are dropped", func(f *fixture) {
		must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", "a"), f.now))
		for i, activate := range []string{"a-2", "b-2"} {
			r := store.RotateSigningKey{
				Alg: "RS256", Activate: activate, Standby: f.keySet("RS256", string(rune('b'+i)))[1], Now: f.now,
			}
			if i == 1 {
				r.DropRetiredBefore = f.now
			}
			must[[]store.SigningKey](f)(f.s.RotateSigningKey(f.ctx, r))
			f.now = f.now.Add(time.Hour)
		}
		equal(f, "states", f.keyStates(), map[string]store.KeyState{
			"a-2": store.KeyRetired, "b-2": store.KeyActive, "c-2": store.KeyStandby,
		})
	}},
	{"a revoked key is gone, and its place is filled", func(f *fixture) {
		must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", "a"), f.now))
		must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("ES256", "other"), f.now))
		f.now = f.now.Add(time.Hour)
		revoke := func(kid string, state store.KeyState, activate, standby string) {
			f.t.Helper()
			r := store.RevokeSigningKey{
				KID: kid, Alg: "RS256", State: state, Activate: activate, Now: f.now,
				Audit: []store.AuditEntry{{At: f.now, Action: "keys.revoked"}},
			}
			if standby != "" {
				r.Standby = f.keySet("RS256", standby)[1]
			}
			before := must[store.Versions](f)(f.s.Versions(f.ctx)).Keys
			keys := must[[]store.SigningKey](f)(f.s.RevokeSigningKey(f.ctx, r))
			equal(f, "answer", len(keys), len(f.keyStates()))
			equal(f, "version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, before+1)
		}
		states := func(want map[string]store.KeyState) {
			f.t.Helper()
			want["other-1"], want["other-2"] = store.KeyActive, store.KeyStandby
			equal(f, "states", f.keyStates(), want)
		}
		revoke("a-1", store.KeyActive, "a-2", "b")
		states(map[string]store.KeyState{"a-2": store.KeyActive, "b-2": store.KeyStandby})
		revoke("b-2", store.KeyStandby, "", "c")
		states(map[string]store.KeyState{"a-2": store.KeyActive, "c-2": store.KeyStandby})
		must[[]store.SigningKey](f)(f.s.RotateSigningKey(f.ctx, store.RotateSigningKey{
			Alg: "RS256", Activate: "c-2", Standby: f.keySet("RS256", "d")[1], Now: f.now,
		}))
		revoke("a-2", store.KeyRetired, "", "")
		states(map[string]store.KeyState{"c-2": store.KeyActive, "d-2": store.KeyStandby})
		equal(f, "audit", f.audited(), []string{"keys.revoked", "keys.revoked", "keys.revoked"})
	}},
	{"revocation from an old state changes nothing", func(f *fixture) {
		must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", "a"), f.now))
		before := f.keyStates()
		next := f.keySet("RS256", "b")[1]
		for name, r := range map[string]store.RevokeSigningKey{
			"unknown":              {KID: "unknown", State: store.KeyRetired},
			"another algorithm":    {KID: "a-1", Alg: "ES256", State: store.KeyActive, Activate: "a-2", Standby: next},
			"another state":        {KID: "a-1", State: store.KeyStandby, Standby: next},
			"another successor":    {KID: "a-1", State: store.KeyActive, Activate: "unknown", Standby: next},
			"the key itself after": {KID: "a-1", State: store.KeyActive, Activate: "a-1", Standby: next},
		} {
			r.Now = f.now
			if r.Alg == "" {
				r.Alg = "RS256"
			}
			if _, err := f.s.RevokeSigningKey(f.ctx, r); !errors.Is(err, store.ErrConflict) {
				f.t.Errorf("%s: %v", name, err)
			}
		}
		equal(f, "states", f.keyStates(), before)
	}},
	{"one registration key", func(f *fixture) {
		first := store.RegistrationKey{Number: 1, Sealed: "a", CreatedAt: f.now}
		ensure := func(k store.RegistrationKey) []store.RegistrationKey {
			return must[[]store.RegistrationKey](f)(f.s.EnsureRegistrationKey(f.ctx, k, f.now))
		}
		equal(f, "first", ensure(first), []store.RegistrationKey{first})
		equal(f, "again", ensure(store.RegistrationKey{Number: 2, Sealed: "b", CreatedAt: f.now}), []store.RegistrationKey{first})
	}},
}
