package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// caller is a client with one connection to each host, which it keeps.
type caller struct {
	number int
	http   http.Client
	// cookies are those of one browser, by name: each browser here meets one server.
	cookies map[string]string
}

func newCaller(number int) *caller {
	transport := &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1, DisableCompression: true}
	return &caller{number: number, http: http.Client{
		Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *caller) close() { c.http.CloseIdleConnections() }

// newBrowser forgets all cookies.
func (c *caller) newBrowser() { c.cookies = map[string]string{} }

type answer struct {
	status int
	header http.Header
	body   []byte
}

// request is what a caller sends. The body is a form, unless it is json.
type request struct {
	method, url string
	form        url.Values
	json        any
	user, pass  string // HTTP Basic
	bearer      string
	origin      string
	handoff     string // Symbolon's header
	want        int
}

func get(url string, want int) request { return request{method: http.MethodGet, url: url, want: want} }

func post(url string, form url.Values, want int) request {
	return request{method: http.MethodPost, url: url, form: form, want: want}
}

func (r request) build() (*http.Request, error) {
	var body io.Reader
	contentType := ""
	switch {
	case r.json != nil:
		text, err := json.Marshal(r.json)
		if err != nil {
			return nil, err
		}
		body, contentType = bytes.NewReader(text), "application/json"
	case r.form != nil:
		body, contentType = strings.NewReader(r.form.Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequest(r.method, r.url, body)
	if err != nil {
		return nil, err
	}
	set := func(name, value string) {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	set("Content-Type", contentType)
	set("Origin", r.origin)
	set("Symbolon-Handoff", r.handoff)
	if r.bearer != "" {
		set("Authorization", "Bearer "+r.bearer)
	}
	if r.user != "" {
		req.SetBasicAuth(r.user, r.pass)
	}
	return req, nil
}

// send sends a request. Another status than the wanted one is an error.
func (c *caller) send(r request) (answer, error) {
	req, err := r.build()
	if err != nil {
		return answer{}, err
	}
	for name, value := range c.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	c.keep(resp.Cookies())
	a := answer{resp.StatusCode, resp.Header, body}
	if a.status != r.want {
		return a, fmt.Errorf("%s %s: HTTP %d, want %d: %.500s", r.method, r.url, a.status, r.want, body)
	}
	return a, nil
}

func (c *caller) keep(cookies []*http.Cookie) {
	if c.cookies == nil {
		return
	}
	for _, cookie := range cookies {
		if cookie.MaxAge < 0 || cookie.Value == "" {
			delete(c.cookies, cookie.Name)
			continue
		}
		c.cookies[cookie.Name] = cookie.Value
	}
}

// member is a string of the JSON object in an answer.
func (a answer) member(name string) (string, error) {
	var o map[string]any
	if err := json.Unmarshal(a.body, &o); err != nil {
		return "", err
	}
	s, ok := o[name].(string)
	if !ok {
		return "", fmt.Errorf("no %s in %.500s", name, a.body)
	}
	return s, nil
}

// parameter is a query parameter of the address that an answer redirects to.
func (a answer) parameter(name string) (string, error) {
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		return "", err
	}
	value := to.Query().Get(name)
	if value == "" {
		return "", fmt.Errorf("no %s in the redirect to %q: %.500s", name, to, a.body)
	}
	return value, nil
}

// location is where an answer redirects to, from a request to base.
func (a answer) location(base string) (string, error) {
	from, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	to, err := from.Parse(a.header.Get("Location"))
	if err != nil {
		return "", err
	}
	if to.String() == base {
		return "", errors.New("a redirect to nowhere")
	}
	return to.String(), nil
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func port(address string) string {
	_, p, _ := strings.Cut(address, ":")
	return p
}

func unpadded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
