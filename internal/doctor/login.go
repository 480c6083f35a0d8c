package doctor

// One login, taken to its end as a client does, and what it gave.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/client"
	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

// loginTimeout is how long a person may take.
const loginTimeout = 10 * time.Minute

func (e *examination) examineLogin(ctx context.Context) {
	if e.server == nil || e.report.Kind != KindMCPServer {
		e.note("No login was tried: that needs an MCP server and its authorization server.")
		return
	}
	tape := &recorder{base: e.probe.http.Transport, tokenEndpoint: text(e.server, "token_endpoint")}
	c := client.New(client.Options{Transport: tape, Name: "Symbolon Doctor", Now: e.options.Now})
	login, err := e.login(ctx, c)
	if !e.check("D701", e.report.Issuer, err == nil, "%v", err) {
		return
	}
	e.facts.Login = &knownclients.Login{RequestedScope: login.Discovery.Scope(), Token: tape.last()}
	e.examineTokenResponse(login, tape.last())
	e.examineAccessToken(ctx, string(login.Tokens.AccessToken))
	e.examineRefresh(ctx, c, login, tape)
}

func (e *examination) login(ctx context.Context, c *client.Client) (client.Login, error) {
	limit := e.options.LoginTimeout
	if limit == 0 {
		limit = loginTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the login took longer than %s", limit))
	defer cancel()
	d, err := c.Discover(ctx, e.options.Target)
	if err != nil {
		return client.Login{}, err
	}
	return c.LoginAt(ctx, d, client.LoginOptions{Open: e.options.Open})
}

func (e *examination) examineTokenResponse(login client.Login, a *knownclients.Answer) {
	at := login.Discovery.Server.TokenEndpoint
	if a != nil && !strings.Contains(strings.ToLower(a.Header.Get("Cache-Control")), "no-store") {
		e.find("D713", at, "Cache-Control is %q", a.Header.Get("Cache-Control"))
	}
	asked := strings.Fields(login.Discovery.Scope())
	var more []string
	for scope := range strings.FieldsSeq(login.Tokens.Scope) {
		if len(asked) > 0 && !slices.Contains(asked, scope) {
			more = append(more, scope)
		}
	}
	if len(more) > 0 {
		e.find("D708", at, "not asked for: %s", strings.Join(more, " "))
	}
	if lifetime := login.Tokens.Expiry.Sub(e.options.Now()); !login.Tokens.Expiry.IsZero() {
		e.check("D707", at, lifetime <= dayLong, "expires_in is %s", lifetime.Round(time.Second))
	}
}

// examineRefresh refreshes once, then with a token that never was.
func (e *examination) examineRefresh(ctx context.Context, c *client.Client, login client.Login, tape *recorder) {
	at := login.Discovery.Server.TokenEndpoint
	first := login.Tokens.RefreshToken
	if first == "" {
		e.find("D709", at, "")
		return
	}
	next, err := c.Refresh(ctx, login.Discovery, login.Registration, first, "")
	e.facts.Login.Refresh = tape.last()
	if !e.check("D710", at, err == nil, "%v", err) {
		return
	}
	e.check("D711", at, next.RefreshToken != first || login.Registration.ClientSecret != "", "the same refresh token came back")
	_, err = c.Refresh(ctx, login.Discovery, login.Registration, "symbolon-doctor-dead-refresh-token", "")
	e.facts.Login.Dead = tape.last()
	refusal, _ := errors.AsType[*client.Refusal](err)
	told := refusal != nil && refusal.Code == "invalid_grant" && refusal.Status == http.StatusBadRequest
	e.check("D712", at, told, "%v", err)
	e.revoke(ctx, c, login, next)
}

// revoke leaves nothing behind where that can be helped.
func (e *examination) revoke(ctx context.Context, c *client.Client, login client.Login, t client.Tokens) {
	if c.Revoke(ctx, login.Discovery.Server, login.Registration, t.RefreshToken) != nil {
		e.note("The login of the doctor could not be revoked; it ends by itself.")
	}
}

// recorder keeps the last answer of the token endpoint. It lives as long as a login,
// and nothing of it is in the report.
type recorder struct {
	base          http.RoundTripper
	tokenEndpoint string

	mu     sync.Mutex
	answer *knownclients.Answer
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.base.RoundTrip(req)
	if err != nil || req.Method != http.MethodPost || req.URL.String() != r.tokenEndpoint {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = &knownclients.Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}
	return resp, nil
}

func (r *recorder) last() *knownclients.Answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answer
}
