package doctor

// The MCP server without a token.

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

// askChallenge sends an MCP request without a token. It is false if nothing answered.
func (e *examination) askChallenge(ctx context.Context) (response, bool) {
	r := e.probe.send(ctx, http.MethodPost, e.options.Target,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"symbolon-doctor","version":"1"}}}`,
		http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}})
	e.sawConnection(r)
	if r.Err != nil {
		e.unreachable("D101", r)
		return r, false
	}
	answer := r.Answer
	e.facts.Challenge = &answer
	return r, true
}

func (e *examination) examineChallenge(r response) {
	at := e.options.Target
	if !e.check("D102", at, r.Status == http.StatusUnauthorized, "it answers %s", r.says()) {
		return
	}
	lines := r.Header.Values("WWW-Authenticate")
	if !e.check("D103", at, len(lines) > 0, "") {
		return
	}
	challenges, err := oauthex.ParseWWWAuthenticate(lines)
	if err != nil || len(challenges) == 0 {
		e.find("D108", at, "it is %s", strings.Join(lines, ", "))
		return
	}
	bearer := slices.IndexFunc(challenges, func(c oauthex.Challenge) bool { return strings.EqualFold(c.Scheme, "Bearer") })
	e.check("D104", at, bearer == 0, "the first is %s", challenges[0].Scheme)
	if bearer < 0 {
		return
	}
	params := challenges[bearer].Params
	e.named, e.challengedScope = params["resource_metadata"], params["scope"]
	e.check("D105", at, e.named != "", "it is %s", strings.Join(lines, ", "))
	if slices.Contains(strings.Fields(params["scope"]), "offline_access") {
		e.find("D107", at, "its scope is %s", params["scope"])
	}
}
