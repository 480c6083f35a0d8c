package storetest

import (
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// note says that a server runs with these secrets.
func (f *fixture) note(id string, alone bool, secrets ...string) {
	f.t.Helper()
	f.ok(f.s.NoteServer(f.ctx, store.NoteServer{
		Server: store.RunningServer{ID: id, Name: "host " + id, Secrets: secrets, StartedAt: f.now}, Alone: alone, Now: f.now,
	}))
}

func (f *fixture) secrets() store.Secrets {
	f.t.Helper()
	return must[store.Secrets](f)(f.s.Secrets(f.ctx))
}

func (f *fixture) secret(fingerprint string) store.Secret {
	f.t.Helper()
	for _, k := range f.secrets().Secrets {
		if k.Fingerprint == fingerprint {
			return k
		}
	}
	f.t.Fatalf("nothing is known of %s", fingerprint)
	return store.Secret{}
}

func (f *fixture) runningIDs() []string {
	f.t.Helper()
	ids := []string{}
	for _, s := range f.secrets().Servers {
		ids = append(ids, s.ID)
	}
	return ids
}

// sealed is a database with keys, and the retirement of "old" in favour of "new".
func (f *fixture) sealed() store.RetireSecret {
	f.t.Helper()
	must[store.Identity](f)(f.s.Init(f.ctx, store.Identity{Epoch: "e", BaseURL: "https://auth.example", KeyCheck: "check"}, f.now))
	must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", "a"), f.now))
	must[[]store.RegistrationKey](f)(f.s.EnsureRegistrationKey(f.ctx, store.RegistrationKey{Number: 1, Sealed: "r1", CreatedAt: f.now}, f.now))
	return store.RetireSecret{
		Fingerprint: "old", Sealing: "new", Now: f.now, KeyCheck: store.Resealed{From: "check", To: "check-new"},
		SigningKeys:      map[string]store.Resealed{"a-1": {From: "sealed", To: "a-1-new"}, "a-2": {From: "sealed", To: "a-2-new"}},
		RegistrationKeys: map[byte]store.Resealed{1: {From: "r1", To: "r1-new"}},
		Audit:            []store.AuditEntry{{At: f.now, Action: "secret.retired"}},
	}
}

// stored is every sealed value.
func (f *fixture) stored() []string {
	f.t.Helper()
	id := must[store.Identity](f)(f.s.Init(f.ctx, store.Identity{}, f.now))
	values := []string{id.KeyCheck}
	for _, k := range must[[]store.SigningKey](f)(f.s.SigningKeys(f.ctx)) {
		values = append(values, k.Sealed)
	}
	for _, k := range must[[]store.RegistrationKey](f)(f.s.RegistrationKeys(f.ctx)) {
		values = append(values, k.Sealed)
	}
	return values
}

// retireRefused says that a retirement changes nothing.
func (f *fixture) retireRefused(what string, r store.RetireSecret) {
	f.t.Helper()
	before, version, audited := f.stored(), must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, f.audited()
	f.isError(f.s.RetireSecret(f.ctx, r), store.ErrConflict)
	equal(f, what+": stored", f.stored(), before)
	equal(f, what+": version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, version)
	equal(f, what+": audit", f.audited(), audited)
	for _, k := range f.secrets().Secrets {
		equal(f, what+": retired", k.RetiredAt.IsZero(), true)
	}
}

var secretTests = []test{
	{"nothing is known at first", func(f *fixture) { equal(f, "secrets", f.secrets(), store.Secrets{}) }},
	{"a server and its secrets", func(f *fixture) {
		start := f.now
		f.note("a", false, "one", "two")
		f.now = f.now.Add(time.Second)
		f.note("a", false, "one", "two")
		equal(f, "servers", f.secrets().Servers, []store.RunningServer{
			{ID: "a", Name: "host a", Secrets: []string{"one", "two"}, StartedAt: start, SeenAt: f.now},
		})
		equal(f, "secrets", f.secrets().Secrets, []store.Secret{
			{Fingerprint: "one", KnownAt: start, SealingAt: start}, {Fingerprint: "two", KnownAt: start},
		})
	}},
	{"a server that seals with another secret", func(f *fixture) {
		f.note("a", false, "old")
		f.now = f.now.Add(time.Hour)
		f.note("a", false, "new", "old")
		equal(f, "old sealed until", f.secret("old").SealedUntil.Equal(f.now), true)
		equal(f, "new sealing at", f.secret("new").SealingAt.Equal(f.now), true)
		equal(f, "new sealed until", f.secret("new").SealedUntil.IsZero(), true)
		f.note("b", false, "old", "new") // a server whose file is behind
		f.now = f.now.Add(time.Hour)
		f.ok(f.s.EndServer(f.ctx, "b", f.now))
		equal(f, "old sealed until", f.secret("old").SealedUntil.Equal(f.now), true)
		equal(f, "running", f.runningIDs(), []string{"a"})
		f.ok(f.s.EndServer(f.ctx, "b", f.now.Add(time.Hour)))
		equal(f, "ended twice", f.secret("old").SealedUntil.Equal(f.now), true)
	}},
	{"a server that died is found by the next, among others after a while", func(f *fixture) {
		f.note("dead", false, "old")
		died := f.now
		f.now = f.now.Add(store.ServerGone)
		f.note("b", false, "new", "old")
		equal(f, "running", f.runningIDs(), []string{"dead", "b"})
		f.now = f.now.Add(time.Second)
		f.note("c", false, "new", "old")
		equal(f, "running", f.runningIDs(), []string{"b", "c"})
		equal(f, "old sealed until", f.secret("old").SealedUntil.Equal(died.Add(store.ServerGone)), true)
	}},
	{"a server that died is found by the next, alone at once", func(f *fixture) {
		f.note("dead", true, "old")
		f.now = f.now.Add(time.Second)
		f.note("b", true, "new", "old")
		equal(f, "running", f.runningIDs(), []string{"b"})
		equal(f, "old sealed until", f.secret("old").SealedUntil.Equal(f.now), true)
	}},
	{"retirement", func(f *fixture) {
		r := f.sealed()
		f.note("a", false, "new", "old")
		version := must[store.Versions](f)(f.s.Versions(f.ctx)).Keys
		f.ok(f.s.RetireSecret(f.ctx, r))
		equal(f, "stored", f.stored(), []string{"check-new", "a-1-new", "a-2-new", "r1-new"})
		equal(f, "version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, version+1)
		equal(f, "audit", f.audited(), []string{"secret.sealing", "secret.retired"})
		equal(f, "retired", f.secret("old").RetiredAt.Equal(f.now), true)
		equal(f, "the other", f.secret("new").RetiredAt.IsZero(), true)
		f.note("a", false, "new") // what is retired stays so, whoever names it again
		f.note("b", false, "new", "old")
		equal(f, "retired", f.secret("old").RetiredAt.Equal(r.Now), true)
	}},
	{"retirement of a secret that no server ever named", func(f *fixture) {
		r := f.sealed()
		f.ok(f.s.RetireSecret(f.ctx, r))
		equal(f, "retired", f.secret("old").RetiredAt.Equal(f.now), true)
	}},
	{"no retirement of other values than were read", func(f *fixture) {
		r := f.sealed()
		for what, change := range map[string]func(*store.RetireSecret){
			"key check": func(r *store.RetireSecret) { r.KeyCheck.From = "x" },
			"a signing key": func(r *store.RetireSecret) {
				r.SigningKeys = map[string]store.Resealed{"a-1": {From: "sealed"}, "a-2": {From: "x"}}
			},
			"one less":         func(r *store.RetireSecret) { r.SigningKeys = map[string]store.Resealed{"a-1": {From: "sealed"}} },
			"registration key": func(r *store.RetireSecret) { r.RegistrationKeys = map[byte]store.Resealed{1: {From: "x"}} },
			"none":             func(r *store.RetireSecret) { r.RegistrationKeys = nil },
		} {
			other := r
			change(&other)
			f.retireRefused(what, other)
		}
	}},
	{"no retirement while a server seals with it or does not know the next", func(f *fixture) {
		r := f.sealed()
		f.note("a", false, "new", "old")
		for what, secrets := range map[string][]string{"seals with it": {"old", "new"}, "knows it alone": {"old"}, "knows a third alone": {"third"}} {
			f.note("b", false, secrets...)
			f.retireRefused(what, r)
		}
		alone := r
		alone.Alone = true
		f.now = f.now.Add(store.ServerGone + time.Second)
		r.Now = f.now
		f.note("a", false, "new", "old") // b is gone
		f.ok(f.s.RetireSecret(f.ctx, r))
	}},
	{"who is alone is hindered by nobody", func(f *fixture) {
		r := f.sealed()
		f.note("dead", true, "old")
		r.Alone = true
		f.ok(f.s.RetireSecret(f.ctx, r))
	}},
}

var rebaseTests = []test{
	{"another base URL, and nothing from before", func(f *fixture) {
		f.sealed()
		code := f.allow()
		_, g := f.family()
		_, over := f.family()
		f.ok(revoked(f, over.ID))
		r := store.Rebase{From: "https://auth.example", To: "https://login.example", Epoch: "next", Now: f.now, Audit: []store.AuditEntry{{At: f.now, Action: "database.rebased"}}}
		equal(f, "ended", must[int64](f)(f.s.Rebase(f.ctx, r)), 2)
		equal(f, "identity", must[store.Identity](f)(f.s.Init(f.ctx, store.Identity{}, f.now)),
			store.Identity{Epoch: "next", BaseURL: "https://login.example", KeyCheck: "check"})
		f.live(g.ID, false)
		f.live(code.Grant.ID, false)
		equal(f, "reason", f.grant(g.ID).Revoked, store.ReasonRebased)
		equal(f, "revocations", len(f.feed(store.RevocationFilter{})), 3)
		equal(f, "audit", last(f.audited()), "database.rebased")
		_, err := f.s.Rebase(f.ctx, r)
		f.isError(err, store.ErrConflict)
	}},
	{"not while a server runs", func(f *fixture) {
		f.sealed()
		_, g := f.family()
		f.note("a", false, "one")
		r := store.Rebase{From: "https://auth.example", To: "https://login.example", Epoch: "next", Now: f.now}
		_, err := f.s.Rebase(f.ctx, r)
		f.isError(err, store.ErrConflict)
		f.live(g.ID, true)
		r.Now = f.now.Add(store.ServerGone + time.Second)
		must[int64](f)(f.s.Rebase(f.ctx, r))
	}},
	{"not while a server runs, unless there can be none", func(f *fixture) {
		f.sealed()
		f.note("dead", true, "one")
		must[int64](f)(f.s.Rebase(f.ctx, store.Rebase{From: "https://auth.example", To: "https://login.example", Epoch: "next", Alone: true, Now: f.now}))
	}},
}

// revoked ends one grant.
func revoked(f *fixture, id string) error {
	_, err := f.s.Revoke(f.ctx, store.Revoke{GrantID: id, Reason: "test", Now: f.now})
	return err
}

var registrationKeyTests = []test{
	{"added above the others", func(f *fixture) {
		f.sealed()
		version := must[store.Versions](f)(f.s.Versions(f.ctx)).Keys
		two := store.RegistrationKey{Number: 2, Sealed: "r2", CreatedAt: f.now}
		f.ok(f.s.AddRegistrationKey(f.ctx, two, []store.AuditEntry{{At: f.now, Action: "registration_key.added"}}))
		for _, number := range []byte{0, 1, 2} {
			f.isError(f.s.AddRegistrationKey(f.ctx, store.RegistrationKey{Number: number, Sealed: "x", CreatedAt: f.now}, nil), store.ErrConflict)
		}
		keys := must[[]store.RegistrationKey](f)(f.s.RegistrationKeys(f.ctx))
		equal(f, "keys", keys, []store.RegistrationKey{{Number: 1, Sealed: "r1", CreatedAt: f.now}, two})
		equal(f, "version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, version+1)
		equal(f, "audit", f.audited(), []string{"registration_key.added"})
	}},
	{"retired with the grants of its clients", func(f *fixture) {
		f.sealed()
		under := func(clientID string) string {
			return f.allow(func(d *store.Decide) { d.Grant.ClientID, d.Code.ClientID = clientID, clientID }).Grant.ID
		}
		first, second, other := under("dyn_AQEx"), under("dyn_AQIx"), under("cli_dyn_AQE")
		r := store.RetireRegistrationKey{Number: 1, ClientPrefixes: []string{"dyn_AQE"}, Now: f.now, Audit: []store.AuditEntry{{At: f.now, Action: "registration_key.retired"}}}
		_, err := f.s.RetireRegistrationKey(f.ctx, r)
		f.isError(err, store.ErrConflict) // it is the newest
		f.live(first, true)
		f.ok(f.s.AddRegistrationKey(f.ctx, store.RegistrationKey{Number: 2, Sealed: "r2", CreatedAt: f.now}, nil))
		equal(f, "grants", must[store.GrantCount](f)(f.s.CountGrants(f.ctx, store.CountGrants{LiveAt: f.now, Of: store.Revoke{ClientPrefixes: r.ClientPrefixes}})).Grants, 1)
		version := must[store.Versions](f)(f.s.Versions(f.ctx)).Keys
		equal(f, "ended", must[int64](f)(f.s.RetireRegistrationKey(f.ctx, r)), 1)
		f.live(first, false)
		f.announced(f.grant(first), store.ReasonRegistrationRetired)
		f.live(second, true)
		f.live(other, true)
		equal(f, "version", must[store.Versions](f)(f.s.Versions(f.ctx)).Keys, version+1)
		equal(f, "audit", last(f.audited()), "registration_key.retired")
		_, err = f.s.RetireRegistrationKey(f.ctx, r)
		f.isError(err, store.ErrConflict)
	}},
}

var countTests = []test{
	{"by the time of the newest refresh token", func(f *fixture) {
		start := f.now
		count := func(from, until time.Time) store.GrantCount {
			f.t.Helper()
			return must[store.GrantCount](f)(f.s.CountGrants(f.ctx, store.CountGrants{LiveAt: f.now, Rotated: &store.Span{From: from, Until: until}}))
		}
		equal(f, "none", count(time.Time{}, start), store.GrantCount{})
		f.allow() // has no refresh token yet
		r, g := f.family()
		equal(f, "one", count(start, start), store.GrantCount{Grants: 1, Until: g.RotatedAt.Add(g.IdleTTL)})
		equal(f, "before", count(time.Time{}, start.Add(-time.Millisecond)).Grants, 0)
		f.now = f.now.Add(time.Hour)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		equal(f, "not any more", count(time.Time{}, f.now.Add(-time.Millisecond)).Grants, 0)
		equal(f, "then", count(f.now, f.now), store.GrantCount{Grants: 1, Until: f.now.Add(g.IdleTTL).UTC()})
		_, endless := f.family(func(d *store.Decide) { d.Grant.ExpiresAt, d.Grant.IdleTTL = time.Time{}, 0 })
		equal(f, "endless", count(f.now, f.now), store.GrantCount{Grants: 2, Until: f.now.Add(g.IdleTTL).UTC(), Endless: true})
		f.ok(revoked(f, endless.ID))
		_, short := f.family(func(d *store.Decide) { d.Grant.ExpiresAt = f.now.Add(time.Minute) })
		equal(f, "two", count(f.now, f.now), store.GrantCount{Grants: 2, Until: f.now.Add(g.IdleTTL).UTC()})
		f.ok(revoked(f, g.ID))
		equal(f, "the short one", count(f.now, f.now), store.GrantCount{Grants: 1, Until: short.ExpiresAt})
		f.now = f.now.Add(time.Minute)
		equal(f, "expired", count(start, f.now), store.GrantCount{})
	}},
}

func last(list []string) string { return list[len(list)-1] }
