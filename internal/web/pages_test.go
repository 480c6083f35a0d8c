package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/symbolon-auth/symbolon/internal/web"
	"github.com/symbolon-auth/symbolon/internal/web/webtest"
)

var pages = func() *web.Pages {
	p, err := web.New()
	if err != nil {
		panic(err)
	}
	return p
}()

// samples shows every page once, and each with all its optional parts.
var samples = webtest.Samples(pages)

// show returns a page's response and its parsed document.
func show(t *testing.T, write webtest.Writer, l web.Language) (*http.Response, *html.Node) {
	t.Helper()
	w := httptest.NewRecorder()
	write(w, httptest.NewRequest(http.MethodGet, "/", nil), l)
	doc, err := html.Parse(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), doc
}

// eachPage runs check on every page.
func eachPage(t *testing.T, check func(t *testing.T, res *http.Response, doc *html.Node)) {
	for name, write := range samples {
		t.Run(name, func(t *testing.T) {
			res, doc := show(t, write, web.Language{})
			check(t, res, doc)
		})
	}
}

func TestPagesRunNothingInline(t *testing.T) {
	eachPage(t, func(t *testing.T, _ *http.Response, doc *html.Node) {
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "style" || (n.Data == "script" && (attr(n, "src") == "" || n.FirstChild != nil)) {
				t.Errorf("inline <%s>", n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

// loading are the attributes that make a browser fetch something by itself.
var loading = map[string]bool{"src": true, "srcset": true, "data": true, "poster": true, "background": true, "ping": true, "manifest": true}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	eachPage(t, func(t *testing.T, _ *http.Response, doc *html.Node) {
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				if loading[a.Key] || (n.Data == "link" && a.Key == "href") {
					assertAsset(t, a.Val)
				}
			}
		}
	})
}

var cssURL = regexp.MustCompile(`url\(|@import`)

// assertAsset demands that the page's file exists here, for ever, and loads
// nothing itself.
func assertAsset(t *testing.T, path string) {
	t.Helper()
	if own := webtest.Brand(); path == own.Logo || path == own.Stylesheet {
		return // internal/brand serves them
	}
	if !regexp.MustCompile(`^/assets/[a-z]+\.[A-Za-z0-9_-]{12}\.(css|js|svg)$`).MatchString(path) {
		t.Errorf("loads %q", path)
		return
	}
	w := httptest.NewRecorder()
	pages.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%s: %d, Cache-Control %q", path, w.Code, w.Header().Get("Cache-Control"))
	}
	if w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%s: headers %v", path, w.Header())
	}
	if cssURL.MatchString(w.Body.String()) {
		t.Errorf("%s loads something", path)
	}
}

func TestAssetsThatDoNotExist(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/pages.css", "/assets/../pages.go", "/assets/pages.AAAAAAAAAAAA.css"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: path}
		w := httptest.NewRecorder()
		pages.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestPagesCarryTheHeaders(t *testing.T) {
	want := map[string]string{
		"Content-Type":                 "text/html; charset=utf-8",
		"Content-Language":             "en",
		"X-Frame-Options":              "DENY",
		"X-Content-Type-Options":       "nosniff",
		"Cache-Control":                "no-store",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	eachPage(t, func(t *testing.T, res *http.Response, doc *html.Node) {
		// A client may have opened a login in a window of its own; the other pages it cannot.
		want["Cross-Origin-Opener-Policy"] = "unsafe-none"
		if name := strings.Split(t.Name(), "/")[1]; strings.HasPrefix(name, "portal") || name == "index" {
			want["Cross-Origin-Opener-Policy"] = "same-origin"
		}
		for name, value := range want {
			if got := res.Header.Get(name); got != value {
				t.Errorf("%s: %q, want %q", name, got, value)
			}
		}
		policy := res.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("policy %q lacks %q", policy, part)
			}
		}
		if strings.Contains(policy, "form-action") || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
		referrer := "no-referrer"
		if len(find(doc, "form")) > 0 {
			referrer = "same-origin"
		}
		if got := res.Header.Get("Referrer-Policy"); got != referrer {
			t.Errorf("Referrer-Policy %q, want %q", got, referrer)
		}
	})
}

func TestPagesAreOneDocument(t *testing.T) {
	eachPage(t, func(t *testing.T, res *http.Response, doc *html.Node) {
		if res.StatusCode == http.StatusInternalServerError {
			t.Fatal("the page could not be rendered")
		}
		for _, name := range []string{"h1", "main", "footer", "title"} {
			if n := len(find(doc, name)); n != 1 {
				t.Errorf("%d <%s>", n, name)
			}
		}
		ids := map[string]bool{}
		for n := range doc.Descendants() {
			if id := attr(n, "id"); id != "" && ids[id] {
				t.Errorf("id %q twice", id)
			} else if id != "" {
				ids[id] = true
			}
		}
		for n := range doc.Descendants() {
			for _, name := range []string{"for", "form", "aria-describedby", "aria-labelledby"} {
				for id := range strings.FieldsSeq(attr(n, name)) {
					if !ids[id] {
						t.Errorf("<%s %s=%q>: no such id", n.Data, name, id)
					}
				}
			}
		}
	})
}
