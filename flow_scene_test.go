package symbolon_test

import (
	"testing"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// scene is what a flow or an attack plays in: a server and an honest client.
type scene struct {
	*testing.T
	server *symbolontest.Server
	client *symbolontest.Client
}

// begin takes a browser to the company's login and returns the visit.
func (x *scene) begin(b *symbolontest.Browser, change ...string) (*symbolontest.Authorization, symbolontest.Visit) {
	x.Helper()
	a := x.client.Authorize(change...)
	r := b.Get(a.URL)
	if r.Location() == nil {
		x.Fatalf("authorize answered %d: %s", r.Status, r.VisibleText())
	}
	return a, symbolontest.Visit{Query: r.Location().Query()}
}

// posted is begin, and the company's POST of Alice.
func (x *scene) posted(b *symbolontest.Browser, change ...string) (*symbolontest.Authorization, symbolontest.Visit) {
	x.Helper()
	a, visit := x.begin(b, change...)
	answer := x.server.App.Post(visit.LoginRequestID(), symbolontest.Alice())
	visit.RedirectURL, visit.AuthRequestID = answer.Text("redirect_url"), answer.Text("auth_request_id")
	return a, visit
}

// asked is posted, and the browser on the consent page.
func (x *scene) asked(b *symbolontest.Browser, change ...string) (*symbolontest.Authorization, *symbolontest.Response) {
	x.Helper()
	a, visit := x.posted(b, change...)
	return a, b.Follow(b.Get(visit.RedirectURL))
}

// tokens logs Alice in.
func (x *scene) tokens(change ...string) (*symbolontest.Authorization, symbolontest.Tokens) {
	x.Helper()
	b := symbolontest.NewBrowser(x)
	a := x.client.Authorize(change...)
	return a, x.client.MustRedeem(a, x.client.Code(b, a))
}
