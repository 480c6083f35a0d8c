package web_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/symbolon-auth/symbolon/internal/web"
	"github.com/symbolon-auth/symbolon/internal/web/webtest"
)

// payloads try to leave the place where a stranger's words stand.
var payloads = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `" autofocus onfocus="alert(1)`,
	`</title><script>alert(1)</script>`, `</select><svg/onload=alert(1)>`, `</bdi></h1><form action=https://evil.example>`,
	`<!--`, `-->`, `]]>`, `<![CDATA[<script>`, `</main>`, `<base href=https://evil.example>`, `<meta http-equiv=refresh content=0>`,
	`javascript:alert(1)`, `{{.FormToken}}`, `{client}`, `{`, `}`, `{}`, `&lt;script&gt;`, `&#60;b&#62;`, `\u003cscript\u003e`, `+ADw-script+AD4-`,
	"`${alert(1)}`", `\`, `%3Cscript%3E`, `</svg><style>*{display:none}</style>`, `<iframe srcdoc="<script>alert(1)</script>">`,
	`<a href="javascript:alert(1)">x</a>`, `<input name=decision value=allow>`, `<button name=decision value=allow>`, "a\u2028b", "<\u0338script>",
}

func TestNothingEscapesFromAnyField(t *testing.T) {
	for _, payload := range payloads {
		v := webtest.Consent()
		fill(reflect.ValueOf(&v).Elem(), payload)
		sameSkeleton(t, payload, skeleton(consent(t, plainConsent())), consent(t, v))

		problem := func(s string) *html.Node {
			p := web.Problem{Kind: web.ProblemRequest}
			p.ErrorID, p.Reason, p.Detail = s, s, s
			p.Return = web.ReturnLink{Name: s, URL: "https://robot.example/cb?" + url.Values{"state": {s}}.Encode()}
			_, doc := show(t, func(w http.ResponseWriter, r *http.Request, _ web.Language) { pages.Problem(w, r, 400, p) }, web.Language{})
			return doc
		}
		sameSkeleton(t, payload, skeleton(problem("plain")), problem(payload))
	}
}

// plainConsent is the page that the payloads must not change: every text is a
// harmless word.
func plainConsent() web.Consent {
	v := webtest.Consent()
	fill(reflect.ValueOf(&v).Elem(), "plain")
	return v
}

// sameSkeleton demands that the payload added no element and no attribute, and
// that the reader sees it as it was written.
func sameSkeleton(t *testing.T, payload, want string, doc *html.Node) {
	t.Helper()
	if got := skeleton(doc); got != want {
		t.Errorf("%q changes the page:\n%s", payload, got)
	}
	if !strings.Contains(text(doc), strings.Join(strings.Fields(payload), " ")) {
		t.Errorf("%q is not shown as it was written", payload)
	}
}

// fill writes s into every string that a view model holds.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(field, s)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), s)
		}
	}
}

func TestOnlyHTTPSLinksOfAClientAreOffered(t *testing.T) {
	for uri, offered := range map[string]bool{
		"https://robot.example/privacy":     true,
		"HTTPS://robot.example":             true,
		"http://robot.example/":             false,
		"javascript:alert(1)":               false,
		"JaVaScRiPt:alert(1)":               false,
		"data:text/html,x":                  false,
		"//robot.example/":                  false,
		"/oauth/authorize":                  false,
		"https:robot.example":               false,
		"https://[::1]:8443/terms":          true,
		"https://xn--bcher-kva.example/":    true,
		"https://bücher.example/":           false,
		"https://a%20b/":                    false,
		"https://:8443/":                    false,
		"https:///path":                     false,
		"https://user:secret@robot.example": false,
		"https://robot.example\nx":          false,
		"":                                  false,
	} {
		if got := len(clientLinks(t, uri)) == 3; got != offered {
			t.Errorf("%q offered: %v", uri, got)
		}
	}
}

func clientLinks(t *testing.T, uri string) []*html.Node {
	t.Helper()
	return find(consent(t, web.Consent{Client: web.Client{URI: uri, PolicyURI: uri, TermsURI: uri}}), "a")
}

func FuzzClientLink(f *testing.F) {
	for _, seed := range append(payloads, "https://robot.example/", "https://[::1]:8443/?q=<a>", "https://é.example/", "https://\"00", "https://a%20b/", "https://:8443/") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		for _, a := range clientLinks(t, uri) {
			u, err := url.Parse(attr(a, "href"))
			if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
				t.Errorf("%q became %q", uri, attr(a, "href"))
			}
			if attr(a, "rel") != "noopener noreferrer" {
				t.Errorf("rel %q", attr(a, "rel"))
			}
		}
	})
}

func FuzzReturnLink(f *testing.F) {
	for _, seed := range append(payloads, "com.example.app:/cb?code=1", "cursor://anysphere.cursor-retrieval/cb", "http://127.0.0.1:3/cb") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		_, doc := show(t, func(w http.ResponseWriter, r *http.Request, _ web.Language) {
			pages.Problem(w, r, http.StatusBadRequest, web.Problem{Return: web.ReturnLink{Name: "app", URL: uri}})
		}, web.Language{})
		for _, a := range find(doc, "a") {
			scheme, _, ok := strings.Cut(strings.ToLower(attr(a, "href")), ":")
			if !ok || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != "" {
				t.Errorf("%q became %q", uri, attr(a, "href"))
			}
			switch scheme {
			case "javascript", "data", "vbscript", "file", "blob":
				t.Errorf("%q became %q", uri, attr(a, "href"))
			}
		}
	})
}
