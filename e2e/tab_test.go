package e2e

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a tab of Chromium that keeps a diary.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string // addresses, in order
	alarms   []string // dialogs, exceptions and refusals of the browser's security policies
}

// newTab opens a tab under parent: a window of its own or a tab beside another.
func newTab(t *testing.T, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{t: t}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(b.note))...)
	t.Cleanup(cancel)
	b.ctx = ctx
	// The tab lives as long as the context of its first run, which has no deadline.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return b
}

// second opens another tab with the same cookies.
func (b *tab) second() *tab {
	b.t.Helper()
	return newTab(b.t, b.ctx)
}

// note is called for every event of the tab, by the loop that reads them.
func (b *tab) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *page.EventJavascriptDialogOpening:
		b.alarms = append(b.alarms, "dialog: "+e.Message)
		// The page stands still until somebody answers.
		go chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}) //nolint:errcheck // the alarm fails the test
	case *runtime.EventExceptionThrown:
		b.alarms = append(b.alarms, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity || e.Entry.Source == log.EntrySourceViolation {
			b.alarms = append(b.alarms, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	}
}

// within runs an action for as long as a patient person waits.
func within[T any](b *tab, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if _, err := within(b, chromedp.Steps(actions...)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// eval returns the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := within(b, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits until an expression is true in the page that is there by then.
func (b *tab) until(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		// While a page is being replaced there is nothing to ask.
		if holds, err := within(b, chromedp.Evaluate[bool](expression)); err == nil && holds {
			return
		}
	}
	b.t.Fatalf("%s never came true on %s", expression, b.address())
}

func (b *tab) address() *url.URL {
	b.t.Helper()
	address, err := within(b, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

// readIt waits as long as the Allow button is guarded, and more.
func readIt() { time.Sleep(1100 * time.Millisecond) }

const (
	allowButton = `button[name="decision"][value="allow"]`
	denyButton  = `button[name="decision"][value="deny"]`
)

// press clicks with the mouse.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// asked waits for the consent page.
func (b *tab) asked() {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q) !== null`, allowButton))
}

// alarmed waits for an alarm that contains text.
func (b *tab) alarmed(text string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		b.mu.Lock()
		found := slices.ContainsFunc(b.alarms, func(a string) bool { return strings.Contains(a, text) })
		b.mu.Unlock()
		if found {
			return
		}
	}
	b.t.Fatalf("no alarm about %s", text)
}

// staysWith fails the test if a request went to another origin than these, or if
// something happened that a page of ours never does.
func (b *tab) staysWith(origins ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, request := range b.requests {
		if !slices.ContainsFunc(origins, func(o string) bool { return strings.HasPrefix(request, o) }) {
			b.t.Errorf("a request went to %s", request)
		}
	}
	for _, alarm := range b.alarms {
		b.t.Errorf("the browser raised an alarm: %s", alarm)
	}
}
