package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// A client in a web page opens the login in a window of its own, and the page at its
// redirect URI passes the answer to the window that opened it.
const (
	popupClient = `<!doctype html><title>client</title><button>Connect</button><script>
		let login;
		addEventListener("message", e => { if (e.origin === location.origin) document.title = e.data; });
		document.querySelector("button").onclick = () => { login = open(AUTHORIZE, "login", "width=560,height=800"); };
	</script>`
	popupCallback = `<!doctype html><title>callback</title><script>
		if (window.opener) { opener.postMessage(location.search, location.origin); close(); } else document.title = "nobody opened this window";
	</script>`
)

// The pages do not part a popup from the window that waits for it (they would with a
// Cross-Origin-Opener-Policy).
func TestWalkPopup(t *testing.T) {
	for button, want := range map[string]string{allowButton: "code", denyButton: "error"} {
		s := newStage(t)
		var c *client
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			page := popupCallback
			if r.URL.Path == "/" {
				page = strings.Replace(popupClient, "AUTHORIZE", quoted(t, c.authorizeURL("todo:read")), 1)
			}
			_, _ = w.Write([]byte(page))
		}))
		t.Cleanup(site.Close)
		c = registerClient(t, s.server, "res_todo", site.URL+"/callback", nil)
		b := theChromium(t).window(t)
		b.open(site.URL + "/")
		popup := b.popup("button")
		popup.asked()
		if eval[bool](b, `login.closed`) {
			t.Error("the client takes the window for closed while the user reads")
		}
		readIt()
		popup.press(button)
		b.until(`document.title !== "client"`)
		answer, err := url.ParseQuery(strings.TrimPrefix(eval[string](b, `document.title`), "?"))
		if err != nil || answer.Get(want) == "" || answer.Get("state") != c.state {
			t.Errorf("the client got %v, %v", answer, err)
		}
	}
}

// popup presses what opens another window, and returns that one.
func (b *tab) popup(selector string) *tab {
	b.t.Helper()
	opened := chromedp.WaitNewTarget(b.ctx, func(i *target.Info) bool { return i.OpenerID != "" })
	b.press(selector)
	return newTab(b.t, b.ctx, chromedp.WithTargetID(<-opened))
}
