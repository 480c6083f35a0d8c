package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// presenters is how many race in each test.
const presenters = 200

func isConflict(err error) bool { return errors.Is(err, store.ErrConflict) }

// race runs n calls at once and counts their answers. An error counts as none.
func race[T comparable](f *fixture, n int, call func(i int) (T, error)) map[T]int {
	f.t.Helper()
	type result struct {
		answer T
		err    error
	}
	results := make([]result, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			results[i].answer, results[i].err = call(i)
		})
	}
	start.Done()
	done.Wait()
	count := map[T]int{}
	for _, r := range results {
		if r.err != nil {
			f.t.Fatalf("unexpected error: %v", r.err)
		}
		count[r.answer]++
	}
	return count
}

var raceTests = []test{
	{"one code: one wins, and the others end its grant", func(f *fixture) {
		d := f.allow()
		count := race(f, presenters, func(int) (store.Outcome, error) {
			got, err := f.s.RedeemCode(f.ctx, f.redeeming(d))
			return got.Outcome, err
		})
		equal(f, "outcomes", count, map[store.Outcome]int{
			store.OutcomeOK: 1, store.OutcomeReplayed: 1, store.OutcomeEnded: presenters - 2,
		})
		f.live(d.Grant.ID, false)
		equal(f, "audit", f.audited(), []string{"grant.created", "grant.revoked"})
	}},
	{"one refresh token: one rotates, the others get the same successor", func(f *fixture) {
		r, g := f.family()
		count := race(f, presenters, func(int) (string, error) {
			got, err := f.s.RotateRefresh(f.ctx, f.refreshing(r.Family, 0))
			return fmt.Sprint(got.Outcome, " to ", got.Grant.Generation), err
		})
		equal(f, "outcomes", count, map[string]int{
			fmt.Sprint(store.OutcomeOK, " to ", 1): 1, fmt.Sprint(store.OutcomeRepeated, " to ", 1): presenters - 1,
		})
		f.live(g.ID, true)
	}},
	{"one refresh token without grace: one rotates, the family dies", func(f *fixture) {
		r, g := f.family()
		count := race(f, presenters, func(i int) (store.Outcome, error) {
			req := f.refreshing(r.Family, 0)
			req.Grace = -time.Millisecond
			got, err := f.s.RotateRefresh(f.ctx, req)
			return got.Outcome, err
		})
		equal(f, "outcomes", count, map[store.Outcome]int{
			store.OutcomeOK: 1, store.OutcomeReplayed: 1, store.OutcomeEnded: presenters - 2,
		})
		f.live(g.ID, false)
	}},
	{"one decision: one wins and writes one grant", func(f *fixture) {
		l := f.login()
		count := race(f, presenters, func(i int) (store.DecideOutcome, error) {
			d := f.allowing(l)
			if i%2 == 1 {
				d.Decision, d.Grant, d.Code = store.DecisionDeny, nil, nil
			}
			return f.s.Decide(f.ctx, d)
		})
		equal(f, "outcomes", count, map[store.DecideOutcome]int{store.Decided: 1, store.AlreadyDecided: presenters - 1})
		got := must[store.Login](f)(f.s.Login(f.ctx, l.ID))
		grants := f.list(store.GrantFilter{})
		if allowed := got.Decision == store.DecisionAllow; allowed != (len(grants) == 1) || len(grants) > 1 {
			f.t.Fatalf("decision %q and %d grants", got.Decision, len(grants))
		}
	}},
	{"one login, half alice half bob: no mixtures", func(f *fixture) {
		base := f.posted()
		count := race(f, presenters, func(i int) (store.PutLoginOutcome, error) {
			p := base
			name := []string{"alice", "bob"}[i%2]
			p.Login.User = store.User{Sub: name, Email: name + "@acme.example"}
			p.Attempt.Sub = name
			return f.s.PutLogin(f.ctx, p)
		})
		equal(f, "outcomes", count, map[store.PutLoginOutcome]int{
			store.LoginRecorded: 1, store.LoginKnown: presenters/2 - 1, store.LoginConflict: presenters / 2,
		})
		l := must[store.Login](f)(f.s.Login(f.ctx, base.Login.ID))
		equal(f, "user", l.User.Email, l.User.Sub+"@acme.example")
		equal(f, "digest", l.SubDigest, store.SubDigest(l.ID, l.User.Sub))
		equal(f, "attempt", must[store.Attempt](f)(f.s.Attempt(f.ctx, l.Attempt)).Sub, l.User.Sub)
	}},
	{"decision against burning: the grant never survives", func(f *fixture) {
		d := f.allowing(f.login())
		count := race(f, 2, func(i int) (string, error) {
			if i == 0 {
				burned, err := f.s.Burn(f.ctx, store.Burn{Login: d.Login, Now: f.now})
				return fmt.Sprint("burned ", burned), err
			}
			outcome, err := f.s.Decide(f.ctx, d)
			return fmt.Sprint("decided ", outcome == store.Decided), err
		})
		equal(f, "burned", count["burned true"], 1)
		if count["decided true"] == 1 {
			f.live(d.Grant.ID, false)
		}
	}},
	{"one assertion", func(f *fixture) {
		o := store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}
		count := race(f, presenters, func(int) (bool, error) { return f.s.ConsumeOnce(f.ctx, o, f.now) })
		equal(f, "first", count, map[bool]int{true: 1, false: presenters - 1})
	}},
	{"one catalog version", func(f *fixture) {
		count := race(f, 20, func(i int) (int64, error) {
			version, err := f.s.ApplyCatalog(f.ctx, store.ApplyCatalog{
				Now: f.now, Put: []catalog.Object{object(catalog.KindClient, fmt.Sprint("cli_", i), `{}`)},
			})
			if isConflict(err) {
				return 0, nil
			}
			return version, err
		})
		equal(f, "versions", count, map[int64]int{1: 1, 0: 19})
		equal(f, "objects", len(f.objects()), 1)
	}},
	{"ten nodes make one set of keys", func(f *fixture) {
		count := race(f, 10, func(i int) (string, error) {
			keys, err := f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", fmt.Sprint("node", i)), f.now)
			if err != nil || len(keys) != 2 {
				return fmt.Sprint(keys), err
			}
			return keys[0].KID + " " + keys[1].KID, nil
		})
		equal(f, "different sets", len(count), 1)
	}},
	{"ten nodes rotate once, or revoke", func(f *fixture) {
		must[[]store.SigningKey](f)(f.s.EnsureSigningKeys(f.ctx, f.keySet("RS256", "a"), f.now))
		count := race(f, 10, func(i int) (bool, error) {
			standby := f.keySet("RS256", fmt.Sprint("node", i))[1]
			var err error
			if i%2 == 0 {
				_, err = f.s.RotateSigningKey(f.ctx, store.RotateSigningKey{Alg: "RS256", Activate: "a-2", Standby: standby, Now: f.now})
			} else {
				_, err = f.s.RevokeSigningKey(f.ctx, store.RevokeSigningKey{
					KID: "a-1", Alg: "RS256", State: store.KeyActive, Activate: "a-2", Standby: standby, Now: f.now,
				})
			}
			if errors.Is(err, store.ErrConflict) {
				return false, nil
			}
			return err == nil, err
		})
		equal(f, "winners", count[true], 1)
		states := f.keyStates()
		equal(f, "active", states["a-2"], store.KeyActive)
	}},
	{"ten nodes record one identity", func(f *fixture) {
		count := race(f, 10, func(i int) (store.Identity, error) {
			return f.s.Init(f.ctx, store.Identity{Epoch: fmt.Sprint(i), BaseURL: "b", KeyCheck: "k"}, f.now)
		})
		equal(f, "different identities", len(count), 1)
	}},
}
