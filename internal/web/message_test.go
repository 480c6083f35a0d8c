package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/web"
	"github.com/symbolon-auth/symbolon/internal/web/webtest"
)

func TestStatuses(t *testing.T) {
	for name, want := range map[string]int{
		"consent": http.StatusOK, "problem": http.StatusBadRequest, "not yet": http.StatusConflict,
		"answered": http.StatusConflict, "index": http.StatusOK,
	} {
		if res, _ := show(t, samples[name], web.Language{}); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, want)
		}
	}
}

func TestProblemSaysWhatTheOperatorNeeds(t *testing.T) {
	_, doc := show(t, samples["problem"], web.Language{})
	for _, s := range []string{"err_1", "redirect_uri_not_registered", "not registered"} {
		if !strings.Contains(text(doc), s) {
			t.Errorf("the page does not say %q", s)
		}
	}
	links := find(doc, "a")
	if len(links) != 1 || attr(links[0], "href") != "https://app.example/cb?error=x" || text(links[0]) != "Return to app.example" {
		t.Errorf("links %v", links)
	}
}

func TestReturnLinkOpensAppsAndRunsNothing(t *testing.T) {
	for uri, want := range map[string]string{
		"https://app.example/cb?error=access_denied&state=a%20b": "https://app.example/cb?error=access_denied&state=a%20b",
		"http://127.0.0.1:5555/cb":                               "http://127.0.0.1:5555/cb",
		"com.example.app:/cb?error=access_denied":                "com.example.app:/cb?error=access_denied",
		"javascript:alert(1)":                                    "",
		"JavaScript:alert(1)":                                    "",
		"data:text/html,x":                                       "",
		"/relative":                                              "",
		"":                                                       "",
	} {
		_, doc := show(t, func(w http.ResponseWriter, r *http.Request, _ web.Language) {
			pages.Problem(w, r, http.StatusBadRequest, web.Problem{Return: web.ReturnLink{Name: "app", URL: uri}})
		}, web.Language{})
		got := ""
		if links := find(doc, "a"); len(links) > 0 {
			got = attr(links[0], "href")
		}
		if got != want {
			t.Errorf("%q: link %q, want %q", uri, got, want)
		}
	}
}

func TestEachProblemHasItsOwnWords(t *testing.T) {
	english := messages(t, "en")
	seen := map[string]web.ProblemKind{}
	for _, kind := range webtest.ProblemKinds {
		_, doc := show(t, samples["problem "+string(kind)], web.Language{})
		title := text(find(doc, "h1")[0])
		if other, twice := seen[title]; twice || title == "" {
			t.Errorf("%s and %s: %q", kind, other, title)
		}
		seen[title] = kind
		for _, part := range []string{".title", ".text", ".advice"} {
			if sentence := english["problem."+string(kind)+part]; !strings.Contains(text(doc), sentence) {
				t.Errorf("%s does not say %q", kind, sentence)
			}
		}
	}
}

func TestNotYetOffersTheSameAddressAgain(t *testing.T) {
	_, doc := show(t, samples["not yet"], web.Language{})
	if links := find(doc, "a"); len(links) != 1 || attr(links[0], "href") != "/sso/v1/x?state=s" {
		t.Errorf("links %v", links)
	}
}
