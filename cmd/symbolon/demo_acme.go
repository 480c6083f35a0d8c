package main

// Acme with the mistake that a first integration often has.

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// demoAcme is Acme. While it forgets, it behaves like an app whose developer built
// the callback URL from the state alone: it ignores redirect_url, and does not
// announce that it would follow it.
type demoAcme struct {
	app     http.Handler
	forgets atomic.Bool
}

func (a *demoAcme) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.forgets.Load() {
		w = &forgetful{ResponseWriter: w}
	}
	a.app.ServeHTTP(w, r)
}

// forgetful drops the verifier from a redirect to Symbolon's callback.
type forgetful struct{ http.ResponseWriter }

func (w *forgetful) WriteHeader(status int) {
	if to, err := url.Parse(w.Header().Get("Location")); err == nil && strings.HasSuffix(to.Path, "/partner:callback") {
		to.RawQuery = url.Values{"state": {to.Query().Get("state")}}.Encode()
		w.Header().Set("Location", to.String())
	}
	w.ResponseWriter.WriteHeader(status)
}

// backend carries the calls of Acme's backend.
func (a *demoAcme) backend(next http.RoundTripper) http.RoundTripper {
	return forgetfulBackend{a, next}
}

type forgetfulBackend struct {
	acme *demoAcme
	next http.RoundTripper
}

func (b forgetfulBackend) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.acme.forgets.Load() {
		r = r.Clone(r.Context()) // a RoundTripper must not change its request
		r.Header.Del("Symbolon-Handoff")
	}
	return b.next.RoundTrip(r)
}
