package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func (f *fixture) feed(filter store.RevocationFilter) []store.Revocation {
	f.t.Helper()
	return must[[]store.Revocation](f)(f.s.Revocations(f.ctx, filter))
}

func (f *fixture) reasons(filter store.RevocationFilter) []string {
	f.t.Helper()
	reasons := []string{}
	for _, r := range f.feed(filter) {
		reasons = append(reasons, r.Reason)
	}
	return reasons
}

// announced says that the only revocations are of g, for these reasons.
func (f *fixture) announced(g store.Grant, reasons ...string) {
	f.t.Helper()
	got := f.feed(store.RevocationFilter{})
	if len(got) != len(reasons) {
		f.t.Fatalf("%d revocations %+v, want %q", len(got), got, reasons)
	}
	for i, r := range got {
		want := store.Revocation{
			Position: r.Position, At: f.now, GrantID: g.ID, Connection: g.Connection, MCPServer: g.MCPServer,
			ClientID: g.ClientID, Sub: g.Sub, Reason: reasons[i],
		}
		equal(f, "revocation", r, want)
	}
}

var revocationTests = []test{
	{"empty", func(f *fixture) {
		f.family()
		equal(f, "feed", f.feed(store.RevocationFilter{}), nil)
		equal(f, "last", must[int64](f)(f.s.LastRevocation(f.ctx)), int64(0))
	}},
	{"of a revocation, once", func(f *fixture) {
		_, g := f.family()
		f.revoke(store.Revoke{GrantID: g.ID, Reason: "test", Now: f.now})
		f.revoke(store.Revoke{GrantID: g.ID, Reason: "again", Now: f.now})
		f.announced(g, "test")
	}},
	{"of a replayed code", func(f *fixture) {
		r, g := f.family()
		f.redeem(r, store.OutcomeReplayed)
		f.redeem(r, store.OutcomeEnded)
		f.announced(g, store.ReasonCodeReplayed)
	}},
	{"of a replayed refresh token", func(f *fixture) {
		r, g := f.family()
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
		f.rotate(f.refreshing(r.Family, 1), store.OutcomeOK)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeReplayed)
		f.announced(g, store.ReasonReplayed)
	}},
	{"of a token ahead of the store", func(f *fixture) {
		r, g := f.family()
		f.rotate(f.refreshing(r.Family, 3), store.OutcomeAhead)
		f.announced(g, store.ReasonAhead)
	}},
	{"of burning", func(f *fixture) {
		d := f.allow()
		equal(f, "burned", must[bool](f)(f.s.Burn(f.ctx, store.Burn{Login: d.Login, Now: f.now})), true)
		f.announced(f.grant(d.Grant.ID), store.ReasonBurned)
	}},
	{"of disabling and deleting a connection", func(f *fixture) {
		_, g := f.family()
		o := object(catalog.KindConnection, connection, `{}`)
		version := f.apply(store.ApplyCatalog{Put: []catalog.Object{o}})
		version = f.apply(store.ApplyCatalog{Base: version, Put: []catalog.Object{o}})
		f.announced(g)
		o.Disabled = true
		version = f.apply(store.ApplyCatalog{Base: version, Put: []catalog.Object{o}})
		version = f.apply(store.ApplyCatalog{Base: version, Put: []catalog.Object{o}})
		f.live(g.ID, true)
		f.announced(g, "connection_disabled")
		f.apply(store.ApplyCatalog{Base: version, Delete: []catalog.Ref{o.Ref()}})
		f.announced(g, "connection_disabled", "connection_deleted")
	}},
	{"of disabling a user: each live grant, each time", func(f *fixture) {
		_, g := f.family()
		_, ended := f.family()
		f.revoke(store.Revoke{GrantID: ended.ID, Reason: "test", Now: f.now})
		f.bob()
		after := f.feed(store.RevocationFilter{})[0].Position
		for _, on := range []bool{true, true, false, true} {
			f.disable(on)
		}
		got := f.feed(store.RevocationFilter{After: after})
		equal(f, "entries", len(got), 2)
		for _, r := range got {
			equal(f, "grant and reason", []string{r.GrantID, r.Reason}, []string{g.ID, store.ReasonUserDisabled})
		}
	}},
	{"of erasing a user", func(f *fixture) {
		_, g := f.family()
		f.erase("alice")
		g.Sub = ""
		f.announced(g, "user_erased")
	}},
	{"by MCP server and page", func(f *fixture) {
		for i := range 9 {
			d := f.allow(func(d *store.Decide) {
				if i%3 == 0 {
					d.Grant.MCPServer, d.Code.MCPServer = "res_other", "res_other"
				}
			})
			f.revoke(store.Revoke{GrantID: d.Grant.ID, Reason: fmt.Sprint(i), Now: f.now})
		}
		equal(f, "theirs", f.reasons(store.RevocationFilter{MCPServers: []string{"res_other", "res_none"}}), []string{"0", "3", "6"})
		equal(f, "none", f.reasons(store.RevocationFilter{MCPServers: []string{}}), []string{})
		var got []string
		var after int64
		for page := f.feed(store.RevocationFilter{Limit: 4}); len(page) > 0; page = f.feed(store.RevocationFilter{After: after, Limit: 4}) {
			for _, r := range page {
				if r.Position <= after {
					f.t.Fatalf("position %d follows %d", r.Position, after)
				}
				after = r.Position
				got = append(got, r.Reason)
			}
		}
		equal(f, "all", got, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8"})
		equal(f, "last", must[int64](f)(f.s.LastRevocation(f.ctx)), after)
	}},
	{"kept for longer than any access token lives, and a position is never reused", func(f *fixture) {
		d := f.allow()
		f.revoke(store.Revoke{GrantID: d.Grant.ID, Reason: "test", Now: f.now})
		before := f.feed(store.RevocationFilter{})[0].Position
		f.now = f.now.Add(24 * time.Hour)
		f.sweep(store.Swept{})
		f.now = f.now.Add(time.Hour + time.Millisecond)
		f.sweep(store.Swept{Logins: 1, Codes: 1, Revocations: 1})
		d = f.allow()
		f.revoke(store.Revoke{GrantID: d.Grant.ID, Reason: "test", Now: f.now})
		if after := f.feed(store.RevocationFilter{})[0].Position; after <= before {
			f.t.Fatalf("position %d after %d", after, before)
		}
	}},
	{"a reader that follows misses nothing that is written side by side", readersMissNothing},
}

// readersMissNothing ends many grants at once while one reader follows. What the
// reader has at the end must be everything, although it never goes back.
func readersMissNothing(f *fixture) {
	const grants = 100
	ids := make([]string, grants)
	for i := range ids {
		ids[i] = f.allow().Grant.ID
	}
	var writers sync.WaitGroup
	var done atomic.Bool
	for _, id := range ids {
		writers.Go(func() {
			_, err := f.s.Revoke(f.ctx, store.Revoke{GrantID: id, Reason: "test", Now: f.now})
			if err != nil {
				f.t.Errorf("revoke: %v", err)
			}
		})
	}
	go func() { writers.Wait(); done.Store(true) }()
	seen := map[string]int{}
	var after int64
	for last := false; !last; {
		last = done.Load() // one more reading after the last commit
		for _, r := range f.feed(store.RevocationFilter{After: after, Limit: 7}) {
			after, last = r.Position, false
			seen[r.GrantID]++
		}
	}
	for _, id := range ids {
		equal(f, "seen "+id, seen[id], 1)
	}
}
