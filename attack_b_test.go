package symbolon_test

// B: the leg through the company's login. Browser a is the attacker's, v the victim's.

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// callback is the callback of the visit with this verifier; "" sends none.
func (x *scene) callback(visit symbolontest.Visit, verifier string) string {
	query := url.Values{"state": {visit.State()}}
	if verifier != "" {
		query.Set("login_verifier", verifier)
	}
	return x.server.App.CallbackURL(query)
}

// verifierOf is the login_verifier in a redirect_url.
func verifierOf(visit symbolontest.Visit) string {
	u, err := url.Parse(visit.RedirectURL)
	if err != nil {
		return ""
	}
	return u.Query().Get("login_verifier")
}

var attacksB = []attack{
	{"B01_remote_completion", func(x *scene) {
		a := symbolontest.NewBrowser(x)
		_, visit := x.posted(a) // the victim signed in at the login URL that the attacker sent
		_, other := x.posted(symbolontest.NewBrowser(x))
		for range 11 {
			for _, verifier := range []string{"", "guessed", strings.Repeat("A", 22), verifierOf(other), other.AuthRequestID} {
				x.refused("verifier "+verifier, a.Get(x.callback(visit, verifier)))
			}
			x.refused("empty verifier", a.Get(x.callback(visit, "")+"&login_verifier="))
			x.server.Clock.Advance(time.Minute)
		}
		x.honest()
	}},
	{"B02_victim_completes", func(x *scene) {
		v := symbolontest.NewBrowser(x)
		_, visit := x.posted(symbolontest.NewBrowser(x))
		page := v.Get(visit.RedirectURL)
		x.refused("the victim's browser", page)
		if page.Status != http.StatusForbidden || len(page.Forms()) > 0 || strings.Contains(page.Body, symbolontest.RedirectURI) {
			x.Errorf("%d %s", page.Status, page.VisibleText())
		}
	}},
	{"B03_both_halves", func(x *scene) {
		browser, otherBrowser := symbolontest.NewBrowser(x), symbolontest.NewBrowser(x)
		_, visit := x.posted(browser)
		_, otherVisit := x.posted(otherBrowser)
		own, other := x.flowCookie(browser), x.flowCookie(otherBrowser)
		cookies := map[string]string{
			"own": own.Name + "=" + own.Value, "none": "",
			"other": own.Name + "=" + other.Value, "flipped": own.Name + "=" + flipped(own.Value),
		}
		verifiers := map[string]string{
			"own": verifierOf(visit), "none": "", "other": verifierOf(otherVisit), "flipped": flipped(verifierOf(visit)),
		}
		for cookie, cookieValue := range cookies {
			for verifier, verifierValue := range verifiers {
				r := x.raw(x.callback(visit, verifierValue), cookieValue)
				if cookie == "own" && verifier == "own" {
					if r.Location() == nil || !strings.HasPrefix(r.Location().Path, "/consent/") {
						x.Errorf("both halves: %d", r.Status)
					}
					continue
				}
				x.refused(cookie+" cookie, "+verifier+" verifier", r)
			}
		}
	}},
	{"B04_callback_before_post", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.begin(b)
		target := x.callback(visit, "")
		x.refused("GET", b.Get(target))
		x.refused("POST", b.Post(target, url.Values{"state": {visit.State()}}))
		x.refused("empty", b.Get(x.server.App.CallbackURL(url.Values{"state": {""}})))
		x.refused("duplicated", b.Get(target+"&state="+visit.State()))
		posted := x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())
		if r := b.Get(posted.Text("redirect_url")); r.Location() == nil {
			x.Errorf("the honest flow: %d", r.Status)
		}
	}},
	{"B05_replayed_decision", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		first := b.Get(visit.RedirectURL).Location().String()
		for _, r := range atOnce(100, func(int) *symbolontest.Response { return b.Get(visit.RedirectURL) }) {
			if r.Location() == nil || r.Location().String() != first {
				x.Errorf("a callback again: %d", r.Status)
			}
		}
		page := b.Get(first)
		codes := 0
		for _, r := range atOnce(100, func(int) *symbolontest.Response { return b.Submit(page, "decision", "allow") }) {
			switch {
			case r.Location() != nil && r.Location().Query().Get("code") != "":
				codes++
			case r.Status != http.StatusConflict:
				x.Errorf("a second decision: %d %s", r.Status, r.VisibleText())
			}
		}
		if codes != 1 {
			x.Errorf("%d codes", codes)
		}
	}},
	{"B07_double_post", func(x *scene) {
		for range x.rounds(5, 1000) {
			b := symbolontest.NewBrowser(x)
			a, visit := x.begin(b)
			answers := atOnce(200, func(i int) *symbolontest.Response {
				if i%2 == 0 {
					return x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())
				}
				return x.server.App.Post(visit.LoginRequestID(), symbolontest.Bob())
			})
			won := map[string]string{} // body → whose
			redirect := ""
			for i, r := range answers {
				switch r.Status {
				case http.StatusOK:
					won[r.Body] = []string{"alice", "bob"}[i%2]
					redirect = r.Text("redirect_url")
				case http.StatusConflict:
				default:
					x.Fatalf("%d %s", r.Status, r.Body)
				}
			}
			winner := won[firstKey(won)]
			for i, r := range answers {
				if mine := []string{"alice", "bob"}[i%2]; (r.Status == http.StatusOK) != (mine == winner) {
					x.Fatalf("the winner is %s, and a POST of %s got %d", winner, mine, r.Status)
				}
			}
			code := b.Submit(b.Follow(b.Get(redirect)), "decision", "allow").Location().Query().Get("code")
			claims := x.server.Claims(x.client.MustRedeem(a, code).Access)
			if len(won) != 1 || claims["sub"] != winner || claims["email"] != winner+"@acme.example" {
				x.Fatalf("%d answers, winner %s, token of %v <%v>", len(won), winner, claims["sub"], claims["email"])
			}
		}
	}},
	{"B08_swapped_after_render", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a, visit := x.posted(b)
		page := b.Follow(b.Get(visit.RedirectURL))
		if r := x.server.App.Post(visit.LoginRequestID(), symbolontest.Bob()); r.Status != http.StatusConflict {
			x.Errorf("Bob's POST: %d", r.Status)
		}
		code := b.Submit(page, "decision", "allow").Location().Query().Get("code")
		if claims := x.server.Claims(x.client.MustRedeem(a, code).Access); claims["sub"] != "alice" {
			x.Errorf("the token is of %v", claims["sub"])
		}
	}},
	{"B11_token_confusion", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a := x.client.Authorize()
		code := x.client.Code(b, a)
		expired := x.server.App.Token()
		x.server.Clock.Advance(61 * time.Minute)
		tokens := x.client.Login(symbolontest.NewBrowser(x))
		resource := x.server.PostForm("/oauth/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {symbolontest.ResourceClientID}, "client_secret": {symbolontest.ResourceClientSecret},
		}).Text("access_token")
		_, visit := x.begin(b)
		for name, bearer := range map[string]string{
			"code": code, "access token": tokens.Access, "refresh token": tokens.Refresh, "cookie": x.flowCookie(b).Value,
			"expired token": expired, "token of role resource": resource, "lri": visit.LoginRequestID(), "none": "",
		} {
			r := x.server.PostJSON(x.server.App.UserURL(visit.LoginRequestID()), `{"sub":"mallory","email":"m@acme.example"}`, "Authorization", "Bearer "+bearer)
			x.refused(name, r)
		}
		x.honest()
	}},
	{"B12_guessable", func(x *scene) {
		shape := symbolontest.Visit{}
		seen := map[string]bool{}
		for range x.rounds(300, 100_000) {
			_, visit := x.begin(symbolontest.NewBrowser(x))
			for _, value := range []string{visit.LoginRequestID(), visit.State()} {
				if seen[value] || !urlSafe.MatchString(value) {
					x.Fatalf("%q", value)
				}
				seen[value] = true
			}
			if shape.Query != nil && (len(shape.State()) != len(visit.State()) || len(shape.LoginRequestID()) != len(visit.LoginRequestID())) {
				x.Fatal("the length differs")
			}
			shape = visit
		}
	}},
	{"B13_lri_is_no_bearer", func(x *scene) {
		_, visit := x.posted(symbolontest.NewBrowser(x))
		known, unknown := x.server.App.UserURL(visit.LoginRequestID()), x.server.App.UserURL("lri_"+strings.Repeat("A", 51))
		x.sameAnswer("POST", x.server.PostJSON(known, "{}"), x.server.PostJSON(unknown, "{}"))
		x.sameAnswer("GET", x.server.Get(known), x.server.Get(unknown))
		x.sameAnswer("POST with a bad bearer", x.server.PostJSON(known, "{}", "Authorization", "Bearer x"), x.server.PostJSON(unknown, "{}", "Authorization", "Bearer x"))
		if r := x.server.PostJSON(known, "{}"); r.Status != http.StatusUnauthorized {
			x.Errorf("without a bearer: %d", r.Status)
		}
	}},
	{"B14_stale_flow", func(x *scene) {
		b, late := symbolontest.NewBrowser(x), symbolontest.NewBrowser(x)
		_, visit := x.posted(b)
		_, never := x.begin(late)
		x.server.Clock.Advance(10*time.Minute + time.Second)
		if r := x.server.App.Post(never.LoginRequestID(), symbolontest.Alice()); r.Status != http.StatusGone {
			x.Errorf("POST: %d", r.Status)
		}
		x.refused("callback", b.Get(visit.RedirectURL))
		if cookies := b.Cookies(x.server.URL); len(cookies) > 0 {
			x.Errorf("the cookie stays: %v", cookies)
		}
		x.server.Clock.Advance(-5 * time.Minute)
		x.refused("callback after the clock went back", b.Get(visit.RedirectURL))
		x.server.Clock.Advance(5 * time.Minute)
	}},
	{"B15_duplicate_keys", func(x *scene) {
		b := symbolontest.NewBrowser(x)
		a, visit := x.begin(b)
		const email = `,"email":"a@acme.example"`
		for _, body := range []string{
			`{"sub":"alice","SUB":"bob"` + email + `}`, `{"sub":"alice","ſub":"bob"` + email + `}`, `{"sub":"alice","sub":"bob"` + email + `}`,
			`{"sub":"alice"` + email + `}{"sub":"bob"}`, "\ufeff" + `{"sub":"alice"` + email + `}`, "{\"sub\":\"al\xffice\"" + email + "}",
			`{"sub":1` + email + `}`, `{"sub":["alice"]` + email + `}`, `{"sub":{"a":1}` + email + `}`, `{"sub":""` + email + `}`,
			`{"sub":"` + strings.Repeat("a", 10<<10) + `"` + email + `}`, `{"sub":"al\u0000ice"` + email + `}`, `{"sub":"al\u202eice"` + email + `}`,
			`{"SUB":"bob"` + email + `}`, `["alice"]`, `null`, ``,
		} {
			r := x.server.PostJSON(x.server.App.UserURL(visit.LoginRequestID()), body, "Authorization", "Bearer "+x.server.App.Token())
			if r.Status != http.StatusBadRequest && (body != "" || r.Status != http.StatusUnsupportedMediaType) {
				x.Errorf("%.60q: %d", body, r.Status)
			}
		}
		posted := x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())
		code := b.Submit(b.Follow(b.Get(posted.Text("redirect_url"))), "decision", "allow").Location().Query().Get("code")
		if claims := x.server.Claims(x.client.MustRedeem(a, code).Access); claims["sub"] != "alice" {
			x.Errorf("the token is of %v", claims["sub"])
		}
	}},
	{"B19_protected_claims", func(x *scene) {
		defer x.server.App.SignIn(symbolontest.Alice())
		evil := symbolontest.User{
			"sub": "alice", "email": "alice@acme.example", "iss": "https://evil.example", "aud": "evil", "exp": 9999999999, "scope": "todo:write",
			"scopes": []string{"todo:write"}, "client_id": "evil", "azp": "evil", "act": "evil", "sub2": "evil", "jti": "evil", "grant_id": "evil",
			"custom_attributes": map[string]any{"iss": "evil", "sub": "evil", "scope": "evil"},
		}
		x.server.App.SignIn(evil)
		claims := x.server.Claims(x.client.Login(symbolontest.NewBrowser(x)).Access)
		for name, want := range map[string]any{
			"iss": x.server.Issuer(), "sub": "alice", "scope": "todo:read", "client_id": x.client.ID, "azp": nil, "act": nil, "sub2": nil,
		} {
			if claims[name] != want {
				x.Errorf("%s = %v, want %v", name, claims[name], want)
			}
		}
		if fmt.Sprint(claims["aud"]) != "["+symbolontest.ServerURL+" "+symbolontest.ServerID+"]" || claims["jti"] == "evil" || claims["grant_id"] == "evil" {
			x.Errorf("claims = %v", claims)
		}
	}},
}

func firstKey(m map[string]string) string {
	for key := range m {
		return key
	}
	return ""
}
