package web_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/symbolon-auth/symbolon/internal/web"
	"github.com/symbolon-auth/symbolon/internal/web/webtest"
)

func portal(t *testing.T, v web.Portal) *html.Node {
	t.Helper()
	_, doc := show(t, func(w http.ResponseWriter, r *http.Request, _ web.Language) { pages.Portal(w, r, v) }, web.Language{})
	return doc
}

func TestPortalSaysWhatIsConnected(t *testing.T) {
	said := text(portal(t, webtest.Portal()))
	for _, s := range []string{
		"Connected apps", "services of Acme", "Alice Example", "Inspector", "Verified for Acme Todo", "Published by robot.example",
		"Read your to-dos", "Sales", "todo.acme.example", "inspector.example", "Connected on 3 Feb 2031", "Last used on 5 Feb 2031", "Not used yet",
		"Old Robot can no longer use Acme Todo.", "switched off", "Return to app.acme.example",
	} {
		if !strings.Contains(said, s) {
			t.Errorf("the page does not say %q:\n%s", s, said)
		}
	}
}

func TestPortalNamesEachButton(t *testing.T) {
	labels := map[string]string{}
	for _, b := range find(portal(t, webtest.Portal()), "button") {
		labels[attr(b, "name")+"="+attr(b, "value")] = attr(b, "aria-label")
	}
	for button, label := range map[string]string{
		"grant=grt_1": "End access: Inspector, Acme Todo · Sales",
		"grant=grt_2": "End access: Inspector, notes.acme.example",
		"grant=grt_3": "End access: robot.example, Acme Todo",
		"all=all":     "", "leave=leave": "",
	} {
		if got, ok := labels[button]; !ok || got != label {
			t.Errorf("button %s has the label %q, want %q", button, got, label)
		}
	}
}

func TestNothingEscapesFromThePortal(t *testing.T) {
	plain := webtest.Portal()
	fill(reflect.ValueOf(&plain).Elem(), "plain")
	want := skeleton(portal(t, plain))
	for _, payload := range payloads {
		v := webtest.Portal()
		fill(reflect.ValueOf(&v).Elem(), payload)
		sameSkeleton(t, payload, want, portal(t, v))
	}
}

func TestDatesAreWrittenAsTheLanguageDoes(t *testing.T) {
	for tag, want := range map[string]string{"de": "03.02.2031", "fr": "03/02/2031", "ja": "2031年2月3日", "ko": "2031년 2월 3일"} {
		v := webtest.Portal()
		v.UILocales = tag
		if said := text(portal(t, v)); !strings.Contains(said, want) {
			t.Errorf("%s: no %q in %s", tag, want, said)
		}
	}
}
