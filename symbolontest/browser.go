package symbolontest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Browser is a browser without scripts: a cookie jar, the headers that browsers add
// to navigations, and forms. It follows redirects only when asked.
type Browser struct {
	t    testing.TB
	http *http.Client
	jar  *cookiejar.Jar
}

// NewBrowser makes a browser without cookies.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	return newBrowser(t, newHTTPClient(t, ""))
}

// NewBrowser makes a browser without cookies that trusts the server's certificate.
func (s *Server) NewBrowser() *Browser {
	s.t.Helper()
	return newBrowser(s.t, newHTTPClient(s.t, s.config.TLS.CertFile))
}

func newBrowser(t testing.TB, client *http.Client) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client.Jar = jar
	return &Browser{t: t, http: client, jar: jar}
}

// Get goes to an address, as if it were typed. header is names and values in pairs;
// they replace what the browser would send.
func (b *Browser) Get(target string, header ...string) *Response {
	b.t.Helper()
	return b.navigate(http.MethodGet, target, "", "none", header)
}

// Post submits a form that another site shows.
func (b *Browser) Post(target string, form url.Values, header ...string) *Response {
	b.t.Helper()
	header = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", "https://elsewhere.example"}, header...)
	return b.navigate(http.MethodPost, target, form.Encode(), "cross-site", header)
}

// Follow follows redirects. It stops at an answer that is none, or that redirects
// to one of these hosts ("127.0.0.1:3010", without a port any port), which it does
// not visit: that is how a test gets the answer that is meant for a client.
func (b *Browser) Follow(r *Response, until ...string) *Response {
	b.t.Helper()
	for range 20 {
		next := r.Location()
		if next == nil || slices.Contains(until, next.Host) || slices.Contains(until, next.Hostname()) {
			return r
		}
		site := "cross-site"
		if next.Scheme == r.URL.Scheme && next.Host == r.URL.Host {
			site = "same-origin"
		}
		r = b.navigate(http.MethodGet, next.String(), "", site, nil)
	}
	b.t.Fatalf("too many redirects, last to %s", r.Location().Redacted())
	return nil
}

// Submit presses the button with this name and value on a page, in the first form
// that has one. With an empty value any button of that name will do.
func (b *Browser) Submit(page *Response, name, value string, header ...string) *Response {
	b.t.Helper()
	for _, form := range page.Forms() {
		if fields, ok := form.press(name, value); ok {
			return b.SubmitForm(page, form, fields, header...)
		}
	}
	b.t.Fatalf("%s (%d) has no button %s=%q:\n%s", page.URL.Path, page.Status, name, value, page.Body)
	return nil
}

// SubmitForm submits a form of a page with these fields instead of its own.
func (b *Browser) SubmitForm(page *Response, form Form, fields url.Values, header ...string) *Response {
	b.t.Helper()
	action, err := page.URL.Parse(form.Action)
	if err != nil {
		b.t.Fatal(err)
	}
	origin := page.URL.Scheme + "://" + page.URL.Host
	header = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", origin}, header...)
	return b.navigate(http.MethodPost, action.String(), fields.Encode(), "same-origin", header)
}

func (b *Browser) navigate(method, target, body, site string, header []string) *Response {
	b.t.Helper()
	req := newRequest(b.t, method, target, body, nil)
	all := append([]string{
		"Accept", "text/html,application/xhtml+xml", "Accept-Language", "en",
		"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Sec-Fetch-Site", site,
	}, header...)
	for i := 0; i+1 < len(all); i += 2 {
		switch name, value := all[i], all[i+1]; {
		case value == "":
			req.Header.Del(name)
		case strings.EqualFold(name, "Host"):
			req.Host = value
		default:
			req.Header.Set(name, value)
		}
	}
	return send(b.t, b.http, req)
}

// Cookies are the cookies that the browser would send to target.
func (b *Browser) Cookies(target string) []*http.Cookie {
	b.t.Helper()
	return b.jar.Cookies(b.parse(target))
}

// SetCookies plants cookies as if target had set them.
func (b *Browser) SetCookies(target string, cookies ...*http.Cookie) {
	b.t.Helper()
	b.jar.SetCookies(b.parse(target), cookies)
}

func (b *Browser) parse(target string) *url.URL {
	b.t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}
