package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// loginApp is a company's app, as small as it gets: whoever comes is signed in as
// user, by Symbolon's REST API, and goes back with the proof.
type loginApp struct {
	url  string
	base string         // of the server; set before the first login
	user map[string]any // what is posted
	// signIn posts the user and says where the browser goes.
	signIn func(*http.Request) (back string, err error)
}

// settingsPath is the page of the app from which its users open the list of connected apps.
const settingsPath = "/settings"

func (a *loginApp) settings() string { return strings.TrimSuffix(a.url, "/login") + settingsPath }

func startLoginApp(t *testing.T) *loginApp {
	t.Helper()
	app := &loginApp{user: map[string]any{"sub": "alice", "email": "alice@acme.example", "name": "Alice Example"}}
	app.signIn = app.byREST
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == settingsPath {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<!doctype html><title>settings</title><link rel="icon" href="data:,"><h1>Settings</h1>`))
			return
		}
		back, err := app.signIn(r)
		if err != nil {
			t.Errorf("the login app: %v", err)
			http.Error(w, "The sign-in did not work.", http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, back, http.StatusSeeOther)
	}))
	t.Cleanup(site.Close)
	app.url = site.URL + "/login"
	return app
}

func (a *loginApp) byREST(r *http.Request) (back string, err error) {
	token, err := a.machineToken(r)
	if err != nil {
		return "", err
	}
	user, err := json.Marshal(a.user)
	if err != nil {
		return "", err
	}
	var answer struct {
		RedirectURL string `json:"redirect_url"`
	}
	path := "/api/v1/connections/conn_acme/auth-requests/" + url.PathEscape(r.FormValue("login_request_id")) + "/user"
	err = a.post(r, path, "application/json", token, string(user), &answer)
	return answer.RedirectURL, err
}

func (a *loginApp) machineToken(r *http.Request) (string, error) {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {apiClient}, "client_secret": {apiSecret}}
	err := a.post(r, "/oauth/token", "application/x-www-form-urlencoded", "", form.Encode(), &answer)
	return answer.AccessToken, err
}

func (a *loginApp) post(r *http.Request, path, contentType, bearer, body string, into any) error {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, a.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Symbolon-Handoff", "verifier")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("POST %s: HTTP %d: %s", path, resp.StatusCode, &answer)
	}
	return json.Unmarshal(answer.Bytes(), into)
}
