package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Another site cannot show a page of ours in a frame and have it clicked.
func TestNoPageInAFrame(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	_, b := s.ask(t, loopback.server.URL+"/callback")
	for _, ours := range []string{b.address().String(), s.server.base + "/oauth/authorize", s.server.base + "/", s.server.base + "/nothing"} {
		trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<iframe src=%q></iframe>`, ours)
		}))
		framed := b.second()
		framed.open(trap.URL)
		framed.alarmed(`frame-ancestors 'none'`)
		trap.Close()
	}
}

// Text from strangers stays text: in the client's name, the user's claims and the
// parameters of the request.
func TestHostileTextStaysText(t *testing.T) {
	const script, image = `<script>alert("name")</script>`, `"><img src=x onerror=alert(1)>`
	s, loopback := newStage(t), startReceiver(t)
	s.app.user["sub"], s.app.user["name"] = image, script
	c := registerClient(t, s.server, "res_todo", loopback.server.URL+"/callback", map[string]any{"client_name": image})
	c.state = script
	b := theChromium(t).window(t)
	b.open(c.authorizeURL("todo:read " + `<svg/onload=alert(2)>`))
	b.asked()
	b.press("details summary")
	shown := eval[string](b, `document.body.innerText`)
	for _, text := range []string{script, image} {
		if !strings.Contains(shown, text) {
			t.Errorf("%s is not shown as what it is:\n%s", text, shown)
		}
	}
	b.staysWith(s.server.base, s.app.url)

	errors := b.second()
	for _, query := range []url.Values{
		{"client_id": {image}, "redirect_uri": {"javascript:alert(3)"}, "response_type": {script}},
		{"client_id": {c.id}, "redirect_uri": {script}},
	} {
		errors.open(c.issuer() + "/oauth/authorize?" + query.Encode())
		errors.until(`document.querySelector("h1") !== null`)
	}
	errors.open(s.server.base + "/" + url.PathEscape(script))
	errors.staysWith(s.server.base)
}

// An error of an unknown website is not sent there without a click; the link takes
// the error along, and no Referer.
func TestErrorOffersTheWayBack(t *testing.T) {
	s := newStage(t)
	c := registerClient(t, s.server, "res_todo", websiteCallback(), nil)
	b := theChromium(t).window(t)
	b.open(strings.Replace(c.authorizeURL("todo:read"), "code_challenge_method=S256", "code_challenge_method=plain", 1))
	b.until(`document.querySelector("main a.button") !== null`)
	b.staysWith(s.server.base)
	b.press("main a.button")
	came := theChromium(t).site.wait(t, c.redirectURI)
	if got := came.url.Query(); got.Get("error") != "invalid_request" || got.Get("state") != c.state {
		t.Errorf("the client got %v", got)
	}
	if came.referer != "" {
		t.Errorf("the client learned the Referer %s", came.referer)
	}
}

// Pictures of the pages, in both colour schemes, for people to look at
// (go test -artifacts).
func TestPictures(t *testing.T) {
	s := newStage(t)
	_, consent := s.ask(t, "http://localhost:7777/callback")
	problem := consent.second()
	problem.open(s.server.base + "/resources/res_todo/oauth/authorize?client_id=dyn_unknown")
	dir := t.ArtifactDir()
	for _, scheme := range []string{"light", "dark"} {
		for name, b := range map[string]*tab{"consent": consent, "error": problem} {
			call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			picture, err := within(b, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+"-"+scheme+".png"), picture, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
