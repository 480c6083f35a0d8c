package symbolontest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

// User is the JSON object that a company posts about who signed in.
type User map[string]any

// Alice is a user.
func Alice() User {
	return User{"sub": "alice", "email": "alice@acme.example", "name": "Alice Example"}
}

// Bob is another user.
func Bob() User {
	return User{"sub": "bob", "email": "bob@acme.example", "name": "Bob Example"}
}

// Handoff is how an app sends the browser back.
type Handoff int

const (
	// ByRedirectURL redirects to the redirect_url of the answer.
	ByRedirectURL Handoff = iota
	// ByAuthRequestID adds the auth_request_id as login_verifier to a URL that the
	// app makes itself.
	ByAuthRequestID
	// ByState redirects with the state alone, as apps of the hosted service do.
	ByState
	// Withheld posts the user and keeps the browser.
	Withheld
)

// Visit is one browser that arrived at the app's login page.
type Visit struct {
	Query url.Values // of the login URL, as it arrived
	// What the user-details call answered: the status, and on success both values.
	Status                     int
	AuthRequestID, RedirectURL string
}

// LoginRequestID is the login_request_id of the visit.
func (v Visit) LoginRequestID() string { return v.Query.Get("login_request_id") }

// State is the state of the visit.
func (v Visit) State() string { return v.Query.Get("state") }

// FakeApp is a company's app with a login page that signs in whoever the test says,
// [Alice] at first, without asking. It is safe for concurrent use once the server runs.
type FakeApp struct {
	// ServerURL is the base URL of the Symbolon that it works with. StartServer sets
	// it for Server.App; for an app of your own set it in StartServer's change.
	ServerURL string

	t                          testing.TB
	connection, client, secret string
	http                       *http.Client
	server                     *httptest.Server

	mu      sync.Mutex
	user    User
	handoff Handoff
	declare bool
	token   string
	visits  []Visit
}

// NewFakeApp starts the app of a connection; it posts as the given API client.
func NewFakeApp(t testing.TB, connection, apiClient, secret string) *FakeApp {
	t.Helper()
	a := &FakeApp{t: t, connection: connection, client: apiClient, secret: secret, user: Alice(), http: newHTTPClient(t, "")}
	a.server = httptest.NewServer(http.HandlerFunc(a.login))
	t.Cleanup(a.server.Close)
	return a
}

// LoginURL is the login_url to configure.
func (a *FakeApp) LoginURL() string { return a.server.URL + "/login" }

// SignIn says who signs in from now on: User{"login_failed": true} is nobody.
func (a *FakeApp) SignIn(u User) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.user = u
}

// HandOff says how browsers are sent back from now on.
func (a *FakeApp) HandOff(h Handoff) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handoff = h
}

// Declare says whether the app announces, by the header Symbolon-Handoff, that it
// returns the login_verifier.
func (a *FakeApp) Declare(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.declare = on
}

// Last is the latest visit; the zero Visit if there was none.
func (a *FakeApp) Last() Visit {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.visits) == 0 {
		return Visit{}
	}
	return a.visits[len(a.visits)-1]
}

// login is the app's login page: the integration that a company writes.
func (a *FakeApp) login(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	user, handoff, declare := maps.Clone(a.user), a.handoff, a.declare
	a.mu.Unlock()
	visit := Visit{Query: r.URL.Query()}
	var header []string
	if declare {
		header = []string{"Symbolon-Handoff", "verifier"}
	}
	answer := a.Post(visit.LoginRequestID(), user, header...)
	visit.Status = answer.Status
	if answer.Status == http.StatusOK {
		visit.AuthRequestID, visit.RedirectURL = answer.Text("auth_request_id"), answer.Text("redirect_url")
	}
	a.mu.Lock()
	a.visits = append(a.visits, visit)
	a.mu.Unlock()
	a.sendBack(w, r, visit, handoff)
}

func (a *FakeApp) sendBack(w http.ResponseWriter, r *http.Request, v Visit, h Handoff) {
	query := url.Values{"state": {v.State()}}
	switch h {
	case Withheld:
		_, _ = w.Write([]byte("Signed in.")) // the browser reads it or does not
	case ByAuthRequestID:
		query.Set("login_verifier", v.AuthRequestID)
		http.Redirect(w, r, a.CallbackURL(query), http.StatusSeeOther)
	case ByState:
		http.Redirect(w, r, a.CallbackURL(query), http.StatusSeeOther)
	default:
		if v.RedirectURL == "" {
			http.Error(w, "The user could not be posted.", http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, v.RedirectURL, http.StatusSeeOther)
	}
}

// CallbackURL is the connection's callback with this query.
func (a *FakeApp) CallbackURL(query url.Values) string {
	return a.ServerURL + "/sso/v1/connections/" + a.connection + "/partner:callback?" + query.Encode()
}

// UserURL is where the user of a login request is posted to.
func (a *FakeApp) UserURL(loginRequestID string) string {
	return a.ServerURL + "/api/v1/connections/" + a.connection + "/auth-requests/" + url.PathEscape(loginRequestID) + "/user"
}

// Post posts the user of a login request, with a machine token that is fetched when
// there is none or it has expired. header is names and values in pairs.
func (a *FakeApp) Post(loginRequestID string, u User, header ...string) *Response {
	a.t.Helper()
	body, err := json.Marshal(u)
	if err != nil {
		a.t.Fatal(err)
	}
	answer := a.post(loginRequestID, string(body), a.currentToken(), header)
	if answer.Status == http.StatusUnauthorized {
		answer = a.post(loginRequestID, string(body), a.Token(), header)
	}
	return answer
}

func (a *FakeApp) post(loginRequestID, body, token string, header []string) *Response {
	header = append([]string{"Content-Type", "application/json", "Authorization", "Bearer " + token}, header...)
	return send(a.t, a.http, newRequest(a.t, http.MethodPost, a.UserURL(loginRequestID), body, header))
}

func (a *FakeApp) currentToken() string {
	a.mu.Lock()
	token := a.token
	a.mu.Unlock()
	if token == "" {
		token = a.Token()
	}
	return token
}

// Token fetches a new machine token.
func (a *FakeApp) Token() string {
	a.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.client}, "client_secret": {a.secret}}
	answer := send(a.t, a.http, newRequest(a.t, http.MethodPost, a.ServerURL+"/oauth/token", form.Encode(),
		[]string{"Content-Type", "application/x-www-form-urlencoded"}))
	token := answer.Text("access_token")
	a.mu.Lock()
	a.token = token
	a.mu.Unlock()
	return token
}
