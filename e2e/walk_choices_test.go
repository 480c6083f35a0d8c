package e2e

import (
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chooses is a stage whose company asks for an organisation and an environment, and
// whose MCP server can do without one permission.
func chooses(t *testing.T) (*stage, *receiver) {
	t.Helper()
	s := newStageWith(t, "https://mcp.example/todo", func(c *config) { c.MCPServers[0].Scopes[1].Optional = true })
	s.app.user["organizations"] = []map[string]any{{"id": "org_eu", "name": "Acme Europe", "roles": []string{"owner"}}, {"id": "org_jp", "name": "Acme Japan"}}
	s.app.user["consent_options"] = []map[string]any{{
		"claim": "environment", "label": "Environment", "required": true, "choices": []map[string]any{
			{"value": "live", "label": "The real one", "group": "Production"}, {"value": "trial", "label": "A copy", "group": "Test"},
		},
	}}
	return s, startReceiver(t)
}

// question opens the consent page of a new client that asks for both permissions.
func (s *stage) question(t *testing.T, redirectURI string) (*client, *tab) {
	t.Helper()
	c := registerClient(t, s.server, "res_todo", redirectURI, nil)
	b := theChromium(t).window(t)
	b.open(c.authorizeURL("todo:read todo:write"))
	b.asked()
	readIt()
	return c, b
}

// says compares claims, and those of the next tokens.
func (c *client) says(t *testing.T, got tokens, want map[string]any) {
	t.Helper()
	next, refusal := c.refresh(t, got.Refresh)
	if refusal != "" {
		t.Fatalf("the refresh was refused: %s", refusal)
	}
	for when, claims := range map[string]map[string]any{"at first": got.claims(t), "after a refresh": next.claims(t)} {
		for name, value := range want {
			if !reflect.DeepEqual(claims[name], value) {
				t.Errorf("%s, %s is %v, want %v", when, name, claims[name], value)
			}
		}
	}
}

// What the user picks and unticks is in the token, and stays there.
func TestWalkChoices(t *testing.T) {
	s, loopback := chooses(t)
	c, b := s.question(t, loopback.server.URL+"/callback")

	// Nothing is picked for the user, and the browser does not let the question pass.
	b.press(allowButton)
	if !eval[bool](b, `document.activeElement.id === "organization" && document.querySelector("#organization").matches(":invalid")`) {
		t.Error("the unanswered question is not where the reader is taken")
	}
	b.do(
		chromedp.SetValue(chromedp.CSS("#organization"), "org_eu"),
		chromedp.SetValue(chromedp.CSS("#option-0"), "trial"),
		chromedp.Click(chromedp.CSS(`input[name="scope"][value="todo:write"]`)),
	)
	b.press(allowButton)
	got := c.tokens(t, c.code(t, b.answer(c.redirectURI)))
	if got.Scope != "todo:read" {
		t.Errorf("the scope is %q", got.Scope)
	}
	c.says(t, got, map[string]any{
		"scope": "todo:read", "roles": []any{"owner"}, "organization": map[string]any{"id": "org_eu", "name": "Acme Europe"},
		"custom_claims": map[string]any{"environment": "trial"},
	})
	b.staysWith(s.server.base, s.app.url, c.redirectURI, originOf(t, c.redirectURI)+"/favicon.ico")
}

// A question that is left open where the browser does not insist is asked again, with
// what was answered already.
func TestWalkQuestionAskedAgain(t *testing.T) {
	s, loopback := chooses(t)
	c, b := s.question(t, loopback.server.URL+"/callback")
	eval[bool](b, `document.querySelector("#decision").noValidate = true`)
	b.do(chromedp.SetValue(chromedp.CSS("#organization"), "org_jp"))
	b.press(allowButton)
	b.until(`document.querySelector("[role=alert]") !== null`)
	if !eval[bool](b, `document.querySelector("#organization").value === "org_jp" && document.querySelector("#option-0").getAttribute("aria-invalid") === "true"`) {
		t.Error("the page has forgotten the answer, or does not mark the question")
	}
	if b.seen(c.redirectURI) != nil {
		t.Error("the client was answered all the same")
	}
	readIt()
	b.do(chromedp.SetValue(chromedp.CSS("#option-0"), "live"))
	b.press(allowButton)
	got := c.tokens(t, c.code(t, b.answer(c.redirectURI)))
	c.says(t, got, map[string]any{"scope": "todo:read todo:write", "custom_claims": map[string]any{"environment": "live"}})
}

// Without a mouse: everything can be reached, in the order in which it stands, and the
// reader always sees where they are (WCAG 2.2 §2.1.1, §2.4.3, §2.4.7).
func TestWalkByKeyboard(t *testing.T) {
	s, loopback := chooses(t)
	c, b := s.question(t, loopback.server.URL+"/callback")
	const focused = `(() => { const e = document.activeElement; return e.name ? e.name + (e.tagName === "BUTTON" ? "=" + e.value : "") : e.textContent.trim(); })()`
	const outline = `getComputedStyle(document.activeElement).outlineStyle + " " + getComputedStyle(document.activeElement).outlineWidth`
	for _, stop := range []struct{ name, keys string }{
		{"scope", " "},
		{"organization", "Acme J"},
		{"option.environment", "The"},
		{"Use a different account", ""},
		{"decision=deny", ""},
		{"decision=allow", kb.Enter},
	} {
		b.do(chromedp.KeyEvent(kb.Tab))
		if got := eval[string](b, focused); got != stop.name {
			t.Fatalf("Tab leads to %q, want %q", got, stop.name)
		}
		if got := eval[string](b, outline); got != "solid 3px" {
			t.Errorf("%s has the outline %q when it is reached", stop.name, got)
		}
		if stop.keys != "" {
			b.do(chromedp.KeyEvent(stop.keys))
		}
	}
	got := c.tokens(t, c.code(t, b.answer(c.redirectURI)))
	c.says(t, got, map[string]any{
		"scope": "todo:read", "organization": map[string]any{"id": "org_jp", "name": "Acme Japan"}, "custom_claims": map[string]any{"environment": "live"},
	})
}

// Two logins in two tabs of one browser do not know of each other.
func TestWalkTwoLoginsSideBySide(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	first, b := s.ask(t, loopback.server.URL+"/one")
	second := registerClient(t, s.server, "res_other", loopback.server.URL+"/two", map[string]any{"client_name": "Another"})
	other := b.second()
	other.open(second.authorizeURL("todo:read"))
	other.asked()
	if text := eval[string](other, `document.body.innerText`); !strings.Contains(text, "Another") {
		t.Errorf("the second tab asks about somebody else:\n%s", text)
	}
	readIt()
	other.press(allowButton)
	second.redeem(t, second.code(t, other.answer(second.redirectURI)))
	eval[bool](b, `(window.focus(), true)`)
	readIt()
	b.press(allowButton)
	first.redeem(t, first.code(t, b.answer(first.redirectURI)))
}

// A double click on Allow answers once.
func TestWalkDoubleClick(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	c, b := s.ask(t, loopback.server.URL+"/callback")
	readIt()
	b.do(chromedp.DoubleClick(chromedp.CSS(allowButton)))
	c.redeem(t, c.code(t, b.answer(c.redirectURI)))
	b.until(`document.title === "received"`)
	if n := len(loopback.at(c.redirectURI)); n != 1 {
		t.Errorf("the client was called %d times", n)
	}
	if n := posts(b, s.server.base+"/consent/"); n != 1 {
		t.Errorf("the form was sent %d times", n)
	}
}

// posts counts the requests to addresses that begin so, less the page itself.
func posts(b *tab, prefix string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n - 1
}

// heading waits for a page with this title, and fails with the one that is there.
func (b *tab) heading(want string) {
	b.t.Helper()
	b.until(`document.readyState === "complete" && document.querySelector("h1") !== null`)
	if got := eval[string](b, `document.querySelector("h1").innerText`); got != want {
		b.t.Errorf("the page says %q, want %q\n%s", got, want, eval[string](b, `document.body.innerText`))
	}
}

// tabTo goes on with Tab to the button of this name, opening what is folded on the way.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	for range 40 {
		b.do(chromedp.KeyEvent(kb.Tab))
		switch at := eval[string](b, `document.activeElement.tagName + " " + (document.activeElement.name || "")`); at {
		case "BUTTON " + name:
			return
		case "SUMMARY ":
			b.enter()
		}
	}
	b.t.Fatalf("Tab never leads to the button %s", name)
}

func (b *tab) enter() {
	b.t.Helper()
	b.do(chromedp.KeyEvent(kb.Enter))
}
