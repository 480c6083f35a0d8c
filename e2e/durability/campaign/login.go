package campaign

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"golang.org/x/net/html"
)

// session is one person's login and what became of it.
type session struct {
	*Load
	sub      string
	verifier string // PKCE
	code     string
	tokens   []string // refresh tokens, oldest first
	ended    string   // why the last one must not work any more; "" if it must
}

// person is somebody new, with a browser of their own.
func (l *Load) person() (*session, http.CookieJar) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // only options can make it fail
	}
	return &session{Load: l, sub: "user-" + rand.Text(), verifier: rand.Text() + rand.Text()}, jar
}

// login goes through all the steps. It returns nil where an answer that counts once
// did not come: the person begins again. Whatever else fails, failed before it was
// acknowledged or is lost.
func (l *Load) login(ctx context.Context) *session {
	s, jar := l.person()
	consent := s.signIn(ctx, jar)
	if consent == "" || !s.allow(ctx, jar, consent) || !s.redeem(ctx) {
		return nil
	}
	l.Ledger.Logins.Add(1)
	return s
}

// signIn brings the browser from the client to the consent page and returns its address.
func (s *session) signIn(ctx context.Context, jar http.CookieJar) string {
	challenge := sha256.Sum256([]byte(s.verifier))
	a := s.again(ctx, http.MethodGet, issuerPath+"/oauth/authorize?"+url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirectURI}, "state": {s.sub},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode(), nil, "", jar)
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || to.Query().Get("login_request_id") == "" {
		s.gone(ctx, "authorize", a)
		return ""
	}
	a = s.postUser(ctx, to.Query().Get("login_request_id"))
	back := a.member("redirect_url")
	if back == "" {
		s.gone(ctx, "the user's details", a)
		return ""
	}
	a = s.again(ctx, http.MethodGet, back, nil, "", jar)
	if a.status != http.StatusSeeOther {
		s.gone(ctx, "the callback after acknowledged user details", a)
		return ""
	}
	return a.header.Get("Location")
}

func (s *session) postUser(ctx context.Context, loginRequest string) answer {
	user, err := json.Marshal(map[string]string{"sub": s.sub, "email": s.sub + "@acme.example"})
	if err != nil {
		panic(err) // strings only
	}
	return s.again(ctx, http.MethodPost, "/api/v1/connections/conn_acme/auth-requests/"+url.PathEscape(loginRequest)+"/user", http.Header{
		"Authorization": {"Bearer " + s.machineToken(ctx)}, "Content-Type": {"application/json"}, "Symbolon-Handoff": {"verifier"},
	}, string(user), nil)
}

// allow reads the consent page and answers it.
func (s *session) allow(ctx context.Context, jar http.CookieJar, consent string) bool {
	agreed, ok := s.agreement(ctx, jar, consent)
	if !ok {
		return false
	}
	a := s.unspent(ctx, http.MethodPost, consent, s.formFromHere(), agreed, jar)
	if a.silent() || a.busy() {
		return false
	}
	if s.code = codeOf(a); s.code == "" {
		return s.gone(ctx, "the decision", a)
	}
	return true
}

// agreement reads the consent page and returns the form that allows everything on it.
func (s *session) agreement(ctx context.Context, jar http.CookieJar, consent string) (body string, ok bool) {
	a := s.again(ctx, http.MethodGet, consent, nil, "", jar)
	values := fields(a.body)
	if values.Get("form_token") == "" {
		return "", s.gone(ctx, "the consent page", a)
	}
	values.Set("decision", "allow")
	return values.Encode(), true
}

// formFromHere are the headers of a form that the server's own page sends.
func (s *session) formFromHere() http.Header {
	header := form()
	header.Set("Origin", s.base)
	return header
}

// redeem exchanges the code that was acknowledged.
func (s *session) redeem(ctx context.Context) bool {
	a := s.token(ctx, s.unspent, "grant_type", "authorization_code", "code", s.code, "redirect_uri", redirectURI, "code_verifier", s.verifier)
	if a.silent() || a.busy() {
		return false // to present it again would be a replay
	}
	token := a.member("refresh_token")
	if token == "" {
		return s.gone(ctx, "the code that was sent", a)
	}
	s.tokens = append(s.tokens, token)
	return true
}

// gone notes that a step was refused that must not be, unless time is up.
func (s *session) gone(ctx context.Context, what string, a answer) bool {
	if ctx.Err() == nil {
		s.Ledger.Lost("%s: %s", what, a)
	}
	return false
}

// fields are the hidden inputs and the ticked boxes of the page's first form.
func fields(page []byte) url.Values {
	values := url.Values{}
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return values
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "form" && len(values) > 0 {
				return values
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			if t := z.Token(); t.Data == "input" {
				input(values, t.Attr)
			}
		}
	}
}

func input(values url.Values, attributes []html.Attribute) {
	a := map[string]string{}
	for _, x := range attributes {
		a[x.Key] = x.Val
	}
	_, checked := a["checked"]
	if a["name"] != "" && (a["type"] == "hidden" || checked) {
		values.Add(a["name"], a["value"])
	}
}
