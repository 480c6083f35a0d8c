// The requests of a played client.
package knownclients

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	requestTimeout = 10 * time.Second // what the most impatient client allows
	maxAnswer      = 1 << 20
)

func newPlayer(ctx context.Context, c *Client, t Target) *player {
	// Nobody listens at the redirect URI, so any port will do; it differs from one
	// login to the next as it does for a client that asks the system for one.
	port := strconv.Itoa(49152 + rand.IntN(16384))
	sum := sha256.Sum256([]byte(t.MCPServer))
	fill := strings.NewReplacer("{port}", port, "{server}", base64.RawURLEncoding.EncodeToString(sum[:9]))
	p := &player{
		ctx: ctx, target: t, fill: fill.Replace,
		http: &http.Client{
			Transport: t.Transport, Timeout: requestTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	p.view = newView(c, &Facts{MCPServer: t.MCPServer, Documents: map[string]Answer{}}, p.fetch)
	p.noDocument = t.Document == ""
	return p
}

// fetch is the view's see: it asks once for each document.
func (p *player) fetch(target string) (Answer, bool) {
	if a, ok := p.facts.Documents[target]; ok {
		return a, true
	}
	header := http.Header{"Accept": {"application/json"}}
	for name, value := range p.client.Discovery.Header {
		header.Set(name, value)
	}
	a, err := p.do(http.MethodGet, target, nil, header)
	if err != nil {
		p.err = err
		return a, false
	}
	p.facts.Documents[target] = a
	return a, true
}

// call asks the MCP server, as with the first request of a session.
func (p *player) call(token string) (Answer, error) {
	header := http.Header{"Accept": {"application/json, text/event-stream"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	return p.post(p.target.MCPServer, "application/json", []byte(body), header)
}

func (p *player) post(target, contentType string, body []byte, header http.Header) (Answer, error) {
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", contentType)
	return p.do(http.MethodPost, target, body, header)
}

func (p *player) do(method, target string, body []byte, header http.Header) (Answer, error) {
	req, err := http.NewRequestWithContext(p.ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header = header
	p.result.Requests = append(p.result.Requests, method+" "+target)
	res, err := p.http.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return Answer{Status: res.StatusCode, Header: res.Header, Body: text}, err
}

// registrationBody is the client's registration, with what varies filled in.
func (p *player) registrationBody() ([]byte, error) {
	text, err := json.Marshal(p.client.RegistrationBody(p.scope, p.server))
	return []byte(p.fill(string(text))), err
}

// chooseScope is the scope that the client asks for.
func (p *player) chooseScope() string {
	scope := p.client.Scope(p.challenge["scope"], p.resource, p.server)
	return p.withOfflineAccess(scope)
}

func (p *player) withOfflineAccess(scope string) string {
	listed := slices.Contains(list(p.server, "scopes_supported"), "offline_access")
	wanted := p.client.Authorize.OfflineAccess == "always" || p.client.Authorize.OfflineAccess == "if-listed" && listed
	if !wanted || scope == "" || slices.Contains(strings.Fields(scope), "offline_access") {
		return scope
	}
	return scope + " offline_access"
}
