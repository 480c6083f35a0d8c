package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/symbolon-auth/symbolon/internal/web"
	"github.com/symbolon-auth/symbolon/internal/web/webtest"
)

func consent(t *testing.T, v web.Consent) *html.Node {
	t.Helper()
	res, doc := show(t, func(w http.ResponseWriter, r *http.Request, _ web.Language) { pages.Consent(w, r, v) }, web.Language{})
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	return doc
}

func TestConsentCannotBeAllowedByAccident(t *testing.T) {
	doc := consent(t, webtest.Consent())
	form := formByID(t, doc, "decision")
	var order []string
	for _, b := range find(form, "button") {
		if attr(b, "form") == "" || attr(b, "form") == "decision" {
			order = append(order, attr(b, "name")+"="+attr(b, "value"))
		}
	}
	if want := []string{"=", "decision=deny", "decision=allow"}; !slices.Equal(order, want) {
		t.Errorf("buttons %q, want %q", order, want)
	}
	// The first submit button that is not disabled is the form's default button
	// (HTML, "implicit submission"): Enter presses it. The method "dialog" submits
	// nothing where there is no dialog.
	first := find(form, "button")[0]
	if attr(first, "type") != "submit" || attr(first, "formmethod") != "dialog" || has(first, "disabled") || has(first, "name") {
		t.Error("the first button is not an inert one")
	}
	for n := range doc.Descendants() {
		if has(n, "autofocus") {
			t.Errorf("<%s> takes the focus", n.Data)
		}
	}
}

func TestConsentForm(t *testing.T) {
	doc := consent(t, webtest.Consent())
	for id, action := range map[string]string{"decision": "/consent/flow", "switch": "/consent/flow/switch"} {
		form := formByID(t, doc, id)
		if attr(form, "method") != "post" || attr(form, "action") != action {
			t.Errorf("%s: %s %s", id, attr(form, "method"), attr(form, "action"))
		}
		token := find(form, "input")[0]
		if attr(token, "type") != "hidden" || attr(token, "name") != "form_token" || attr(token, "value") != "form-token-value" {
			t.Errorf("%s: no form token first", id)
		}
	}
	for _, b := range find(doc, "button") {
		if attr(b, "value") == "deny" && !has(b, "formnovalidate") {
			t.Error("an unanswered question keeps the user from denying")
		}
	}
}

func TestConsentWithoutSwitchHasOneForm(t *testing.T) {
	v := webtest.Consent()
	v.SwitchAction = ""
	if n := len(find(consent(t, v), "form")); n != 1 {
		t.Errorf("%d forms", n)
	}
}

func TestConsentNamesWhoAndWhere(t *testing.T) {
	seen := text(find(consent(t, webtest.Consent()), "main")[0])
	for _, fact := range []string{
		"Ada Lovelace", "ada@acme.example", "user-2041", "Analytical Engines", "Robot", "cli_unknown", "Acme Todo",
		"mcp.acme.example", "localhost", "Read your to-dos", "Change your to-dos", "todo:read", "todo:write", "Stay connected until you end it",
	} {
		if !strings.Contains(seen, fact) {
			t.Errorf("the page does not say %q", fact)
		}
	}
}

func TestConsentUserIsNamedByTheBestThatIsKnown(t *testing.T) {
	for _, c := range []struct {
		user            web.User
		first, notTwice string
	}{
		{web.User{Name: "Ada", Email: "ada@acme.example", Subject: "u1"}, "Ada", ""},
		{web.User{Email: "ada@acme.example", Subject: "u1"}, "ada@acme.example", "ada@acme.example"},
		{web.User{Subject: "u1"}, "u1", ""},
	} {
		doc := consent(t, web.Consent{User: c.user})
		dd := find(doc, "dd")[0]
		if got := text(find(dd, "bdi")[0]); got != c.first {
			t.Errorf("%+v: %q", c.user, got)
		}
		if c.notTwice != "" && strings.Count(text(dd), c.notTwice) != 1 {
			t.Errorf("%+v: %q", c.user, text(dd))
		}
	}
}

func TestConsentNamesAnAppWithoutName(t *testing.T) {
	for _, c := range []struct {
		client web.Client
		title  string
	}{
		{web.Client{Name: "Robot", Publisher: "robot.example"}, "Connect Robot to mcp.acme.example?"},
		{web.Client{Publisher: "robot.example"}, "Connect robot.example to mcp.acme.example?"},
		{web.Client{ID: "cli_1"}, "Connect Unnamed app to mcp.acme.example?"},
	} {
		doc := consent(t, web.Consent{Client: c.client, Server: web.Server{Host: "mcp.acme.example"}})
		if got := text(find(doc, "h1")[0]); got != c.title {
			t.Errorf("%+v: %q", c.client, got)
		}
		if title := text(find(doc, "title")[0]); title != c.title {
			t.Errorf("%+v: document title %q", c.client, title)
		}
	}
}

func TestConsentTrustAndWarnings(t *testing.T) {
	site := web.Destination{Name: "robot.example"}
	for name, c := range map[string]struct {
		client      web.Client
		destination web.Destination
		says        []string
		warns       bool
	}{
		"verified":   {web.Client{Name: "R", Verified: true, Publisher: "robot.example"}, site, []string{"Verified for", "robot.example"}, false},
		"published":  {web.Client{Name: "R", Publisher: "robot.example"}, site, []string{"Published by robot.example"}, false},
		"unverified": {web.Client{Name: "R"}, site, []string{"Unverified app", "Nobody has checked"}, true},
		"loopback": {
			web.Client{Name: "R", Verified: true},
			web.Destination{Name: "127.0.0.1", Kind: web.DestinationLoopback},
			[]string{"program on this computer (127.0.0.1)", "Never send anyone the address"},
			true,
		},
		"private-use scheme": {
			web.Client{Name: "R", Verified: true},
			web.Destination{Name: "com.example.robot", Kind: web.DestinationApp},
			[]string{"Any app can claim com.example.robot links"},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc := consent(t, web.Consent{Client: c.client, Destination: c.destination})
			seen := text(doc)
			for _, s := range c.says {
				if !strings.Contains(seen, s) {
					t.Errorf("the page does not say %q", s)
				}
			}
			buttons := find(doc, "button")
			if described := attr(buttons[len(buttons)-1], "aria-describedby") == "warning"; described != c.warns {
				t.Errorf("Allow refers to a warning: %v", described)
			}
		})
	}
}

func TestConsentChoices(t *testing.T) {
	doc := consent(t, webtest.Consent())
	var names, required []string
	for _, s := range find(doc, "select") {
		names = append(names, attr(s, "name"))
		if has(s, "required") {
			required = append(required, attr(s, "name"))
		}
		if attr(find(s, "option")[0], "value") != "" {
			t.Errorf("%s has an answer before it was asked", attr(s, "name"))
		}
	}
	if !slices.Equal(names, []string{"organization", "option.environment"}) || !slices.Equal(required, []string{"organization"}) {
		t.Errorf("fields %q, required %q", names, required)
	}
	if n := len(find(doc, "optgroup")); n != 2 {
		t.Errorf("%d groups, want 2", n)
	}
	for _, input := range find(doc, "input") {
		if attr(input, "type") == "checkbox" && (attr(input, "name") != "scope" || attr(input, "value") != "todo:write" || !has(input, "checked")) {
			t.Errorf("tick %v", input.Attr)
		}
	}
	v := webtest.Consent()
	v.Organizations = v.Organizations[:1]
	if options := find(find(consent(t, v), "select")[0], "option"); len(options) != 1 {
		t.Errorf("the only organisation comes with %d options", len(options))
	}
}

func formByID(t *testing.T, doc *html.Node, id string) *html.Node {
	t.Helper()
	for _, f := range find(doc, "form") {
		if attr(f, "id") == id {
			return f
		}
	}
	t.Fatalf("no form %q", id)
	return nil
}
