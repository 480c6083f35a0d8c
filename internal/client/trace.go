// The trace: what a login did, step by step, in a form that may be shown to anyone.
package client

import (
	"net/http"
	"net/url"
	"strings"
)

// Step is one HTTP request and what came of it. It carries no secret, code, token or state.
type Step struct {
	// Name says what the step is for, in words, such as "authorization server metadata".
	Name string
	// Method and URL are the request's; parameters that are nobody's business show as "…".
	Method, URL string
	// Status is the HTTP status, 0 if no answer came.
	Status int
	// Note says what the step yielded. May be empty.
	Note string
	// Err is why the login cannot go on from here, nil if it can.
	Err error
}

// shownParams are the query parameters whose values may be seen by whoever reads over the shoulder; all
// others (state, code, login_verifier, login_hint, …) are shown by name alone.
var shownParams = map[string]bool{
	"response_type": true, "code_challenge_method": true, "scope": true, "resource": true,
	"redirect_uri": true, "prompt": true, "iss": true, "error": true,
}

// showURL renders u for a trace: no user information, no fragment, and the values of shownParams only.
// The order of the parameters stays, since a reader compares it with what a server logged.
func showURL(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	if u.RawQuery == "" {
		return shown.String()
	}
	var query []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if shownParams[name] {
			query = append(query, pair)
		} else {
			query = append(query, name+"=…")
		}
	}
	return shown.String() + "?" + strings.Join(query, "&")
}

// report tells the trace about a request that ended.
func report(trace func(Step), name string, req *http.Request, status int, note string, err error) {
	if trace == nil {
		return
	}
	trace(Step{Name: name, Method: req.Method, URL: showURL(req.URL), Status: status, Note: note, Err: err})
}

// Traced reports the requests that base carries, under one name: those of a company's backend, which stands
// beside the client in the demo.
func Traced(base http.RoundTripper, name string, trace func(Step)) http.RoundTripper {
	return traced{base, name, trace}
}

type traced struct {
	base  http.RoundTripper
	name  string
	trace func(Step)
}

func (t traced) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	status := 0
	if err == nil {
		status = resp.StatusCode
	}
	report(t.trace, t.name, req, status, "", err)
	return resp, err
}
