package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// stage is a server and a company's app, ready for a browser.
type stage struct {
	server *server
	app    *loginApp
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return newStageFor(t, "https://mcp.example/todo")
}

func newStageFor(t *testing.T, mcpURL string) *stage {
	t.Helper()
	return newStageWith(t, mcpURL, func(*config) {})
}

// newStageWith is a stage with another configuration.
func newStageWith(t *testing.T, mcpURL string, change func(*config)) *stage {
	t.Helper()
	app := startLoginApp(t)
	c := config{
		BaseURL:     "http://" + freeAddress(t),
		Connections: []connection{{ID: "conn_acme", Name: "Acme", LoginURL: app.url, LoginVerifier: "required"}},
		MCPServers:  []mcpServer{todoServer("res_todo", mcpURL, "conn_acme"), todoServer("res_other", "https://mcp.example/other", "conn_acme")},
	}
	change(&c)
	s := startServer(t, c)
	app.base = s.base
	return &stage{s, app}
}

// ask registers a client and brings a tab of a new window to the consent page.
func (s *stage) ask(t *testing.T, redirectURI string) (*client, *tab) {
	t.Helper()
	c := registerClient(t, s.server, "res_todo", redirectURI, nil)
	b := theChromium(t).window(t)
	b.open(c.authorizeURL("todo:read"))
	b.asked()
	return c, b
}

// seen is the address of a redirect URI that the browser was sent to, if it was.
func (b *tab) seen(redirectURI string) *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, request := range b.requests {
		if strings.HasPrefix(request, redirectURI+"?") {
			if u, err := url.Parse(request); err == nil {
				return u
			}
		}
	}
	return nil
}

// answer waits until the browser is sent to the client.
func (b *tab) answer(redirectURI string) *url.URL {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if u := b.seen(redirectURI); u != nil {
			return u
		}
	}
	b.t.Fatalf("the browser was never sent to %s", redirectURI)
	return nil
}

// Each kind of client gets its code: under the policies of the page, without a
// Referer and without a request to anybody else (attacks on redirects, form-action
// and third parties).
func TestAllowReachesEveryClient(t *testing.T) {
	site := theChromium(t).site
	s, loopback := newStage(t), startReceiver(t)
	tests := []struct {
		name, redirectURI string
		receiver          *receiver // nil: the scheme is an app's, which is not installed here
	}{
		{"loopback", loopback.server.URL + "/callback", loopback},
		{"custom scheme", "cursor://anysphere.cursor-mcp/oauth/callback", nil},
		{"website", websiteCallback(), site},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, b := s.ask(t, tt.redirectURI)
			if text := eval[string](b, `document.body.innerText`); !strings.Contains(text, "alice@acme.example") {
				t.Errorf("the page does not say who is signed in:\n%s", text)
			}
			b.staysWith(s.server.base, s.app.url)
			readIt()
			b.press(allowButton)
			c.redeem(t, c.code(t, b.answer(tt.redirectURI)))
			b.staysWith(s.server.base, s.app.url, tt.redirectURI, originOf(t, tt.redirectURI)+"/favicon.ico")
			if tt.receiver != nil {
				if came := tt.receiver.wait(t, tt.redirectURI); came.referer != "" {
					t.Errorf("the client learned the Referer %s", came.referer)
				}
			}
			peers.add("Chromium " + versionOf(t, chromiumName(t), "--version"))
		})
	}
}

// That the browser is let through is worth something only if it could be stopped:
// a form-action policy like many pages have stops the same answer.
func TestFormActionWouldStopTheAnswer(t *testing.T) {
	const app = "cursor://anysphere.cursor-mcp/oauth/callback"
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Redirect(w, r, app+"?code=x", http.StatusSeeOther)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "form-action 'self'")
		_, _ = w.Write([]byte(`<form method="post"><button>Allow</button></form>`))
	}))
	t.Cleanup(page.Close)
	b := theChromium(t).window(t)
	b.open(page.URL)
	b.press("button")
	b.alarmed("form-action")
	if b.seen(app) != nil {
		t.Error("the browser went on all the same")
	}
}

func TestDeny(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	for _, redirectURI := range []string{loopback.server.URL + "/callback", websiteCallback()} {
		c, b := s.ask(t, redirectURI)
		b.press(denyButton) // without a wait: "no" is never guarded
		got := b.answer(redirectURI).Query()
		if got.Get("error") != "access_denied" || got.Get("state") != c.state || got.Get("iss") != c.issuer() || got.Has("code") {
			t.Errorf("%s got %v", redirectURI, got)
		}
	}
}

// A reload asks again. After the answer, the way back leads to a page that says so.
func TestReloadAndBack(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	c, b := s.ask(t, loopback.server.URL+"/callback")
	consent := b.address().String()
	b.do(chromedp.Reload())
	b.asked()
	readIt()
	b.press(allowButton)
	code := c.code(t, b.answer(c.redirectURI))
	b.until(`document.title === "received"`)

	b.do(chromedp.NavigateBack())
	b.until(fmt.Sprintf(`location.href === %q && document.readyState === "complete"`, consent))
	if eval[bool](b, fmt.Sprintf(`document.querySelector(%q) !== null`, allowButton)) {
		readIt()
		b.press(allowButton) // a page that the browser kept alive: asking again is harmless
		b.until(`document.querySelector("form") === null`)
	}
	b.do(chromedp.Reload())
	b.until(`document.querySelector("form") === null`)
	if n := len(loopback.at(c.redirectURI)); n != 1 {
		t.Errorf("the client was called %d times", n)
	}
	c.redeem(t, code) // going back has not revoked anything
}

// The same question in two tabs is answered once.
func TestTwoTabs(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	c, first := s.ask(t, loopback.server.URL+"/callback")
	second := first.second()
	second.open(first.address().String())
	second.asked()
	readIt()
	first.press(denyButton)
	first.answer(c.redirectURI)
	second.press(allowButton)
	second.until(`document.querySelector("form") === null`)
	if second.seen(c.redirectURI) != nil {
		t.Error("the second answer counted, too")
	}
}
