package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/symbolontest"
)

// Logins that end without a decision. The clock of these servers can be moved.

func TestWalkExpired(t *testing.T) {
	server := symbolontest.StartServer(t)
	c, loopback := server.Register(nil), startReceiver(t)
	c.RedirectURI = loopback.server.URL + "/callback"
	c = server.Register(map[string]any{"redirect_uris": []string{c.RedirectURI}, "client_name": "Robot"})
	b := theChromium(t).window(t)
	b.open(c.Authorize().URL)
	b.asked()
	readIt()
	server.Clock.Advance(11 * time.Minute)
	b.press(allowButton)
	b.until(`document.querySelector("form.decision") === null`)
	b.heading("That took too long")
	if b.seen(c.RedirectURI) != nil {
		t.Error("the client was answered")
	}
	// To begin again in the same browser works.
	b.open(c.Authorize().URL)
	b.asked()
	readIt()
	b.press(allowButton)
	if got := b.answer(c.RedirectURI).Query(); got.Get("code") == "" {
		t.Errorf("the second try got %v", got)
	}
}

// The address of a login that came back is opened in another browser than the one that
// began: nobody gets in there, and nothing reaches the client.
func TestWalkAnotherBrowser(t *testing.T) {
	s, loopback := newStage(t), startReceiver(t)
	honest := s.app.signIn
	back := make(chan string, 1)
	s.app.signIn = func(r *http.Request) (string, error) {
		address, err := honest(r)
		back <- address
		return loopback.server.URL + "/parked", err
	}
	c := registerClient(t, s.server, "res_todo", loopback.server.URL+"/callback", nil)
	first := theChromium(t).window(t)
	first.open(c.authorizeURL("todo:read"))
	first.until(`document.title === "received"`)
	address := <-back

	other := theChromium(t).window(t)
	other.open(address)
	other.heading("This login did not start in this browser")
	if other.seen(c.redirectURI) != nil {
		t.Error("the client was answered")
	}
	other.staysWith(s.server.base)
}
