package symbolon_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

func TestRevokingAUserEndsEverything(t *testing.T) {
	x, first := managed(t)
	_, second := x.tokens()
	x.server.App.SignIn(symbolontest.Bob())
	_, bob := x.tokens()
	answer := x.say("revoke", object{"sub": "alice"})
	if n, _ := answer["revoked"].(float64); n != 2 {
		x.Errorf("revoked %v", answer)
	}
	x.dead(first)
	x.dead(second)
	x.alive(bob)
	if again := x.say("revoke", object{"sub": "alice"}); again["revoked"].(float64) != 0 || len(again["grants"].([]any)) != 0 {
		x.Errorf("again: %v", again)
	}
}

func TestRevokingAUserEndsTheLoginThatWaits(t *testing.T) {
	x, _ := managed(t)
	b := x.server.NewBrowser()
	_, page := x.asked(b)
	x.say("revoke", object{"sub": "alice"})
	x.refused("the decision", b.Submit(page, "decision", "allow"))
	x.honest() // revoked is not disabled
}

func TestDisablingAUserHoldsAtOnceAndEnablingRestores(t *testing.T) {
	x, tokens := managed(t)
	b := x.server.NewBrowser()
	a, page := x.asked(b)
	other := x.client.Authorize()
	code := x.client.Code(x.server.NewBrowser(), other)
	if answer := x.say("update", object{"sub": "alice", "disabled": true}); answer["disabled"] != true {
		x.Errorf("%v", answer)
	}
	x.dead(tokens)
	x.refusedAs("redeem", x.client.Redeem(other, code), "invalid_grant")
	if r := b.Submit(page, "decision", "allow"); r.Status != http.StatusForbidden || !strings.Contains(r.VisibleText(), "Your access is switched off") {
		x.Errorf("the decision: %d %s", r.Status, r.VisibleText())
	}
	if answer := x.say("update", object{"sub": "alice", "disabled": false}); answer["disabled"] != false {
		x.Errorf("%v", answer)
	}
	x.alive(tokens)
	x.client.MustRedeem(other, code)
	if r := b.Submit(page, "decision", "allow"); r.Location() == nil || r.Location().Query().Get("state") != a.State {
		x.Errorf("the decision after enabling: %d %s", r.Status, r.VisibleText())
	}
}

func TestUpdatedClaimsAreInTheNextToken(t *testing.T) {
	x, tokens := managed(t)
	x.say("update", object{
		"sub": "alice", "roles": []string{"viewer"}, "groups": []string{}, "organization_external_id": "org_1",
		"organization_external_name": "One", "name": "Alice Renamed", "email": nil, "custom_attributes": object{"plan": "free"},
	})
	claims := x.server.Claims(x.client.MustRefresh(tokens.Refresh).Access)
	for name, want := range map[string]string{
		"name": "Alice Renamed", "email": "alice@acme.example", "organization_external_id": "org_1", "organization_external_name": "One",
	} {
		if claims[name] != want {
			x.Errorf("%s = %v, want %v", name, claims[name], want)
		}
	}
	if roles, _ := claims["roles"].([]any); len(roles) != 1 || roles[0] != "viewer" {
		x.Errorf("roles = %v", claims["roles"])
	}
	if custom, _ := claims["custom_claims"].(map[string]any); custom["plan"] != "free" {
		x.Errorf("custom_claims = %v", claims["custom_claims"])
	}
	_, fresh := x.tokens() // what a new login posts is newer than the update
	if name := x.server.Claims(fresh.Access)["name"]; name != "Alice Example" {
		x.Errorf("the claims of a new login: name = %v", name)
	}
}

// The roles that a user has in one organisation change there alone; roles that are
// said without one are all that the user has.
func TestRolesInAnOrganization(t *testing.T) {
	x := chooser(t, func(*symbolon.Config) {})
	connect := func(organization string) func(string) {
		b, a, page := x.visited(member())
		tokens, claims := x.granted(a, x.allow(b, page, choose("organization", organization, "option.environment", "live")))
		x.has(claims, map[string]string{"org_eu": `{"roles": ["user", "owner"]}`, "org_jp": `{"roles": ["user"]}`}[organization])
		return func(want string) {
			t.Helper()
			next := x.client.MustRefresh(tokens.Refresh)
			tokens.Refresh = next.Refresh
			x.has(x.server.Claims(next.Access), want)
		}
	}
	europe, japan := connect("org_eu"), connect("org_jp")
	x.say("update", object{"sub": "alice", "organizations": []object{{"id": "org_eu", "name": "The Union", "roles": []string{"guest"}}, {"id": "org_us", "roles": []string{"admin"}}}})
	europe(`{"roles": ["user", "guest"], "organization": {"id": "org_eu", "name": "The Union"}}`)
	japan(`{"roles": ["user"], "organization": {"id": "org_jp", "name": "Acme Japan"}}`)
	x.say("update", object{"sub": "alice", "roles": []string{"staff"}, "organizations": []object{{"id": "org_jp", "roles": []string{"admin"}}}})
	europe(`{"roles": ["staff"]}`)
	japan(`{"roles": ["staff", "admin"]}`)
	x.say("update", object{"sub": "alice", "roles": []string{}})
	japan(`{"roles": null}`)
	x.say("update", object{"sub": "alice", "organizations": []object{}})
	europe(`{"roles": null, "organization": {"id": "org_eu", "name": "The Union"}}`)
}

func TestGrantsAreListedAndEndedOneByOne(t *testing.T) {
	x, tokens := managed(t)
	x.server.Clock.Advance(time.Second) // lists are in the order of time
	_, other := x.tokens("scope", "todo:read todo:write")
	list, _ := x.say("grants", object{"sub": "alice"})["grants"].([]any)
	if len(list) != 2 {
		x.Fatalf("%v", list)
	}
	newest, _ := list[0].(map[string]any)
	if newest["id"] != x.grantOf(other) || newest["last_used_at"] == nil || newest["redirect_host"] != "127.0.0.1" ||
		newest["client"].(map[string]any)["name"] != "Test Client" || newest["mcp_server"].(map[string]any)["name"] != "Acme Todo" ||
		newest["scopes"].([]any)[1].(map[string]any)["description"] != "Change your to-dos" {
		x.Errorf("%v", newest)
	}
	end := "/api/v1/connections/conn_acme/grants/" + x.grantOf(tokens) + ":revoke"
	if r := x.as(x.server.App.Token(), end, object{"sub": "bob"}); r.Status != http.StatusNotFound {
		x.Errorf("another user's grant: %d", r.Status)
	}
	x.alive(tokens)
	for _, want := range []float64{1, 0} {
		if r := x.as(x.server.App.Token(), end, object{"sub": "alice"}); r.Status != http.StatusOK || r.JSON()["revoked"].(float64) != want {
			x.Errorf("%d %s", r.Status, r.Body)
		}
	}
	x.dead(tokens)
	x.alive(other)
}

func TestExportAndErase(t *testing.T) {
	x, tokens := managed(t)
	x.server.App.SignIn(symbolontest.Bob())
	_, bob := x.tokens()
	x.say("update", object{"sub": "alice", "disabled": true})
	held := x.say("export", object{"sub": "alice"})
	grants, _ := held["grants"].([]any)
	attempts, _ := held["attempts"].([]any)
	audit, _ := held["audit"].([]any)
	if held["disabled"] != true || len(grants) != 1 || len(attempts) != 1 || len(audit) != 2 ||
		grants[0].(map[string]any)["claims"].(map[string]any)["email"] != "alice@acme.example" {
		x.Errorf("%v", held)
	}
	gone := x.say("erase", object{"sub": "alice"})
	if digest, _ := gone["digest"].(string); gone["revoked"].(float64) != 1 || !strings.HasPrefix(digest, "erased:") {
		x.Errorf("%v", gone)
	}
	x.dead(tokens)
	x.alive(bob)
	held = x.say("export", object{"sub": "alice"})
	if held["disabled"] != false || len(held["grants"].([]any))+len(held["attempts"].([]any))+len(held["audit"].([]any))+len(held["logins"].([]any)) != 0 {
		x.Errorf("after erasing: %v", held)
	}
	var left int
	x.query(`SELECT (SELECT count(*) FROM grants WHERE sub = 'alice') + (SELECT count(*) FROM attempts WHERE sub = 'alice')
		+ (SELECT count(*) FROM logins WHERE user LIKE '%alice%') + (SELECT count(*) FROM audit WHERE object LIKE '%alice%' OR detail LIKE '%alice%')
		+ (SELECT count(*) FROM revocations WHERE sub = 'alice') + (SELECT count(*) FROM attempt_events WHERE notes LIKE '%alice%')`, &left)
	if left != 0 {
		x.Errorf("%d rows still name the user", left)
	}
}

// Who may not, and what a company may not send. Everything that hides an object is
// one answer, to the byte.
func TestUserOperationsRefuse(t *testing.T) {
	x, tokens := managed(t, twoCompanies)
	company := x.server.App.Token()
	other := x.machine("skc_other", symbolontest.LoginClientSecret)
	resource := x.machine(symbolontest.ResourceClientID, symbolontest.ResourceClientSecret)
	grant := "/api/v1/connections/conn_acme/grants/" + x.grantOf(tokens) + ":revoke"
	paths := []string{grant}
	for _, action := range []string{"revoke", "update", "grants", "portal-link", "export", "erase"} {
		paths = append(paths, usersPath+":"+action)
	}
	for _, path := range paths {
		body := object{"sub": "alice"}
		unknown := x.as(company, strings.Replace(path, "conn_acme", "conn_unknown", 1), body)
		if unknown.Status != http.StatusNotFound || unknown.Header.Get("Content-Type") != "application/problem+json" {
			x.Errorf("%s: unknown connection: %d %s", path, unknown.Status, unknown.Body)
		}
		x.sameAnswer(path+": another company", unknown, x.as(other, path, body))
		x.sameAnswer(path+": the wrong role", unknown, x.as(resource, path, body))
		x.sameAnswer(path+": the foreign connection by name", unknown, x.as(company, strings.Replace(path, "conn_acme", "conn_other", 1), body))
		for what, r := range map[string]*symbolontest.Response{
			"nobody": x.server.PostJSON(path, `{"sub":"alice"}`), "a user": x.as(tokens.Access, path, body), "rubbish": x.as("x.y.z", path, body),
		} {
			if r.Status != http.StatusUnauthorized {
				x.Errorf("%s: %s: %d", path, what, r.Status)
			}
		}
		for text, code := range map[string]string{
			`{}`: "user_sub_missing", `{"sub":""}`: "user_sub_missing", `{"sub":7}`: "member_invalid", `[]`: "json_invalid", `{"sub":"a","sub":"b"}`: "json_invalid",
			`{"sub":"alice","SUB":"bob"}`: "json_invalid", `{"sub":"alice","connection_id":"conn_other"}`: "member_unknown",
			`{"sub":"a\u202eb"}`: "user_invalid", `{"sub":"` + strings.Repeat("a", 256) + `"}`: "user_invalid",
		} {
			r := x.server.PostJSON(path, text, "Authorization", "Bearer "+company)
			if r.Status != http.StatusBadRequest || r.Text("code") != code {
				x.Errorf("%s: %s: %d %s, want %s", path, text, r.Status, r.Body, code)
			}
		}
		if r := x.server.Do(http.MethodPost, path, `{"sub":"alice"}`, "Content-Type", "text/plain", "Authorization", "Bearer "+company); r.Status != http.StatusUnsupportedMediaType {
			x.Errorf("%s: text/plain: %d", path, r.Status)
		}
		if r := x.server.Get(path, "Authorization", "Bearer "+company); r.Status != http.StatusMethodNotAllowed {
			x.Errorf("%s: GET: %d", path, r.Status)
		}
	}
	x.sameAnswer("an unknown grant", x.as(company, strings.Replace(grant, "grt_", "grt_x", 1), object{"sub": "alice"}),
		x.as(other, grant, object{"sub": "alice"}))
	x.alive(tokens)
}

func TestUpdatesAreHeldToTheRulesOfAUser(t *testing.T) {
	x, tokens := managed(t)
	before := x.server.Claims(tokens.Access)["name"]
	for text, field := range map[string]string{
		`"roles":"admin"`: "roles", `"roles":[null]`: "roles", `"groups":["a\nb"]`: "groups", `"email":""`: "email", `"name":["x"]`: "name",
		`"disabled":"no"`: "disabled", `"custom_attributes":[]`: "custom_attributes", `"role":["x"]`: "role", `"Roles":[]`: "Roles",
		`"organizations":{}`: "organizations", `"organizations":[null]`: "organizations[0].id", `"organizations":[{"roles":["a"]}]`: "organizations[0].id",
		`"organizations":[{"id":"a","roles":"b"}]`: "organizations[0].roles", `"organizations":[{"id":"a","role":["b"]}]`: "organizations[0]",
		`"organizations":[{"id":"a"},{"id":"a"}]`: "organizations[1]", `"organizations":[{"id":"a","roles":["\u202e"]}]`: "organizations[0].roles",
		`"custom_attributes":{"a":"` + strings.Repeat("x", 5000) + `"}`: "custom_attributes", `"organization_external_name":"` + strings.Repeat("x", 201) + `"`: "organization_external_name",
	} {
		r := x.server.PostJSON(usersPath+":update", `{"sub":"alice","name":"Changed",`+text+`}`, "Authorization", "Bearer "+x.server.App.Token())
		want := field
		if field == "name" {
			want = "" // twice in one object
		}
		if r.Status != http.StatusBadRequest || r.Text("field") != want {
			x.Errorf("%s: %d %s", text, r.Status, r.Body)
		}
	}
	if r := x.as(x.server.App.Token(), usersPath+":update", object{"sub": "alice"}); r.Text("code") != "update_empty" {
		x.Errorf("nothing to update: %d %s", r.Status, r.Body)
	}
	if after := x.server.Claims(x.client.MustRefresh(tokens.Refresh).Access)["name"]; after != before {
		x.Errorf("a refused update changed the name to %v", after)
	}
}
