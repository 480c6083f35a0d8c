package storetest

import (
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

var redeemTests = []test{
	{"installs the family", func(f *fixture) {
		d := f.allow()
		f.now = f.now.Add(time.Second)
		r := f.redeeming(d)
		got := f.redeem(r, store.OutcomeOK)
		equal(f, "stored grant", f.grant(d.Grant.ID), got)
		equal(f, "family", got.HasFamily, true)
		equal(f, "generation", got.Generation, 0)
		equal(f, "rotated", got.RotatedAt, f.now)
		equal(f, "used", got.LastUsedAt, f.now)
		equal(f, "steps", f.steps(got.Attempt), []string{"authorize", "user_details", "decision", "token"})
	}},
	{"without offline access there is no family", func(f *fixture) {
		r, got := f.family(func(d *store.Decide) { d.Grant.Offline = false })
		equal(f, "family", got.HasFamily, false)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeUnknown)
		f.redeem(r, store.OutcomeReplayed)
	}},
	{"offline access takes a family", func(f *fixture) {
		d := f.allow()
		r := f.redeeming(d)
		r.Family = store.FamilyID{}
		if _, err := f.s.RedeemCode(f.ctx, r); err == nil {
			f.t.Fatal("no error")
		}
		f.redeem(f.redeeming(d), store.OutcomeOK)
	}},
	{"redirect_uri may be omitted", func(f *fixture) {
		r := f.redeeming(f.allow())
		r.RedirectURI = ""
		f.redeem(r, store.OutcomeOK)
	}},
	{"replay ends the grant, once", func(f *fixture) {
		r, g := f.family()
		f.redeem(r, store.OutcomeReplayed)
		f.live(g.ID, false)
		equal(f, "reason", f.grant(g.ID).Revoked, store.ReasonCodeReplayed)
		f.redeem(r, store.OutcomeEnded)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeEnded)
		equal(f, "steps", f.steps(g.Attempt), []string{"authorize", "user_details", "decision", "token", "token"})
		equal(f, "audit", f.audited(), []string{"grant.created", "grant.revoked"})
	}},
	{"a replay that is not valid changes nothing", func(f *fixture) {
		r, g := f.family()
		for _, spoil := range []func(*store.RedeemCode){
			func(r *store.RedeemCode) { r.Challenge = "other" },
			func(r *store.RedeemCode) { r.ClientID = "cli_other" },
			func(r *store.RedeemCode) { r.RedirectURI += "x" },
			func(r *store.RedeemCode) { r.Now = f.now.Add(time.Minute) },
			func(r *store.RedeemCode) { r.Permits = nil },
		} {
			bad := r
			spoil(&bad)
			must[store.Redeemed](f)(f.s.RedeemCode(f.ctx, bad))
		}
		f.live(g.ID, true)
		f.rotate(f.refreshing(r.Family, 0), store.OutcomeOK)
	}},
	{"refusals change nothing", redeemRefusals},
	{"ended", func(f *fixture) {
		d := f.allow()
		must[[]string](f)(f.s.Revoke(f.ctx, store.Revoke{GrantID: d.Grant.ID, Reason: "user", Now: f.now}))
		f.redeem(f.redeeming(d), store.OutcomeEnded)
	}},
	{"a used assertion consumes no code", func(f *fixture) {
		d := f.allow()
		once := &store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}
		equal(f, "first", must[bool](f)(f.s.ConsumeOnce(f.ctx, *once, f.now)), true)
		r := f.redeeming(d)
		r.Once = once
		f.redeem(r, store.OutcomeOnce)
		f.live(d.Grant.ID, true)
		r.Once = &store.Once{Namespace: "jti", ID: "2", Exp: f.now.Add(time.Minute)}
		f.redeem(r, store.OutcomeOK)
		equal(f, "consumed", must[bool](f)(f.s.ConsumeOnce(f.ctx, *r.Once, f.now)), false)
	}},
	{"a used assertion betrays no replay", func(f *fixture) {
		d := f.allow()
		r := f.redeeming(d)
		r.Once = &store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Minute)}
		f.redeem(r, store.OutcomeOK)
		f.redeem(r, store.OutcomeOnce)
		f.live(d.Grant.ID, true)
	}},
}

// redeemRefusals presents one good code in every bad way, then in the good one.
func redeemRefusals(f *fixture) {
	d := f.allow()
	before := f.grant(d.Grant.ID)
	for name, tt := range map[string]struct {
		spoil func(*store.RedeemCode)
		want  store.Outcome
	}{
		"id":         {func(r *store.RedeemCode) { r.ID = "unknown" }, store.OutcomeUnknown},
		"client":     {func(r *store.RedeemCode) { r.ClientID = "cli_other" }, store.OutcomeMismatch},
		"challenge":  {func(r *store.RedeemCode) { r.Challenge = "other" }, store.OutcomeMismatch},
		"redirect":   {func(r *store.RedeemCode) { r.RedirectURI += "/" }, store.OutcomeMismatch},
		"expired":    {func(r *store.RedeemCode) { r.Now = f.now.Add(time.Minute) }, store.OutcomeExpired},
		"no permit":  {func(r *store.RedeemCode) { r.Permits = nil }, store.OutcomeNotPermitted},
		"server":     {permit(store.Permit{MCPServer: "res_other", Connection: connection}), store.OutcomeNotPermitted},
		"connection": {permit(store.Permit{MCPServer: server, Connection: "conn_other"}), store.OutcomeNotPermitted},
		"no host":    {permit(store.Permit{MCPServer: server, Connection: connection, RedirectHosts: []string{}}), store.OutcomeNotPermitted},
		"other host": {permit(store.Permit{MCPServer: server, Connection: connection, RedirectHosts: []string{"x.example"}}), store.OutcomeNotPermitted},
	} {
		r := f.redeeming(d)
		r.Once = &store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Hour)}
		tt.spoil(&r)
		if got := must[store.Redeemed](f)(f.s.RedeemCode(f.ctx, r)); got.Outcome != tt.want {
			f.t.Errorf("%s: outcome %d, want %d", name, got.Outcome, tt.want)
		}
	}
	equal(f, "grant", f.grant(d.Grant.ID), before)
	r := f.redeeming(d)
	r.Once = &store.Once{Namespace: "jti", ID: "1", Exp: f.now.Add(time.Hour)}
	r.Now = f.now.Add(time.Minute - time.Millisecond)
	permit(store.Permit{MCPServer: server, Connection: connection, RedirectHosts: []string{"x.example", "client.example"}})(&r)
	f.redeem(r, store.OutcomeOK)
}

func permit(p store.Permit) func(*store.RedeemCode) {
	return func(r *store.RedeemCode) { r.Permits = []store.Permit{p} }
}
