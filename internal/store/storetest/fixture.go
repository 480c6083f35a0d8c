package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// fixture is a store, a clock and the usual way to a refresh token.
type fixture struct {
	t   *testing.T
	ctx context.Context
	s   store.Store
	now time.Time
}

func newFixture(t *testing.T, s store.Store) *fixture {
	return &fixture{t: t, ctx: t.Context(), s: s, now: time.Date(2031, 2, 3, 4, 5, 6, 789e6, time.UTC)}
}

const (
	connection  = "conn_acme"
	server      = "res_todo"
	client      = "cli_inspector"
	challenge   = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	redirectURI = "https://client.example/callback"
	grace       = 30 * time.Second
)

// permits admit exactly the grants of the fixture.
var permits = []store.Permit{{MCPServer: server, Connection: connection}}

// must fails the test on an error and returns the value otherwise.
func must[T any](f *fixture) func(T, error) T {
	return func(v T, err error) T {
		f.t.Helper()
		if err != nil {
			f.t.Fatalf("unexpected error: %v", err)
		}
		return v
	}
}

func (f *fixture) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("unexpected error: %v", err)
	}
}

func (f *fixture) isError(got, want error) {
	f.t.Helper()
	if !errors.Is(got, want) {
		f.t.Fatalf("error = %v, want %v", got, want)
	}
}

// equal compares what a test has read with what it expects.
func equal[T any](f *fixture, what string, got, want T) {
	f.t.Helper()
	if !reflect.DeepEqual(got, want) {
		f.t.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// posted is a user-details POST of alice, not yet presented.
func (f *fixture) posted() store.PutLogin {
	var id store.LoginID
	_, _ = rand.Read(id[:])
	l := store.Login{
		ID: id, Attempt: "req_" + rand.Text(), Connection: connection,
		User:     store.User{Sub: "alice", Email: "alice@acme.example", Roles: []string{"admin"}},
		PostedAt: f.now, DecideBy: f.now.Add(10 * time.Minute),
	}
	return store.PutLogin{
		Login:   l,
		Attempt: store.AttemptSummary{ID: l.Attempt, Connection: connection, Sub: "alice", StartedAt: f.now.Add(-time.Second)},
		Events: []store.Event{
			{At: f.now.Add(-time.Second), Step: "authorize", OK: true, Notes: map[string]string{"client": client}},
			{At: f.now, Step: "user_details", OK: true},
		},
	}
}

// login posts alice and returns the login.
func (f *fixture) login(change ...func(*store.PutLogin)) store.Login {
	f.t.Helper()
	p := f.posted()
	for _, c := range change {
		c(&p)
	}
	equal(f, "PutLogin", must[store.PutLoginOutcome](f)(f.s.PutLogin(f.ctx, p)), store.LoginRecorded)
	return p.Login
}

// allowing is the decision that turns l into a grant with offline access.
func (f *fixture) allowing(l store.Login) store.Decide {
	g := store.Grant{
		ID: "grt_" + rand.Text(), Origin: store.OriginBrowser, MCPServer: server,
		Issuer: "https://auth.example/resources/" + server, Resource: "https://mcp.example/mcp",
		Scopes: []string{"todo:read", "todo:write"}, Offline: true,
		ClientID: client, ClientName: "Inspector", ClientKind: "preregistered", ClientJSON: []byte(`{"auth_method":"none"}`),
		RedirectURI: redirectURI, RedirectHost: "client.example", CNF: []byte(`{"jkt":"x"}`),
		ExpiresAt: f.now.Add(30 * 24 * time.Hour), IdleTTL: 7 * 24 * time.Hour,
	}
	c := store.Code{
		ID: rand.Text(), ClientID: client, Challenge: challenge, RedirectURI: redirectURI,
		MCPServer: server, ExpiresAt: f.now.Add(time.Minute),
	}
	return store.Decide{
		Login: l.ID, Connection: connection, Now: f.now, Decision: store.DecisionAllow, Grant: &g, Code: &c,
		Events: []store.Event{{At: f.now.Add(time.Second), Step: "decision", OK: true}},
		Audit:  []store.AuditEntry{{At: f.now, Actor: "user:conn_acme/alice", Action: "grant.created", Object: "grant:" + g.ID}},
	}
}

// allow brings a login to its grant and code.
func (f *fixture) allow(change ...func(*store.Decide)) store.Decide {
	f.t.Helper()
	d := f.allowing(f.login())
	for _, c := range change {
		c(&d)
	}
	equal(f, "Decide", must[store.DecideOutcome](f)(f.s.Decide(f.ctx, d)), store.Decided)
	return d
}

// redeeming presents the code of d as its own client does.
func (f *fixture) redeeming(d store.Decide) store.RedeemCode {
	r := store.RedeemCode{
		ID: d.Code.ID, ClientID: client, Challenge: challenge, RedirectURI: redirectURI, Permits: permits, Now: f.now,
		Events:       []store.Event{{At: f.now.Add(2 * time.Second), Step: "token", OK: true}},
		ReplayEvents: []store.Event{{At: f.now.Add(3 * time.Second), Step: "token", Reason: "code_replayed"}},
		ReplayAudit:  []store.AuditEntry{{At: f.now, Actor: "client:" + client, Action: "grant.revoked", Object: "grant:" + d.Grant.ID}},
	}
	_, _ = rand.Read(r.Family[:])
	return r
}

// family brings a login to its refresh token family, at generation 0.
func (f *fixture) family(change ...func(*store.Decide)) (store.RedeemCode, store.Grant) {
	f.t.Helper()
	r := f.redeeming(f.allow(change...))
	got := f.redeem(r, store.OutcomeOK)
	return r, got
}

func (f *fixture) redeem(r store.RedeemCode, want store.Outcome) store.Grant {
	f.t.Helper()
	got := must[store.Redeemed](f)(f.s.RedeemCode(f.ctx, r))
	equal(f, "RedeemCode", got.Outcome, want)
	return got.Grant
}

// refreshing presents generation of a family as its own client does.
func (f *fixture) refreshing(family store.FamilyID, generation uint32) store.RotateRefresh {
	return store.RotateRefresh{
		Family: family, Generation: generation, ClientID: client, Permits: permits, Grace: grace, Now: f.now,
		ReplayEvents: []store.Event{{At: f.now.Add(4 * time.Second), Step: "refresh", Reason: "refresh_token_replayed"}},
		ReplayAudit:  []store.AuditEntry{{At: f.now, Actor: "client:" + client, Action: "grant.revoked", Object: "family"}},
	}
}

func (f *fixture) rotate(r store.RotateRefresh, want store.Outcome) store.Grant {
	f.t.Helper()
	got := must[store.Rotated](f)(f.s.RotateRefresh(f.ctx, r))
	equal(f, "RotateRefresh", got.Outcome, want)
	return got.Grant
}

func (f *fixture) grant(id string) store.Grant {
	f.t.Helper()
	return must[store.Grant](f)(f.s.Grant(f.ctx, id))
}

// live checks whether a grant is unrevoked.
func (f *fixture) live(id string, want bool) {
	f.t.Helper()
	if g := f.grant(id); g.RevokedAt.IsZero() != want || (g.Revoked == "") != want {
		f.t.Fatalf("grant %s: revoked at %v for %q, want live %v", id, g.RevokedAt, g.Revoked, want)
	}
}

// steps are the steps of an attempt's events, in order.
func (f *fixture) steps(attempt string) []string {
	f.t.Helper()
	var steps []string
	for _, e := range must[store.Attempt](f)(f.s.Attempt(f.ctx, attempt)).Events {
		steps = append(steps, e.Step)
	}
	return steps
}

// audited are the actions of all audit entries, oldest first.
func (f *fixture) audited() []string {
	f.t.Helper()
	entries := must[[]store.AuditEntry](f)(f.s.ListAudit(f.ctx, store.AuditFilter{}))
	actions := make([]string, len(entries))
	for i, e := range entries {
		actions[len(entries)-1-i] = e.Action
	}
	return actions
}
