package symbolon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// audited is the newest entry of an action.
func (x *scene) audited(action string) store.AuditEntry {
	x.Helper()
	e := store.AuditEntry{Action: action}
	var detail string
	x.query("SELECT actor, object, detail FROM audit WHERE action = '"+action+"' ORDER BY seq DESC LIMIT 1", &e.Actor, &e.Object, &detail)
	if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
		x.Fatal(err)
	}
	return e
}

// was compares the newest entry of an action with what it must say.
func (x *scene) was(action, actor, object, detail string) {
	x.Helper()
	e := x.audited(action)
	var words []string
	for _, name := range []string{"reason", "grants", "organization", "members", "grant"} {
		if value, ok := e.Detail[name]; ok {
			words = append(words, name+"="+value)
		}
	}
	if got := strings.Join(words, " "); e.Actor != actor || e.Object != object || got != detail {
		x.Errorf("%s by %s on %s: %s; want by %s on %s: %s", action, e.Actor, e.Object, got, actor, object, detail)
	}
}

// Who, what, to whom, and why: for everything that a user, a client or a company ends
// or changes.
func TestChangesAreAudited(t *testing.T) {
	x, tokens := managed(t)
	const company, alice = "api_client:" + symbolontest.LoginClientID, "user:" + symbolontest.ConnectionID + "/alice"
	user, client := "user:"+symbolontest.ConnectionID, "client:"+x.client.ID
	grant := func(tokens symbolontest.Tokens) string { return "grant:" + x.grantOf(tokens) }

	x.was("grant.created", user, grant(tokens), "")
	x.client.MustRefresh(tokens.Refresh)
	x.server.Clock.Advance(time.Minute)
	x.client.Refresh(tokens.Refresh)
	x.was("grant.revoked", client, grant(tokens), "reason=refresh_token_replayed")

	_, tokens = x.tokens()
	x.client.Revoke(tokens.Refresh)
	x.was("grant.revoked", client, grant(tokens), "reason=revoked_by_client")
	_, tokens = x.tokens()
	x.client.Revoke(tokens.Access)
	x.was("grant.revoked", client, grant(tokens), "reason=revoked_by_client")

	a, code := x.code()
	tokens = x.client.MustRedeem(a, code)
	x.client.Redeem(a, code)
	x.was("grant.revoked", client, grant(tokens), "reason=code_replayed")

	x.say("update", object{"sub": "alice", "name": "Alice", "roles": []string{"viewer"}})
	x.was("user.updated", company, alice, "members=name roles")
	x.say("update", object{"sub": "alice", "disabled": true})
	x.was("user.disabled", company, alice, "")
	x.say("update", object{"sub": "alice", "disabled": false})
	x.was("user.enabled", company, alice, "")

	x.tokens()
	x.tokens()
	x.say("revoke", object{"sub": "alice"})
	x.was("user.revoked", company, alice, "reason=revoked_by_company grants=2")

	link := x.say("portal-link", object{"sub": "alice"})["url"].(string)
	x.was("portal.link_made", company, alice, "")
	at, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	x.server.NewBrowser().Get(at.String())
	x.was("portal.opened", user, alice, "")

	x.say("export", object{"sub": "alice"})
	x.was("user.exported", company, alice, "")
	digest := x.say("erase", object{"sub": "alice"})["digest"].(string)
	erased := "user:" + symbolontest.ConnectionID + "/" + digest
	x.was("user.erased", company, erased, "grants=0")
	x.was("user.exported", company, erased, "")
	x.say("export", object{"sub": "alice"}) // finds nothing, and brings the name not back
	x.was("user.exported", company, erased, "")
	if e := x.audited("secret.sealing"); e.Actor != "system" || !strings.HasPrefix(e.Object, "secret:") || strings.Contains(e.Object, string(x.server.Config().Secret)) {
		x.Errorf("%+v", e)
	}
}

// What cannot be written down does not happen.
func TestWithoutItsAuditNothingHappens(t *testing.T) {
	x, tokens := managed(t)
	x.say("update", object{"sub": "alice", "organization_external_id": "org_7"})
	link := x.say("portal-link", object{"sub": "alice"})["url"].(string)
	x.query("CREATE TRIGGER stop BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'stop'); END")
	for action, body := range map[string]object{
		"revoke":      {"sub": "alice"},
		"update":      {"sub": "alice", "disabled": true},
		"export":      {"sub": "alice"},
		"erase":       {"sub": "alice"},
		"portal-link": {"sub": "alice"},
	} {
		if r := x.as(x.server.App.Token(), usersPath+":"+action, body); r.Status != http.StatusServiceUnavailable || strings.Contains(r.Body, "alice@") {
			x.Errorf("%s: %d %s", action, r.Status, r.Body)
		}
	}
	id := x.grantOf(tokens)
	path := "/api/v1/connections/" + symbolontest.ConnectionID
	for _, r := range []*symbolontest.Response{
		x.as(x.server.App.Token(), path+"/grants/"+id+":revoke", object{"sub": "alice"}),
		x.as(x.server.App.Token(), path+"/organizations:revoke", object{"organization_external_id": "org_7"}),
		x.client.Revoke(tokens.Access),
		x.server.NewBrowser().Get(link),
	} {
		if r.Status != http.StatusServiceUnavailable {
			x.Errorf("%d %s", r.Status, r.Body)
		}
	}
	x.query("DROP TRIGGER stop")
	x.alive(tokens)
	if r := x.server.NewBrowser().Get(link); r.Status != http.StatusSeeOther {
		x.Errorf("the link that could not be opened: %d", r.Status)
	}
}

// A company ends what one user, or everybody, allowed in one organisation.
func TestRevokingInAnOrganization(t *testing.T) {
	x := chooser(t, func(c *symbolon.Config) { twoCompanies(c) })
	connect := func(organization string) symbolontest.Tokens {
		b, a, page := x.visited(member())
		tokens, _ := x.granted(a, x.allow(b, page, choose("organization", organization, "option.environment", "live")))
		return tokens
	}
	europe, japan := connect("org_eu"), connect("org_jp")
	b, _, waiting := x.visited(member())
	answer := x.say("revoke", object{"sub": "alice", "organization_external_id": "org_eu"})
	if fmt.Sprint(answer["grants"]) != fmt.Sprint([]string{x.grantOf(europe)}) {
		x.Errorf("%v", answer)
	}
	x.dead(europe)
	japan = x.alive(japan)
	x.refused("a decision that waited", x.allow(b, waiting, choose("organization", "org_jp", "option.environment", "live")))
	if e := x.audited("user.revoked"); e.Detail["organization"] != "org_eu" || e.Detail["grants"] != "1" {
		x.Errorf("%+v", e)
	}

	path := "/api/v1/connections/" + symbolontest.ConnectionID + "/organizations:revoke"
	for body, field := range map[string]string{
		`{}`: "organization_external_id", `{"organization_external_id": ""}`: "organization_external_id",
		`{"organization_external_id": 7}`:                        "organization_external_id",
		`{"organization_external_id": "org_jp", "sub": "alice"}`: "sub",
		`{"organization_external_id": "a\u0000b"}`:               "organization_external_id",
	} {
		r := x.server.PostJSON(path, body, "Authorization", "Bearer "+x.server.App.Token())
		if r.Status != http.StatusBadRequest || r.Text("field") != field {
			x.Errorf("%s: %d %s", body, r.Status, r.Body)
		}
	}
	other := x.machine("skc_other", symbolontest.LoginClientSecret)
	if r := x.as(other, path, object{"organization_external_id": "org_jp"}); r.Status != http.StatusNotFound {
		x.Errorf("another company: %d %s", r.Status, r.Body)
	}
	japan = x.alive(japan)
	if r := x.as(x.server.App.Token(), path, object{"organization_external_id": "org_jp"}); r.Status != http.StatusOK || r.JSON()["revoked"].(float64) != 1 {
		x.Errorf("%d %s", r.Status, r.Body)
	}
	x.dead(japan)
	x.was("grants.revoked", "api_client:"+symbolontest.LoginClientID, "organization:"+symbolontest.ConnectionID+"/org_jp", "reason=revoked_by_company grants=1")
}
