package symbolon_test

// What the user may choose on the consent page, and that a form can say nothing else.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

const adminScope = "todo:admin"

// optionalScopes: reading is required, changing is not, and admin is there for
// forms that ask for more than the client did.
func optionalScopes(c *symbolon.Config) {
	scopes := &c.MCPServers[0].Scopes
	(*scopes)[1].Optional = true
	*scopes = append(*scopes, symbolon.Scope{Name: adminScope, Description: "Everything", Optional: true})
}

// chooser starts a server with this configuration, and a client of it.
func chooser(t *testing.T, change func(*symbolon.Config)) scene {
	t.Helper()
	server := symbolontest.StartServer(t, change)
	return scene{t, server, server.Register(nil)}
}

// allow presses Allow on a page whose fields are changed before.
func (x *scene) allow(b *symbolontest.Browser, page *symbolontest.Response, change func(url.Values)) *symbolontest.Response {
	x.Helper()
	form := page.Forms()[0]
	form.Fields.Set("decision", "allow")
	change(form.Fields)
	return b.SubmitForm(page, form, form.Fields)
}

// granted redeems the code of an answer and returns the tokens and what they say.
func (x *scene) granted(a *symbolontest.Authorization, r *symbolontest.Response) (symbolontest.Tokens, map[string]any) {
	x.Helper()
	if r.Location() == nil {
		x.Fatalf("the answer was %d: %s", r.Status, r.VisibleText())
	}
	tokens := x.client.MustRedeem(a, r.Location().Query().Get("code"))
	return tokens, x.server.Claims(tokens.Access)
}

func TestOptionalScopes(t *testing.T) {
	x := chooser(t, optionalScopes)
	for _, tt := range []struct {
		name, asked string
		ticked      []string
		want        string
	}{
		{"all ticked", "todo:read todo:write", []string{"todo:write"}, "todo:read todo:write"},
		{"unticked", "todo:read todo:write", nil, "todo:read"},
		{"a required one cannot be left out", "todo:read", nil, "todo:read"},
		{"never more than asked", "todo:read", []string{"todo:write", adminScope}, "todo:read"},
		{"unknown, required, several in one", "todo:read todo:write", []string{"x", "todo:read", "todo:write todo:admin"}, "todo:read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := symbolontest.NewBrowser(t)
			a, page := x.asked(b, "scope", tt.asked)
			answer := x.allow(b, page, func(form url.Values) { form["scope"] = tt.ticked })
			tokens, claims := x.granted(a, answer)
			if claims["scope"] != tt.want {
				t.Errorf("the token says %q, want %q", claims["scope"], tt.want)
			}
			refreshed := x.client.Refresh(tokens.Refresh)
			if got := refreshed.Text("scope"); got != tt.want {
				t.Errorf("the refresh says %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOptionalScopesAreTickedAtFirst(t *testing.T) {
	x := chooser(t, optionalScopes)
	_, page := x.asked(symbolontest.NewBrowser(t), "scope", "todo:read todo:write")
	if got := page.Forms()[0].Fields["scope"]; !reflect.DeepEqual(got, []string{"todo:write"}) {
		t.Errorf("ticked: %q", got)
	}
}

// Nothing ticked would be a token for nothing: the page asks again, and the login
// is still there to be answered.
func TestNoScopeLeft(t *testing.T) {
	x := chooser(t, optionalScopes)
	b := symbolontest.NewBrowser(t)
	a, page := x.asked(b, "scope", "todo:write")
	again := x.allow(b, page, func(form url.Values) { form.Del("scope") })
	if again.Status != http.StatusUnprocessableEntity || !strings.Contains(again.VisibleText(), "at least one permission") {
		t.Fatalf("%d: %s", again.Status, again.VisibleText())
	}
	if again.Forms()[0].Fields.Has("scope") {
		t.Error("the page has forgotten what was unticked")
	}
	answer := x.allow(b, again, func(form url.Values) { form.Set("scope", "todo:write") })
	if _, claims := x.granted(a, answer); claims["scope"] != "todo:write" {
		t.Errorf("the token says %q", claims["scope"])
	}
}

// A form answers the question that was shown. One scope that is required by now
// was perhaps unticked.
func TestAnAnswerToAnotherQuestion(t *testing.T) {
	x := chooser(t, optionalScopes)
	b := symbolontest.NewBrowser(t)
	_, page := x.asked(b, "scope", "todo:read todo:write")
	x.server.Restart(func(c *symbolon.Config) { c.MCPServers[0].Scopes[1].Optional = false })
	stale := x.allow(b, page, func(form url.Values) { form.Del("scope") })
	if stale.Status != http.StatusForbidden {
		t.Fatalf("%d: %s", stale.Status, stale.VisibleText())
	}
	if now := b.Get(page.URL.String()); b.Submit(now, "decision", "allow").Status != http.StatusSeeOther {
		t.Error("the question as it is now cannot be answered")
	}
}

// member is Alice with a choice of organisations and questions.
func member() symbolontest.User {
	u := symbolontest.Alice()
	u["roles"] = []string{"user"}
	u["organizations"] = []any{
		map[string]any{"id": "org_eu", "name": "Acme Europe", "roles": []string{"owner"}},
		map[string]any{"id": "org_jp", "name": "Acme Japan"},
	}
	u["consent_options"] = []any{map[string]any{
		"claim": "environment", "label": "Environment", "required": true, "choices": []any{
			map[string]any{"value": "live", "label": "The real one", "group": "Production"},
			map[string]any{"value": "trial", "label": "A copy", "group": "Test"},
		},
	}}
	return u
}

// visited brings a user to the consent page.
func (x *scene) visited(u symbolontest.User, change ...string) (*symbolontest.Browser, *symbolontest.Authorization, *symbolontest.Response) {
	x.Helper()
	b := symbolontest.NewBrowser(x)
	a, visit := x.begin(b, change...)
	answer := x.server.App.Post(visit.LoginRequestID(), u)
	return b, a, b.Follow(b.Get(answer.Text("redirect_url")))
}

func choose(pairs ...string) func(url.Values) {
	return func(form url.Values) {
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
	}
}

// has compares claims with JSON; null means that the claim is not there.
func (x *scene) has(claims map[string]any, want string) {
	x.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(want), &all); err != nil {
		x.Fatal(err)
	}
	for name, value := range all {
		if !reflect.DeepEqual(claims[name], value) {
			x.Errorf("%s is %v, want %v", name, claims[name], value)
		}
	}
}

func TestTheChoiceBecomesClaims(t *testing.T) {
	x := chooser(t, func(*symbolon.Config) {})
	b, a, page := x.visited(member())
	fields := page.Forms()[0].Fields
	if fields.Get("organization") != "" || fields.Get("option.environment") != "" {
		t.Errorf("something is chosen before the user has: %v", fields)
	}
	tokens, claims := x.granted(a, x.allow(b, page, choose("organization", "org_eu", "option.environment", "trial")))
	const want = `{"organization": {"id": "org_eu", "name": "Acme Europe"}, "roles": ["user", "owner"],
		"organization_external_id": "org_eu", "organization_external_name": "Acme Europe", "custom_claims": {"environment": "trial"}}`
	x.has(claims, want)
	refreshed := x.client.MustRefresh(tokens.Refresh)
	x.has(x.server.Claims(refreshed.Access), want)
	if x.server.Introspect(refreshed.Access).JSON()["organization"] == nil {
		t.Error("introspection does not name the organisation")
	}
}

// What the company has not posted can be put in no token, and a question that is
// open is asked again; the login waits.
func TestOnlyWhatIsOffered(t *testing.T) {
	x := chooser(t, func(*symbolon.Config) {})
	b, a, page := x.visited(member())
	for name, form := range map[string]func(url.Values){
		"nothing":                 choose(),
		"no organisation":         choose("option.environment", "live"),
		"another organisation":    choose("organization", "org_us", "option.environment", "live"),
		"an organisation by name": choose("organization", "Acme Europe", "option.environment", "live"),
		"no answer":               choose("organization", "org_eu"),
		"another answer":          choose("organization", "org_eu", "option.environment", "admin"),
		"another question":        choose("organization", "org_eu", "option.environment", "live", "option.plan", "gold"),
		"a claim of the token":    choose("organization", "org_eu", "option.environment", "live", "option.sub", "bob"),
	} {
		again := x.allow(b, page, form)
		if again.Status != http.StatusUnprocessableEntity || again.Location() != nil {
			t.Errorf("%s: %d %s", name, again.Status, again.VisibleText())
			continue
		}
		if !strings.Contains(again.VisibleText(), "Please answer the question") || len(again.Forms()[0].Buttons()) == 0 {
			t.Errorf("%s: the page does not ask again", name)
		}
	}
	twice := x.allow(b, page, func(form url.Values) {
		form["organization"] = []string{"org_eu", "org_jp"}
		form.Set("option.environment", "live")
	})
	if twice.Status != http.StatusForbidden {
		t.Errorf("two organisations: %d", twice.Status)
	}
	again := x.allow(b, page, choose("organization", "org_jp"))
	if got := again.Forms()[0].Fields.Get("organization"); got != "org_jp" {
		t.Errorf("the page has forgotten the organisation: %q", got)
	}
	_, claims := x.granted(a, x.allow(b, again, choose("option.environment", "live")))
	x.has(claims, `{"organization": {"id": "org_jp", "name": "Acme Japan"}, "roles": ["user"]}`)
}

// An answer that nobody asked for is refused also where there is no offer.
func TestNothingToChoose(t *testing.T) {
	x := chooser(t, func(*symbolon.Config) {})
	b, a, page := x.visited(symbolontest.Alice())
	for _, field := range []string{"organization", "option.environment"} {
		if r := x.allow(b, page, choose(field, "x")); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", field, r.Status)
		}
	}
	_, claims := x.granted(a, x.allow(b, page, choose()))
	x.has(claims, `{"organization": null, "custom_claims": null}`)
}

func TestOneOrganizationIsShown(t *testing.T) {
	x := chooser(t, func(*symbolon.Config) {})
	one := symbolontest.Alice()
	one["organizations"] = []any{map[string]any{"id": "org_eu", "name": "Acme Europe", "roles": []string{"owner"}}}
	external := symbolontest.Alice()
	external["organization_external_id"], external["organization_external_name"] = "org_eu", "Acme Europe"
	for name, u := range map[string]symbolontest.User{"organizations": one, "organization_external_id": external} {
		b, a, page := x.visited(u)
		if !strings.Contains(page.VisibleText(), "Acme Europe") || strings.Contains(page.Body, "<select") {
			t.Errorf("%s: not shown, or asked for", name)
		}
		_, claims := x.granted(a, x.allow(b, page, choose()))
		x.has(claims, `{"organization": {"id": "org_eu", "name": "Acme Europe"}}`)
	}
}

// Two organisations of one name can be told apart.
func TestEqualNames(t *testing.T) {
	x := chooser(t, func(*symbolon.Config) {})
	u := symbolontest.Alice()
	u["organizations"] = []any{map[string]any{"id": "org_1", "name": "Acme"}, map[string]any{"id": "org_2", "name": "Acme\u200b"}, map[string]any{"id": "org_3"}}
	_, _, page := x.visited(u)
	for _, label := range []string{"Acme (org_1)", "Acme (org_2)", "org_3"} {
		if !strings.Contains(page.VisibleText(), label) {
			t.Errorf("%q is not on the page: %s", label, page.VisibleText())
		}
	}
}

func TestOfferIsReadStrictly(t *testing.T) {
	x := chooser(t, func(*symbolon.Config) {})
	_, visit := x.begin(symbolontest.NewBrowser(t))
	many := func(n int, item func(int) string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = item(i)
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	organization := func(i int) string { return fmt.Sprintf(`{"id":"o%d"}`, i) }
	option := func(claim, choices string) string {
		return `"consent_options":[{"claim":` + claim + `,"choices":` + choices + `}]`
	}
	for body, field := range map[string]string{
		`"organizations":{}`:                                          "organizations",
		`"organizations":[1]`:                                         "organizations",
		`"organizations":[{}]`:                                        "organizations[0].id",
		`"organizations":[{"id":7}]`:                                  "organizations[0].id",
		`"organizations":[{"id":"a"},{"id":"a"}]`:                     "organizations[1]",
		`"organizations":[{"id":"a\u202e"}]`:                          "organizations[0].id",
		`"organizations":[{"id":"a","name":"\u0000"}]`:                "organizations[0]",
		`"organizations":[{"id":"a","roles":"x"}]`:                    "organizations[0].roles",
		`"organizations":` + many(101, organization):                  "organizations",
		`"organizations":[{"id":"a"}],"organization_external_id":"a"`: "organizations",
		`"consent_options":[],"consentOptions":[]`:                    "consent_options",
		`"consentOptions":[{}]`:                                       "consent_options[0].claim",
		option(`"Environment"`, `[{"value":"x"}]`):                    "consent_options[0].claim",
		option(`"a-b"`, `[{"value":"x"}]`):                            "consent_options[0].claim",
		option(`"sub"`, `[{"value":"x"}]`):                            "consent_options[0].claim",
		option(`"roles"`, `[{"value":"x"}]`):                          "consent_options[0].claim",
		option(`"plan"`, `[]`):                                        "consent_options[0].choices",
		option(`"plan"`, `[{"value":""}]`):                            "consent_options[0].choices[0].value",
		option(`"plan"`, `[{"value":true}]`):                          "consent_options[0].choices[0].value",
		option(`"plan"`, `[{"value":"x"},{"value":"x"}]`):             "consent_options[0].choices[1]",
	} {
		answer := x.server.PostJSON(x.server.App.UserURL(visit.LoginRequestID()),
			`{"sub":"alice","email":"alice@acme.example",`+body+`}`, "Authorization", "Bearer "+x.server.App.Token())
		if answer.Status != http.StatusBadRequest || answer.Text("field") != field {
			t.Errorf("%s: %d %s, want the field %s", body, answer.Status, answer.Body, field)
		}
	}
}

const (
	europeURL = "https://todo.acme.example/o/europe"
	japanURL  = "https://todo.acme.example/o/japan"
)

func boundAliases(c *symbolon.Config) {
	c.MCPServers[0].Aliases = []symbolon.Alias{
		{URL: europeURL, Organization: "org_eu"}, {URL: japanURL, Organization: "org_jp"}, {URL: "https://todo.acme.example"},
	}
}

// An address of one organisation asks nobody, takes nothing else from the form,
// and is in the audience.
func TestAddressOfAnOrganization(t *testing.T) {
	x := chooser(t, boundAliases)
	external := symbolontest.Alice()
	external["organization_external_id"], external["organization_external_name"] = "org_jp", "Acme Japan"
	for name, u := range map[string]symbolontest.User{"one of two": member(), "the only one": external} {
		b, a, page := x.visited(u, "resource", japanURL)
		if strings.Contains(page.Body, `name="organization"`) || !strings.Contains(page.VisibleText(), "Acme Japan") || strings.Contains(page.VisibleText(), "Europe") {
			t.Errorf("%s: the page is %s", name, page.VisibleText())
		}
		answer := x.allow(b, page, func(form url.Values) {
			form.Set("organization", "org_eu")
			if name == "one of two" {
				form.Set("option.environment", "live")
			}
		})
		tokens, claims := x.granted(a, answer)
		want := `{"organization": {"id": "org_jp", "name": "Acme Japan"}, "aud": ["` + symbolontest.ServerURL + `", "res_todo", "` + japanURL + `"]}`
		x.has(claims, want)
		x.has(x.server.Claims(x.client.MustRefresh(tokens.Refresh).Access), want)
	}
}

func TestAddressOfAnotherOrganization(t *testing.T) {
	x := chooser(t, boundAliases)
	b, a, page := x.visited(symbolontest.Alice(), "resource", europeURL)
	if page.Status != http.StatusForbidden || !strings.Contains(page.VisibleText(), "another organization") {
		t.Fatalf("%d: %s", page.Status, page.VisibleText())
	}
	back := ""
	for n := range page.Document().Descendants() {
		if href := attr(n, "href"); strings.HasPrefix(href, symbolontest.RedirectURI) {
			back = href
		}
	}
	u, err := url.Parse(back)
	if err != nil || u.Query().Get("error") != "access_denied" || u.Query().Get("state") != a.State || u.Query().Has("code") {
		t.Errorf("the way back is %q", back)
	}
	if again := b.Get(page.URL.String()); again.Status != http.StatusForbidden {
		t.Errorf("a reload answers %d", again.Status)
	}
}

// Between page and answer the address became another organisation's.
func TestAddressMovesToAnotherOrganization(t *testing.T) {
	x := chooser(t, boundAliases)
	b, _, page := x.visited(member(), "resource", europeURL)
	x.server.Restart(func(c *symbolon.Config) { c.MCPServers[0].Aliases[0].Organization = "org_jp" })
	if r := x.allow(b, page, choose("option.environment", "live")); r.Status != http.StatusForbidden {
		t.Errorf("%d: %s", r.Status, r.VisibleText())
	}
}

func TestAddressesOfTwoOrganizations(t *testing.T) {
	x := chooser(t, boundAliases)
	for _, resources := range [][]string{{europeURL, japanURL}, {symbolontest.ServerURL, europeURL}, {europeURL, symbolontest.ServerURL}} {
		a := x.client.Authorize()
		u, err := url.Parse(a.URL)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		query["resource"] = resources
		u.RawQuery = query.Encode()
		answer := symbolontest.NewBrowser(t).Get(u.String())
		if to := answer.Location(); to == nil || to.Query().Get("error") != "invalid_target" {
			t.Errorf("%q: %d %v", resources, answer.Status, to)
		}
	}
}

// A client reads the document of the address that it connects to.
func TestProtectedResourceOfAnAlias(t *testing.T) {
	x := chooser(t, boundAliases)
	const document = "/resources/res_todo/.well-known/oauth-protected-resource"
	for query, want := range map[string]string{
		"": symbolontest.ServerURL, "?resource=" + url.QueryEscape(japanURL): japanURL, "?resource=" + url.QueryEscape(japanURL+"/"): japanURL,
	} {
		if got := x.server.Get(document + query).Text("resource"); got != want {
			t.Errorf("%q: %q", query, got)
		}
	}
	if r := x.server.Get(document + "?resource=https://elsewhere.example"); r.Status != http.StatusNotFound {
		t.Errorf("another's address: %d", r.Status)
	}
}
