package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/animation"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A click that was meant for something else must not allow: Allow has a guard in
// the stylesheet and one in the script. Each is tested with the clock that it goes
// by standing still, so that "too early" lasts as long as the test needs.

func TestStylesheetGuardsAllow(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	c := registerClient(t, s.server, "res_todo", loopback.server.URL+"/callback", nil)
	b := theChromium(t).window(t)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	call(b, animation.Enable, cdp.Empty{})
	call(b, animation.SetPlaybackRate, animation.SetPlaybackRateParams{PlaybackRate: 0})
	b.open(c.authorizeURL("todo:read"))
	b.asked()

	b.press(allowButton)
	b.stillAsks(c)
	call(b, animation.SetPlaybackRate, animation.SetPlaybackRateParams{PlaybackRate: 1})
	readIt()
	b.press(allowButton) // still without scripts: the page works on its own
	c.code(t, b.answer(c.redirectURI))
}

func TestScriptGuardsAllow(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	c := registerClient(t, s.server, "res_todo", loopback.server.URL+"/callback", nil)
	b := theChromium(t).window(t)
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		const real = performance.now.bind(performance), start = real();
		let frozen = true;
		performance.now = () => frozen ? start : real();
		window.thaw = () => { frozen = false; };
	`})
	b.open(c.authorizeURL("todo:read"))
	b.asked()

	click := fmt.Sprintf(`document.querySelector(%q).click()`, allowButton) // passes by the stylesheet
	eval[*string](b, click)
	b.stillAsks(c)
	eval[*string](b, `thaw()`)
	readIt()
	eval[*string](b, click)
	c.code(t, b.answer(c.redirectURI))
}

// Nothing has the focus, so Enter and Space press nothing, however late.
func TestKeysAllowNothing(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	c, b := s.ask(t, loopback.server.URL+"/callback")
	readIt()
	for _, key := range []string{"\r", " "} {
		b.do(chromedp.KeyEvent(key))
		b.stillAsks(c)
	}
}

// Who double-clicks means it once: a second POST would take the answer to the first
// out of the browser's hands.
func TestDoubleClickAnswersOnce(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	_, b := s.ask(t, loopback.server.URL+"/callback")
	readIt()
	sent := eval[int](b, fmt.Sprintf(`(() => {
		let sent = 0;
		addEventListener("submit", (event) => { // after the page's own listener
			sent += event.defaultPrevented ? 0 : 1;
			event.preventDefault();
		});
		const allow = document.querySelector(%q);
		allow.click();
		allow.click();
		return sent;
	})()`, allowButton))
	if sent != 1 {
		t.Errorf("two clicks sent the form %d times", sent)
	}
}

// stillAsks gives the browser time to act and fails the test if it did.
func (b *tab) stillAsks(c *client) {
	b.t.Helper()
	time.Sleep(300 * time.Millisecond)
	if b.seen(c.redirectURI) != nil {
		b.t.Fatal("the page was answered")
	}
	if !eval[bool](b, fmt.Sprintf(`document.querySelector(%q) !== null`, allowButton)) {
		b.t.Fatal("the page no longer asks")
	}
}

// call runs a command of the DevTools protocol on the tab.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}
