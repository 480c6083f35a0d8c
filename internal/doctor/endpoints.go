package doctor

// The endpoints, asked what cannot change anything: nobody logs in, nothing is made.

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (e *examination) examineEndpoints(ctx context.Context) {
	e.examineAuthorization(ctx)
	e.examineToken(ctx)
	e.examineKeys(ctx)
}

// examineAuthorization opens the endpoint without any parameter. Whatever the server
// makes of that, something must be there.
func (e *examination) examineAuthorization(ctx context.Context) {
	at := text(e.server, "authorization_endpoint")
	if at == "" {
		return
	}
	r := e.probe.send(ctx, http.MethodGet, at, "", http.Header{"Accept": {"text/html"}})
	e.sawConnection(r)
	if r.Err != nil {
		e.unreachable("D507", r)
		return
	}
	e.check("D506", at, !notThere(r.Status), "it answers %s", r.says())
}

func notThere(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone
}

// unknownClient asks the token endpoint for what it must refuse: a client that it
// cannot know, with a code that was never made.
var unknownClient = url.Values{
	"grant_type":    {"authorization_code"},
	"client_id":     {"symbolon-doctor-unknown-client"},
	"code":          {"symbolon-doctor-no-code"},
	"redirect_uri":  {"http://127.0.0.1/callback"},
	"code_verifier": {"symbolon-doctor-verifier-0123456789-0123456789"},
}.Encode()

func (e *examination) examineToken(ctx context.Context) {
	at := text(e.server, "token_endpoint")
	if at == "" {
		return
	}
	r := e.probe.send(ctx, http.MethodPost, at, unknownClient, http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}, "Origin": {pageOrigin},
	})
	e.sawConnection(r)
	if r.Err != nil {
		e.unreachable("D507", r)
		return
	}
	if r.redirected() {
		e.find("D502", at, "it answers %s", r.says())
		return
	}
	if !e.check("D501", at, !notThere(r.Status) && r.Status < 500, "it answers %s", r.says()) {
		return
	}
	e.examineTokenError(r)
	e.examineReadable("D622", r)
	e.examineTokenGET(ctx, at)
}

func (e *examination) examineTokenError(r response) {
	var body map[string]any
	if !isJSON(r) || json.Unmarshal(r.Body, &body) != nil {
		e.find("D503", r.URL, "it answers %s", r.says())
		return
	}
	// The SDKs take unauthorized_client for the same.
	known := slices.Contains([]string{"invalid_client", "unauthorized_client"}, text(body, "error"))
	status := r.Status == http.StatusUnauthorized || r.Status == http.StatusBadRequest
	e.check("D504", r.URL, known && status, "it answers HTTP %d %s", r.Status, text(body, "error"))
}

func (e *examination) examineTokenGET(ctx context.Context, at string) {
	r := e.probe.send(ctx, http.MethodGet, at, "", http.Header{"Accept": {"application/json"}})
	if r.Err == nil && (r.found() || r.redirected()) {
		e.find("D505", at, "it answers %s", r.says())
	}
}

// examineKeys reads the key set. A server whose tokens are opaque needs none.
func (e *examination) examineKeys(ctx context.Context) {
	at := text(e.server, "jwks_uri")
	if at == "" {
		return
	}
	r := e.ask(ctx, at)
	if r.Err != nil {
		e.unreachable("D507", r)
		return
	}
	set := objectOf(r)
	items, isList := set["keys"].([]any)
	if !e.check("D508", at, isList, "it answers %s", r.says()) {
		return
	}
	e.examineCaching(r, dayLong)
	for _, item := range items {
		key, _ := item.(map[string]any)
		if _, private := key["d"]; private || text(key, "kty") == "oct" {
			e.find("D509", at, "the key %s", strings.TrimSpace(text(key, "kid")))
		}
	}
}
