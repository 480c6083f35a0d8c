// Robot: the person in front of the browser, where nobody is there (`demo --auto`, tests).
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

const (
	maxHops  = 20 // redirects of one navigation, as in browsers
	maxForms = 8  // forms of one login: sign in, continue, consent, and some to spare
)

// RobotOptions say who the robot is and what it answers.
type RobotOptions struct {
	// Transport carries the robot's requests. nil is http.DefaultTransport.
	Transport http.RoundTripper
	// Trace is told about every request, also those in the middle of a redirect chain.
	Trace func(Step)
	// Username and Password go into the first login form. A second one means that they were refused.
	Username string
	Password Secret
	// Decision is the button to press on the consent page: "allow" (also when empty) or "deny".
	Decision string
}

// Robot is a browser with a cookie jar and no JavaScript. It follows redirects, fills the login form, presses
// the only button of pages that have one, and decides on the consent page. It keeps its cookies between logins,
// as a browser does; it is not for concurrent use.
type Robot struct {
	http    *http.Client
	trace   func(Step)
	options RobotOptions
}

// NewRobot returns a robot with an empty cookie jar.
func NewRobot(o RobotOptions) *Robot {
	if o.Decision == "" {
		o.Decision = "allow"
	}
	jar, _ := cookiejar.New(nil) // only options can make it fail
	return &Robot{
		http:    &http.Client{Transport: o.Transport, Jar: jar, Timeout: requestTimeout, CheckRedirect: stay},
		trace:   o.Trace,
		options: o,
	}
}

// Page is where the robot ended.
type Page struct {
	URL    *url.URL
	Status int
	Title  string
	// Text is what a person would read, with single spaces.
	Text string

	forms []form
}

// Login goes through a login and expects to end at the redirect URI that authorizationURL names. It fits
// LoginOptions.Open.
func (r *Robot) Login(ctx context.Context, authorizationURL string) error {
	start, err := url.Parse(authorizationURL)
	if err != nil {
		return fmt.Errorf("the authorization URL: %w", err)
	}
	page, err := r.Browse(ctx, authorizationURL)
	if err != nil {
		return err
	}
	at := url.URL{Scheme: page.URL.Scheme, Host: page.URL.Host, Path: page.URL.Path}
	if at.String() != start.Query().Get("redirect_uri") {
		return fmt.Errorf("the login ended at %s (HTTP %d) %s: %s", at.String(), page.Status, page.Title, page.Text)
	}
	return nil
}

// Browse opens target and does what the pages ask for, until a page asks for nothing. An error page is not an
// error: read its Status and Text.
func (r *Robot) Browse(ctx context.Context, target string) (Page, error) {
	u, err := url.Parse(target)
	if err != nil {
		return Page{}, err
	}
	page, err := r.navigate(ctx, navigation{name: "browser opens", url: u})
	signedIn := false
	for range maxForms {
		if err != nil {
			return page, err
		}
		f, ok := page.choose(r.options.Decision)
		if !ok || page.Status >= 400 && f.password == "" {
			return page, nil // a "try again" on an error page is for people
		}
		if f.password != "" && signedIn {
			return page, fmt.Errorf("the app at %s refused the login of %s: %s", page.URL.Host, r.options.Username, page.Text)
		}
		signedIn = signedIn || f.password != ""
		page, err = r.submit(ctx, page, f)
	}
	return page, errors.New("the pages go on asking: more than 8 forms in one login")
}

func (r *Robot) submit(ctx context.Context, page Page, f form) (Page, error) {
	n := navigation{from: page.URL, post: f.post, name: "browser presses " + f.pressed}
	values := f.values
	if f.password != "" {
		n.name = "browser signs in"
		values.Set(f.username, r.options.Username)
		values.Set(f.password, string(r.options.Password))
	}
	action, err := page.URL.Parse(f.action)
	if err != nil {
		return page, fmt.Errorf("a form on %s has no usable action: %w", page.URL.Host, err)
	}
	if f.post {
		n.body = values.Encode()
	} else {
		action.RawQuery = values.Encode()
	}
	n.url = action
	return r.navigate(ctx, n)
}

// navigation is one page load: a request and the redirects after it.
type navigation struct {
	name string
	url  *url.URL
	from *url.URL // the page it was started from, nil for the address bar
	post bool
	body string // form-encoded
}

func (r *Robot) navigate(ctx context.Context, n navigation) (Page, error) {
	site := "none"
	if n.from != nil {
		site = "same-origin"
	}
	for range maxHops {
		site = fetchSite(site, n.from, n.url)
		page, next, err := r.load(ctx, n, site)
		if err != nil || next == nil {
			return page, err
		}
		n = navigation{name: "browser follows", url: next, from: n.from}
	}
	return Page{}, errors.New("too many redirects")
}

// load sends one request. next is where its redirect leads, nil if the answer is a page.
func (r *Robot) load(ctx context.Context, n navigation, site string) (page Page, next *url.URL, err error) {
	req, err := n.request(ctx, site)
	if err != nil {
		return Page{}, nil, err
	}
	resp, err := r.http.Do(req)
	if err != nil {
		err = withoutURL(err)
		report(r.trace, n.name, req, 0, "", err)
		return Page{}, nil, err
	}
	defer resp.Body.Close()
	body, err := readBounded(resp.Body)
	if err != nil {
		return Page{}, nil, err
	}
	if next := redirectOf(req.URL, resp); next != nil {
		report(r.trace, n.name, req, resp.StatusCode, "→ "+showURL(&url.URL{Scheme: next.Scheme, Host: next.Host, Path: next.Path}), nil)
		return Page{}, next, nil
	}
	page = readPage(req.URL, resp.StatusCode, body)
	report(r.trace, n.name, req, resp.StatusCode, page.Title, nil)
	return page, nil, nil
}

// request looks like a browser's navigation (Fetch Metadata): servers decide by these headers.
func (n navigation) request(ctx context.Context, site string) (*http.Request, error) {
	if err := secureURL(n.url); err != nil {
		return nil, err
	}
	method := http.MethodGet
	if n.post {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, n.url.String(), strings.NewReader(n.body))
	if err != nil {
		return nil, err
	}
	h := req.Header
	h.Set("User-Agent", "symbolon-robot")
	h.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	h.Set("Accept-Language", "en")
	h.Set("Sec-Fetch-Mode", "navigate")
	h.Set("Sec-Fetch-Dest", "document")
	h.Set("Sec-Fetch-User", "?1")
	h.Set("Sec-Fetch-Site", site)
	if n.post {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
		h.Set("Origin", n.from.Scheme+"://"+n.from.Host)
	}
	return req, nil
}

// redirectOf resolves a redirect, nil if the answer is none. 307 and 308 would repeat a form elsewhere; no
// login needs that, so they are pages here.
func redirectOf(at *url.URL, resp *http.Response) *url.URL {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if resp.Request.Method != http.MethodGet {
			return nil
		}
	default:
		return nil
	}
	next, err := at.Parse(resp.Header.Get("Location"))
	if err != nil {
		return nil
	}
	return next
}

// fetchSite is Sec-Fetch-Site for the next hop: the farthest relation of the chain so far. A site has no port,
// so two ports of 127.0.0.1 are one site.
func fetchSite(soFar string, from, to *url.URL) string {
	switch {
	case from == nil:
		return "none"
	case soFar == "cross-site" || from.Scheme != to.Scheme || from.Hostname() != to.Hostname():
		return "cross-site"
	case soFar == "same-site" || from.Host != to.Host:
		return "same-site"
	default:
		return "same-origin"
	}
}
