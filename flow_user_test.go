package symbolon_test

import (
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// postRaw posts a body as it is, for the login request of a fresh browser.
func (x *transcript) postRaw(title, body string) {
	x.Helper()
	_, visit := x.begin(symbolontest.NewBrowser(x))
	x.note(title, x.server.PostJSON(x.server.App.UserURL(visit.LoginRequestID()), body,
		"Authorization", "Bearer "+x.server.App.Token()))
}

var userFlows = []flow{
	{"user_details", `The company's backend says who signed in. Retrying is safe; somebody else is refused.`, func(x *transcript) {
		_, visit := x.begin(symbolontest.NewBrowser(x))
		x.note("the first time", x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice()))
		changed := symbolontest.Alice()
		changed["name"] = "Alice Changed"
		x.note("the same sub again", x.server.App.Post(visit.LoginRequestID(), changed))
		x.note("another sub", x.server.App.Post(visit.LoginRequestID(), symbolontest.Bob()))
	}},
	{"user_details_expired", `A login request lasts 10 minutes.`, func(x *transcript) {
		_, visit := x.begin(symbolontest.NewBrowser(x))
		x.server.Clock.Advance(10*time.Minute + time.Second)
		x.note("too late", x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice()))
	}},
	{"user_details_bearer", `Without a machine token nothing is said, not even whether the login request exists.`, func(x *transcript) {
		_, visit := x.begin(symbolontest.NewBrowser(x))
		target := x.server.App.UserURL(visit.LoginRequestID())
		x.note("no token", x.server.PostJSON(target, "{}"))
		x.note("a bad token", x.server.PostJSON(target, "{}", "Authorization", "Bearer bad"))
		x.note("a bad token and a good one, as one SDK sends them", x.server.PostJSON(target, `{"sub":"alice","email":"alice@acme.example"}`,
			"Authorization", "Bearer "+x.server.App.Token(), "Authorization", "Bearer bad"))
	}},
	{"user_details_unknown", `An unknown login request and an unknown connection are one answer.`, func(x *transcript) {
		x.note("a forged login request", x.server.App.Post("lri_"+strings.Repeat("A", 51), symbolontest.Alice()))
		target := strings.Replace(x.server.App.UserURL("lri_"+strings.Repeat("A", 51)), symbolontest.ConnectionID, "conn_other", 1)
		x.note("another connection", x.server.PostJSON(target, `{"sub":"alice","email":"alice@acme.example"}`,
			"Authorization", "Bearer "+x.server.App.Token()))
	}},
	{"user_details_invalid", `A user object is read strictly; what is wrong is named.`, func(x *transcript) {
		x.postRaw("no JSON", `sub=alice`)
		x.postRaw("no sub", `{"email":"a@acme.example"}`)
		x.postRaw("no email", `{"sub":"alice"}`)
		x.postRaw("a sub that is a number", `{"sub":42,"email":"a@acme.example"}`)
		x.postRaw("a member twice", `{"sub":"alice","sub":"bob","email":"a@acme.example"}`)
		x.postRaw("a member twice but for its case", `{"sub":"alice","SUB":"bob","email":"a@acme.example"}`)
		x.postRaw("both spellings of a member", `{"sub":"alice","email":"a@acme.example","given_name":"A","givenName":"B"}`)
		x.postRaw("a sub that is a client id", `{"sub":"`+symbolontest.LoginClientID+`","email":"a@acme.example"}`)
		x.postRaw("a sub with a control character", `{"sub":"al\u0000ice","email":"a@acme.example"}`)
		x.postRaw("text after the object", `{"sub":"alice","email":"a@acme.example"} {}`)
		x.postRaw("attributes that are no object", `{"sub":"alice","email":"a@acme.example","custom_attributes":[1]}`)
	}},
	{"user_details_claims", `What the company says of its user is in the token under names of its own, and can replace nothing.`, func(x *transcript) {
		b := symbolontest.NewBrowser(x)
		a, visit := x.begin(b)
		posted := x.note("camelCase, attributes, and a try at the scope", x.server.PostJSON(x.server.App.UserURL(visit.LoginRequestID()),
			`{"sub":"alice","email":"alice@acme.example","emailVerified":true,"givenName":"Alice","groups":["staff"],"roles":["admin"],`+
				`"organization_external_id":"org_1","organization_external_name":"Acme Corp","custom_attributes":{"scope":"all","plan":"pro"},"scope":"todo:write"}`,
			"Authorization", "Bearer "+x.server.App.Token()))
		r := b.Submit(b.Follow(b.Get(posted.Text("redirect_url"))), "decision", "allow")
		x.note("the token", x.client.Redeem(a, r.Location().Query().Get("code")))
	}},
}
