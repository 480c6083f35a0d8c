package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

var auditTests = []test{
	{"newest first, of one object", func(f *fixture) {
		a := f.allow()
		f.allow()
		all := f.audit(store.AuditFilter{})
		equal(f, "all", len(all), 2)
		one := f.audit(store.AuditFilter{Object: "grant:" + a.Grant.ID, Limit: 9})
		equal(f, "one", one, all[1:])
		equal(f, "limited", f.audit(store.AuditFilter{Limit: 1}), all[:1])
		want := a.Audit[0]
		want.Position = one[0].Position
		equal(f, "entry", one[0], want)
	}},
	{"each filter, in conjunction", func(f *fixture) {
		old := f.noted("operator", "keys.rotated", "signing_key:a")
		f.now = f.now.Add(time.Hour)
		young := f.noted("schedule", "keys.rotated", "signing_key:a")
		other := f.noted("operator", "keys.revoked", "signing_key:b")
		for _, tt := range []struct {
			filter store.AuditFilter
			want   []store.AuditEntry
		}{
			{store.AuditFilter{}, []store.AuditEntry{other, young, old}},
			{store.AuditFilter{Actor: "operator"}, []store.AuditEntry{other, old}},
			{store.AuditFilter{Actions: []string{"keys.rotated"}}, []store.AuditEntry{young, old}},
			{store.AuditFilter{Actions: []string{"keys.revoked", "keys.rotated"}, Object: "signing_key:b"}, []store.AuditEntry{other}},
			{store.AuditFilter{Actions: []string{}}, nil},
			{store.AuditFilter{Actor: quotes}, nil},
			{store.AuditFilter{Object: quotes}, nil},
			{store.AuditFilter{Actions: []string{quotes}}, nil},
			{store.AuditFilter{Since: f.now}, []store.AuditEntry{other, young}},
			{store.AuditFilter{Since: f.now.Add(time.Millisecond)}, nil},
			{store.AuditFilter{Since: f.now, Actor: "schedule", Actions: []string{"keys.rotated"}}, []store.AuditEntry{young}},
			{store.AuditFilter{Before: other.Position}, []store.AuditEntry{young, old}},
			{store.AuditFilter{Forward: true}, []store.AuditEntry{old, young, other}},
			{store.AuditFilter{Forward: true, After: old.Position, Limit: 1}, []store.AuditEntry{young}},
			{store.AuditFilter{Forward: true, After: old.Position, Before: other.Position}, []store.AuditEntry{young}},
			{store.AuditFilter{Forward: true, After: other.Position}, nil},
		} {
			equal(f, fmt.Sprintf("%+v", tt.filter), f.audit(tt.filter), tt.want)
		}
	}},
	{"an undocumented action is refused, and with it the change", func(f *fixture) {
		g := f.allow().Grant
		_, err := f.s.Revoke(f.ctx, store.Revoke{GrantID: g.ID, Reason: "test", Now: f.now, Audit: []store.AuditEntry{{At: f.now, Action: "grant.forgotten"}}})
		if err == nil {
			f.t.Fatal("it was written")
		}
		f.live(g.ID, true)
	}},
	{"a replay says which grant, and why", func(f *fixture) {
		d := f.allow()
		r := f.redeeming(d)
		r.ReplayAudit[0].Object = ""
		f.redeem(r, store.OutcomeOK)
		f.redeem(r, store.OutcomeReplayed)
		f.ends(d.Grant.ID, store.ReasonCodeReplayed)
		for generation, reason := range map[uint32]string{0: store.ReasonReplayed, 9: store.ReasonAhead} {
			r, g := f.family()
			f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
			f.now = f.now.Add(2 * grace)
			_, err := f.s.RotateRefresh(f.ctx, f.refreshing(r.Family, generation))
			f.ok(err)
			f.ends(g.ID, reason)
		}
	}},
	{"what ends many says how many", func(f *fixture) {
		f.allow()
		f.allow()
		f.revoke(store.Revoke{
			Connection: connection, Sub: "alice", Reason: "test", Now: f.now,
			Audit: []store.AuditEntry{{At: f.now, Action: "user.revoked", Detail: map[string]string{"reason": "test"}}},
		})
		equal(f, "detail", f.audit(store.AuditFilter{})[0].Detail, map[string]string{"reason": "test", "grants": "2"})
	}},
	{"consuming writes its entry once", func(f *fixture) {
		o := store.Once{
			Namespace: "portal", ID: "1", Exp: f.now.Add(time.Minute),
			Audit: &store.AuditEntry{At: f.now, Action: "portal.opened", Object: "user:x/y"},
		}
		f.once(o, true)
		f.once(o, false)
		equal(f, "audit", f.audited(), []string{"portal.opened"})
	}},
	{"reading forward misses none and repeats none", auditForward},
	{"is swept, and positions go on", func(f *fixture) {
		first := f.noted("operator", "keys.rotated", "signing_key:a")
		last := f.noted("operator", "keys.rotated", "signing_key:b")
		f.now = f.now.Add(auditKept)
		f.sweep(store.Swept{})
		f.now = f.now.Add(time.Millisecond)
		f.sweep(store.Swept{Audit: 1})
		f.sweep(store.Swept{})
		equal(f, "kept", f.audit(store.AuditFilter{Forward: true, After: first.Position}), []store.AuditEntry{last})
		next := f.noted("operator", "keys.rotated", "signing_key:c")
		equal(f, "next", f.audit(store.AuditFilter{Forward: true, After: last.Position}), []store.AuditEntry{next})
		f.sweep(store.Swept{Audit: 1})
	}},
}

// quotes would end a text of SQL or JSON, if anything were put together.
const quotes = `' OR '1'='1' -- "]}\`

// auditForward reads while others write: in transactions of a statement, and longer ones.
func auditForward(f *fixture) {
	const writers, each = 8, 40
	var writing sync.WaitGroup
	failed := make(chan error, writers)
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				object := fmt.Sprintf("signing_key:%d.%d", w, i)
				err := f.s.RecordAudit(f.ctx, []store.AuditEntry{{At: f.now, Action: "keys.rotated", Object: object}})
				if i%8 == 0 && err == nil { // a transaction of several statements
					_, err = f.s.EraseUser(f.ctx, store.EraseUser{
						Connection: connection, Sub: "nobody", Pseudonym: "erased:1", Now: f.now,
						Audit: []store.AuditEntry{{At: f.now, Action: "user.erased", Object: object}},
					})
				}
				if err != nil {
					failed <- err
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	var seen []store.AuditEntry
	for last, over := int64(0), false; ; {
		select {
		case <-done:
			over = true
		default:
		}
		page := f.audit(store.AuditFilter{Forward: true, After: last, Limit: 7})
		if len(page) == 0 && over {
			break
		}
		seen = append(seen, page...)
		if len(page) > 0 {
			last = page[len(page)-1].Position
		}
	}
	close(failed)
	f.ok(errors.Join(slices.Collect(func(yield func(error) bool) {
		for err := range failed {
			yield(err)
		}
	})...))
	all := f.audit(store.AuditFilter{Forward: true, Limit: 1000})
	equal(f, "number", len(all), writers*(each+each/8))
	equal(f, "seen", seen, all)
}

func (f *fixture) audit(filter store.AuditFilter) []store.AuditEntry {
	f.t.Helper()
	return must[[]store.AuditEntry](f)(f.s.ListAudit(f.ctx, filter))
}

// noted writes an entry and reads it back.
func (f *fixture) noted(actor, action, object string) store.AuditEntry {
	f.t.Helper()
	e := store.AuditEntry{At: f.now, Actor: actor, Action: action, Object: object}
	f.ok(f.s.RecordAudit(f.ctx, []store.AuditEntry{e}))
	got := f.audit(store.AuditFilter{Limit: 1})[0]
	e.Position = got.Position
	equal(f, "entry", got, e)
	return got
}

// ends checks the newest entry: the end of a grant that somebody else may hold.
func (f *fixture) ends(grant, reason string) {
	f.t.Helper()
	e := f.audit(store.AuditFilter{Limit: 1})[0]
	equal(f, "object", e.Object, "grant:"+grant)
	equal(f, "reason", e.Detail["reason"], reason)
}
