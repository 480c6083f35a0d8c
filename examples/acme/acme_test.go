package acme_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/examples/acme"
	"github.com/symbolon-auth/symbolon/internal/client"
)

// symbolon answers the two calls that Acme makes and plays the page that the browser is sent to.
type symbolon struct {
	*httptest.Server
	tokens   int
	posts    []map[string]any
	paths    []string
	headers  []http.Header
	statuses []int // of the next posts, 200 when used up
}

func newSymbolon(t *testing.T) *symbolon {
	t.Helper()
	s := &symbolon{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("client_id") != "skc_acme" || r.PostFormValue("client_secret") != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.tokens++
		fmt.Fprintf(w, `{"access_token":"machine-%d","token_type":"Bearer","expires_in":3600}`, s.tokens)
	})
	mux.HandleFunc("POST /api/v1/connections/{conn}/auth-requests/{lri}/user", s.user)
	mux.HandleFunc("GET /back", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<title>Consent</title>") })
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *symbolon) user(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	s.posts, s.paths, s.headers = append(s.posts, body), append(s.paths, r.URL.Path), append(s.headers, r.Header)
	if len(s.statuses) > 0 {
		status := s.statuses[0]
		s.statuses = s.statuses[1:]
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
	}
	fmt.Fprintf(w, `{"auth_request_id":"req_x","redirect_url":"%s/back?state=st&login_verifier=v"}`, s.URL)
}

func start(t *testing.T, s *symbolon) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	appURL := "http://" + server.Listener.Addr().String()
	app, err := acme.New(acme.Config{
		URL: appURL, SymbolonURL: s.URL, ConnectionID: "conn_acme", ClientID: "skc_acme", ClientSecret: "s3cret",
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = app
	server.Start()
	t.Cleanup(server.Close)
	return appURL
}

const login = "/login?login_request_id=lri_abc&state=st-1"

func person(a acme.Account) *client.Robot {
	return client.NewRobot(client.RobotOptions{Username: a.Email, Password: client.Secret(a.Password)})
}

func browse(t *testing.T, r *client.Robot, target string) client.Page {
	t.Helper()
	page, err := r.Browse(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// Both sample users get in with the password that is printed, and Symbolon hears who they are. One machine token
// does for both.
func TestSignInForAnMCPClient(t *testing.T) {
	s := newSymbolon(t)
	appURL := start(t, s)
	subs := map[any]bool{}
	for i, account := range acme.Accounts() {
		page := browse(t, person(account), appURL+login+"&login_hint=someone")
		if page.Title != "Consent" || page.URL.Query().Get("login_verifier") != "v" {
			t.Fatalf("ended at %s %q", page.URL, page.Text)
		}
		if len(s.posts) != i+1 || s.posts[i]["email"] != account.Email || s.posts[i]["name"] == "" {
			t.Errorf("posted %v", s.posts)
		}
		subs[s.posts[i]["sub"]] = true
		if s.paths[i] != "/api/v1/connections/conn_acme/auth-requests/lri_abc/user" {
			t.Errorf("path %s", s.paths[i])
		}
		if s.headers[i].Get("Authorization") != "Bearer machine-1" || s.headers[i].Get("Symbolon-Handoff") != "verifier" {
			t.Errorf("headers %v", s.headers[i])
		}
	}
	if len(subs) != 2 {
		t.Errorf("two users, subs %v", subs)
	}
}

// plain is a browser that presses nothing.
type plain struct {
	t *testing.T
	*http.Client
}

func newPlain(t *testing.T) plain {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return plain{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (p plain) send(method, target string, form url.Values, header map[string]string) (*http.Response, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := p.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp, string(body)
}

func (p plain) signIn(appURL string) {
	p.t.Helper()
	a := acme.Accounts()[0]
	if resp, body := p.send("POST", appURL+"/login", url.Values{"email": {a.Email}, "password": {a.Password}}, nil); resp.StatusCode != http.StatusSeeOther {
		p.t.Fatalf("sign in: HTTP %d %s", resp.StatusCode, body)
	}
}

var answer = url.Values{"login_request_id": {"lri_abc"}, "state": {"st-1"}, "answer": {"continue"}}

// A stranger's link leads to /login, too: nothing is posted before the user has said so.
func TestAsksBeforePosting(t *testing.T) {
	s := newSymbolon(t)
	appURL := start(t, s)
	p := newPlain(t)
	p.signIn(appURL)
	resp, body := p.send("GET", appURL+login, nil, nil)
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, "Continue as Alice?") || len(s.posts) != 0 {
		t.Fatalf("HTTP %d, %d posts: %s", resp.StatusCode, len(s.posts), body)
	}
	for _, site := range []string{"cross-site", "same-site"} {
		resp, _ = p.send("POST", appURL+"/login/continue", answer, map[string]string{"Sec-Fetch-Site": site})
		if resp.StatusCode != http.StatusForbidden || len(s.posts) != 0 {
			t.Errorf("%s: HTTP %d, %d posts", site, resp.StatusCode, len(s.posts))
		}
	}
	resp, _ = p.send("POST", appURL+"/login/continue", answer, map[string]string{"Sec-Fetch-Site": "same-origin"})
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != s.URL+"/back?state=st&login_verifier=v" || len(s.posts) != 1 {
		t.Errorf("HTTP %d to %s, %d posts", resp.StatusCode, resp.Header.Get("Location"), len(s.posts))
	}
}

// Typing the password for one request answers that request, once, and no other.
func TestFreshSignInCountsOnce(t *testing.T) {
	s := newSymbolon(t)
	appURL := start(t, s)
	p := newPlain(t)
	a := acme.Accounts()[0]
	resp, _ := p.send("POST", appURL+"/login", url.Values{"email": {a.Email}, "password": {a.Password}, "login_request_id": {"lri_abc"}, "state": {"st-1"}}, nil)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != login {
		t.Fatalf("HTTP %d to %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if _, body := p.send("GET", appURL+"/login?login_request_id=lri_other&state=st-1", nil, nil); !strings.Contains(body, "Continue as") || len(s.posts) != 0 {
		t.Errorf("another request was answered without asking")
	}
	if resp, _ := p.send("GET", appURL+login, nil, nil); resp.StatusCode != http.StatusSeeOther || len(s.posts) != 1 {
		t.Errorf("HTTP %d, %d posts", resp.StatusCode, len(s.posts))
	}
	if _, body := p.send("GET", appURL+login, nil, nil); !strings.Contains(body, "Continue as") || len(s.posts) != 1 {
		t.Errorf("the same request was answered twice without asking")
	}
}

func TestPromptLoginAsksForThePassword(t *testing.T) {
	s := newSymbolon(t)
	appURL := start(t, s)
	p := newPlain(t)
	p.signIn(appURL)
	_, body := p.send("GET", appURL+login+"&prompt=login", nil, nil)
	if !strings.Contains(body, `type="password"`) || len(s.posts) != 0 {
		t.Errorf("%d posts: %s", len(s.posts), body)
	}
}

func TestCancel(t *testing.T) {
	s := newSymbolon(t)
	appURL := start(t, s)
	p := newPlain(t)
	p.signIn(appURL)
	form := url.Values{"login_request_id": {"lri_abc"}, "state": {"st-1"}, "answer": {"cancel"}}
	resp, _ := p.send("POST", appURL+"/login/continue", form, nil)
	if resp.StatusCode != http.StatusSeeOther || len(s.posts) != 1 || len(s.posts[0]) != 1 || s.posts[0]["login_failed"] != true {
		t.Errorf("HTTP %d, posted %v", resp.StatusCode, s.posts)
	}
}

func TestMalformedLinks(t *testing.T) {
	s := newSymbolon(t)
	appURL := start(t, s)
	p := newPlain(t)
	for _, query := range []string{
		"login_request_id=lri_abc", "state=st", "login_request_id=&state=st", "login_request_id=../x&state=st",
		"login_request_id=lri%0a&state=st", "login_request_id=lri&state=%3Cscript%3E",
	} {
		resp, body := p.send("GET", appURL+"/login?"+query, nil, nil)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, "Start again from your MCP client") || strings.Contains(body, "<script>") {
			t.Errorf("%s: HTTP %d %s", query, resp.StatusCode, body)
		}
	}
	if len(s.posts) != 0 {
		t.Errorf("%d posts", len(s.posts))
	}
}

func TestPagesEscape(t *testing.T) {
	appURL := start(t, newSymbolon(t))
	resp, body := newPlain(t).send("GET", appURL+login+"&login_hint="+url.QueryEscape(`"><script>alert(1)</script>`), nil, nil)
	if strings.Contains(body, "<script>") || !strings.Contains(body, "&#34;&gt;&lt;script&gt;") {
		t.Errorf("the hint was not escaped: %s", body)
	}
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "form-action") {
		t.Errorf("policy %q", policy)
	}
	if strings.Contains(body, "http://") || strings.Contains(body, "https://") {
		t.Errorf("the page asks another host for something: %s", body)
	}
}

func TestWrongPassword(t *testing.T) {
	appURL := start(t, newSymbolon(t))
	for _, email := range []string{acme.Accounts()[0].Email, "nobody@acme.example"} {
		p := newPlain(t)
		resp, body := p.send("POST", appURL+"/login", url.Values{"email": {email}, "password": {"guess"}}, nil)
		if resp.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "is not right") || len(resp.Cookies()) != 0 {
			t.Errorf("%s: HTTP %d, cookies %v", email, resp.StatusCode, resp.Cookies())
		}
	}
}

// The cases share one app, so a token fetched in one serves the next.
func TestSymbolonRefuses(t *testing.T) {
	tests := []struct {
		statuses []int
		status   int
		words    string
		fetched  int // machine tokens
	}{
		{[]int{404}, http.StatusGone, "expired", 1},
		{[]int{410}, http.StatusGone, "expired", 0},
		{[]int{409}, http.StatusConflict, "Somebody else", 0},
		{[]int{500}, http.StatusBadGateway, "Try again", 0},
		{[]int{401, 401}, http.StatusBadGateway, "Try again", 1},
		{[]int{401, 200}, http.StatusSeeOther, "", 1}, // the token was revoked: a new one does it
	}
	s := newSymbolon(t)
	appURL := start(t, s)
	p := newPlain(t)
	p.signIn(appURL)
	for _, tt := range tests {
		s.statuses, s.tokens = tt.statuses, 0
		resp, body := p.send("POST", appURL+"/login/continue", answer, nil)
		if resp.StatusCode != tt.status || !strings.Contains(body, tt.words) || s.tokens != tt.fetched {
			t.Errorf("%v: HTTP %d, fetched %d tokens: %s", tt.statuses, resp.StatusCode, s.tokens, body)
		}
	}
}

func TestHomeAndSignOut(t *testing.T) {
	appURL := start(t, newSymbolon(t))
	p := newPlain(t)
	p.signIn(appURL)
	if _, body := p.send("GET", appURL+"/", nil, nil); !strings.Contains(body, "alice@acme.example") {
		t.Errorf("home does not show who is signed in: %s", body)
	}
	p.send("POST", appURL+"/logout", nil, nil)
	if _, body := p.send("GET", appURL+"/", nil, nil); strings.Contains(body, "alice@acme.example") {
		t.Error("still signed in")
	}
	if resp, _ := p.send("GET", appURL+"/style.css", nil, nil); resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/css") {
		t.Errorf("style: HTTP %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
}

func TestSecureCookieOverHTTPS(t *testing.T) {
	app, err := acme.New(acme.Config{URL: "https://acme.example", SymbolonURL: "https://auth.example", ConnectionID: "c", ClientID: "i", ClientSecret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	a := acme.Accounts()[0]
	req := httptest.NewRequest("POST", "/login", strings.NewReader(url.Values{"email": {a.Email}, "password": {a.Password}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	app.ServeHTTP(rec, req)
	cookies := rec.Result().Cookies()
	if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "__Host-") || !cookies[0].Secure || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Errorf("cookies %v", cookies)
	}
}
