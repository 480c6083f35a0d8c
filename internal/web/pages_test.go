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
)

var pages = func() *web.Pages {
	p, err := web.New()
	if err != nil {
		panic(err)
	}
	return p
}()

// pageWriter writes one page in a language.
type pageWriter func(w http.ResponseWriter, r *http.Request, l web.Language)

// samples shows every page once, and each with all its optional parts.
var samples = map[string]pageWriter{
	"consent": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		v := fullConsent()
		v.Language = l
		pages.Consent(w, r, v)
	},
	"consent, bare": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		pages.Consent(w, r, web.Consent{Language: l, Action: "/consent/f", User: web.User{Subject: "u1"}})
	},
	"problem": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		pages.Problem(w, r, http.StatusBadRequest, web.Problem{
			Language: l, Kind: web.ProblemRedirect, ErrorID: "err_1", Reason: "redirect_uri_not_registered",
			Detail: "not registered", Return: web.ReturnLink{Name: "app.example", URL: "https://app.example/cb?error=x"},
		})
	},
	"not yet": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		pages.NotYet(w, r, web.NotYet{Language: l, RetryURL: "/sso/v1/x?state=s", ErrorID: "err_1"})
	},
	"answered": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		pages.Answered(w, r, web.Answered{Language: l, ErrorID: "err_1"})
	},
	"portal": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		v := fullPortal()
		v.Language = l
		pages.Portal(w, r, v)
	},
	"portal, bare": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		pages.Portal(w, r, web.Portal{Language: l, User: web.User{Subject: "u1"}, Company: "Acme", Ended: web.Ended{All: true}})
	},
	"portal over": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		r.Header.Set("Accept-Language", l.UILocales)
		pages.PortalOver(w, r)
	},
	"portal left": func(w http.ResponseWriter, r *http.Request, l web.Language) { pages.PortalLeft(w, r, l) },
	"index": func(w http.ResponseWriter, r *http.Request, l web.Language) {
		pages.Index(w, r, web.Index{Language: l, MetadataURL: "/.well-known/oauth-authorization-server", KeysURL: "/keys"})
	},
}

func init() {
	for _, complaint := range complaints {
		samples["consent, "+complaint.Key()] = func(w http.ResponseWriter, r *http.Request, l web.Language) {
			v := fullConsent()
			v.Language, v.Complaint = l, complaint
			pages.Consent(w, r, v)
		}
	}
	for _, kind := range problemKinds {
		samples["problem "+string(kind)] = func(w http.ResponseWriter, r *http.Request, l web.Language) {
			pages.Problem(w, r, http.StatusBadRequest, web.Problem{Language: l, Kind: kind})
		}
	}
}

var complaints = []web.Complaint{web.ComplaintScopes, web.ComplaintChoice}

var problemKinds = []web.ProblemKind{
	web.ProblemInternal, web.ProblemRequest, web.ProblemClient, web.ProblemDocument, web.ProblemRedirect, web.ProblemRefused, web.ProblemOrganization, web.ProblemDisabled, web.ProblemExpired,
	web.ProblemBrowser, web.ProblemLogin, web.ProblemHandoff, web.ProblemBusy, web.ProblemMissing,
}

// show returns a page's response and its parsed document.
func show(t *testing.T, write pageWriter, l web.Language) (*http.Response, *html.Node) {
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
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	eachPage(t, func(t *testing.T, res *http.Response, doc *html.Node) {
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
