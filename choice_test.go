package symbolon_test

// What the user may choose on the consent page, and that a form can say nothing else.

import (
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
