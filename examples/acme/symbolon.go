// The two calls that the login handler makes: a machine token, and the user.
package acme

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// LoginUser is who signed in. Sub is the app's own user id; it must never change or be given to another user.
type LoginUser struct {
	Sub   string `json:"sub,omitempty"`
	Email string `json:"email,omitempty"`
	Name  string `json:"name,omitempty"`
	// LoginFailed ends the MCP client's login with access_denied. The other fields are empty then.
	LoginFailed bool `json:"login_failed,omitempty"`
}

// symbolon talks to Symbolon's REST API.
type symbolon struct {
	base, connection       string
	clientID, clientSecret string
	http                   *http.Client
	now                    func() time.Time

	mu      sync.Mutex
	token   string
	expires time.Time
}

// statusError is an answer other than 200. It holds no body: that is for Symbolon's own log of login attempts.
type statusError struct {
	call   string
	status int
}

func (e *statusError) Error() string { return fmt.Sprintf("%s: HTTP %d", e.call, e.status) }

// PostUser posts the user of a login request and returns where to send the browser.
func (s *symbolon) PostUser(ctx context.Context, loginRequestID string, user LoginUser) (redirectURL string, err error) {
	body, err := json.Marshal(user)
	if err != nil {
		return "", err
	}
	for attempt := range 2 {
		var token string
		if token, err = s.machineToken(ctx); err != nil {
			return "", err
		}
		redirectURL, err = s.post(ctx, loginRequestID, token, body)
		if e, ok := err.(*statusError); !ok || e.status != http.StatusUnauthorized || attempt > 0 {
			break
		}
		s.forget(token) // the secret was rotated or the token revoked; a new one may do
	}
	return redirectURL, err
}

func (s *symbolon) post(ctx context.Context, loginRequestID, token string, body []byte) (string, error) {
	target := s.base + "/api/v1/connections/" + url.PathEscape(s.connection) + "/auth-requests/" + url.PathEscape(loginRequestID) + "/user"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	// Promises that the browser is sent to redirect_url, so that no other way back works for this login.
	req.Header.Set("Symbolon-Handoff", "verifier")
	var answer struct {
		RedirectURL string `json:"redirect_url"`
	}
	if err := s.do(req, "posting the user", &answer); err != nil {
		return "", err
	}
	if answer.RedirectURL == "" {
		return "", fmt.Errorf("posting the user: the answer has no redirect_url")
	}
	return answer.RedirectURL, nil
}

// machineToken returns a token of this app, a cached one while it has a minute left. The lock is held during the
// request, so that a busy app fetches one token and not a hundred.
func (s *symbolon) machineToken(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && s.now().Add(time.Minute).Before(s.expires) {
		return s.token, nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {s.clientID}, "client_secret": {s.clientSecret}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"` // seconds
	}
	if err := s.do(req, "fetching a machine token", &answer); err != nil {
		return "", err
	}
	s.token, s.expires = answer.AccessToken, s.now().Add(time.Duration(answer.ExpiresIn)*time.Second)
	return s.token, nil
}

func (s *symbolon) forget(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = ""
	}
}

func (s *symbolon) do(req *http.Request, call string, into any) error {
	resp, err := s.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &statusError{call, resp.StatusCode}
	}
	return json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(into)
}
