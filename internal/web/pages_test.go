package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/web"
)

func newPages(t *testing.T) *web.Pages {
	t.Helper()
	p, err := web.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// everyPage shows each page once, in the language of lang.
func everyPage(t *testing.T, show func(name string, res *http.Response)) {
	t.Helper()
	p := newPages(t)
	for name, write := range samplePages(p) {
		w := httptest.NewRecorder()
		write(w, httptest.NewRequest(http.MethodGet, "/", nil), web.Language{})
		show(name, w.Result())
	}
}

type pageWriter func(w http.ResponseWriter, r *http.Request, l web.Language)

func samplePages(p *web.Pages) map[string]pageWriter {
	return map[string]pageWriter{
		"consent": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Consent(w, r, web.Consent{Language: l, Action: "/consent/f", Client: web.Client{Name: "Claude"}, Server: web.Server{Name: "Acme"}})
		},
		"problem": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Problem(w, r, 400, web.Problem{Language: l, ErrorID: "err_1"})
		},
		"notyet": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.NotYet(w, r, web.NotYet{Language: l, RetryURL: "/x"})
		},
		"answered": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Answered(w, r, web.Answered{Language: l})
		},
		"index": func(w http.ResponseWriter, r *http.Request, l web.Language) {
			p.Index(w, r, web.Index{Language: l, MetadataURL: "/m", KeysURL: "/k"})
		},
	}
}

func TestEveryPageRenders(t *testing.T) {
	everyPage(t, func(name string, res *http.Response) {
		if res.StatusCode == http.StatusInternalServerError {
			t.Errorf("%s: %s", name, res.Status)
		}
	})
}
