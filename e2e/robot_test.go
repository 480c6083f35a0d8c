package e2e

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// robot is a browser for tests that are about other peers: it keeps cookies, follows
// redirects and answers the consent page.
type robot struct {
	http *http.Client
}

func newRobot(t *testing.T, s *server) *robot {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := s.http()
	c.Jar = jar
	return &robot{http: c}
}

// login opens an authorization URL, says "allow" and returns where the browser is
// sent in the end: the request's redirect_uri with the answer. It is not opened.
func (r *robot) login(t *testing.T, authorizeURL string) *url.URL {
	t.Helper()
	next, err := http.NewRequestWithContext(t.Context(), http.MethodGet, authorizeURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	goal := next.URL.Query().Get("redirect_uri") + "?"
	for range 12 {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(next.URL.String(), goal) {
			return next.URL
		}
		next, err = r.step(t, next)
	}
	t.Fatal("the login goes round in circles")
	return nil
}

// step sends a request and returns the one that a browser makes next.
func (r *robot) step(t *testing.T, req *http.Request) (*http.Request, error) {
	t.Helper()
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSeeOther || resp.StatusCode == http.StatusFound {
		to, err := resp.Location()
		if err != nil {
			return nil, err
		}
		return http.NewRequestWithContext(t.Context(), http.MethodGet, to.String(), nil)
	}
	page, err := html.Parse(resp.Body)
	if err != nil {
		return nil, err
	}
	form := find(page, func(n *html.Node) bool { return n.Data == "form" && attribute(n, "id") == "decision" })
	if form == nil {
		return nil, fmt.Errorf("%s %s: HTTP %d with no question to answer: %s", req.Method, req.URL.Path, resp.StatusCode, text(page))
	}
	return submit(t, req.URL, form)
}

// submit presses "allow".
func submit(t *testing.T, page *url.URL, form *html.Node) (*http.Request, error) {
	t.Helper()
	token := find(form, func(n *html.Node) bool { return attribute(n, "name") == "form_token" })
	if token == nil {
		return nil, fmt.Errorf("the consent form has no form_token")
	}
	action, err := page.Parse(attribute(form, "action"))
	if err != nil {
		return nil, err
	}
	body := url.Values{"form_token": {attribute(token, "value")}, "decision": {"allow"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, action.String(), strings.NewReader(body.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
}

func find(n *html.Node, match func(*html.Node) bool) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && match(d) {
			return d
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what a person reads on a page.
func text(n *html.Node) string {
	var words []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "style" && d.Parent.Data != "script" {
			words = append(words, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(words, " ")
}

func originOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host
}
