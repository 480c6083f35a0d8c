package durability

// What must hold on a disk after a power cut, person by person.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"
)

// asker presents requests to a server that runs on the disk after the cut.
type asker struct {
	http.Handler
	host string
	// later is a server whose clock has gone on since the cut: codes have expired, and
	// so has the grace of a lost answer.
	later  bool
	wrongs []string
	held   int
}

func (a *asker) ask(method, path string, header http.Header, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = a.host
	if header != nil {
		r.Header = header.Clone()
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func (a *asker) token(form url.Values) int {
	return a.ask(http.MethodPost, "/resources/res_todo/oauth/token", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode()).Code
}

func (a *asker) refresh(token string) int {
	return a.token(url.Values{"grant_type": {"refresh_token"}, "client_id": {"cli_campaign"}, "refresh_token": {token}})
}

func (a *asker) wrong(format string, args ...any) {
	a.wrongs = append(a.wrongs, fmt.Sprintf(format, args...))
}

// moment is where the power was cut.
type moment struct {
	event int
	at    time.Time
}

// check holds a server to what one person had been told.
func (a *asker) check(h *history, m moment) {
	told := 0
	for told < len(h.facts) && h.facts[told].told < m.event {
		told++
	}
	if told == 0 {
		return
	}
	// Whatever was asked and not yet answered may have happened or not.
	var asked *fact
	if told < len(h.facts) && !h.facts[told].begun.After(m.at) {
		asked = &h.facts[told]
	}
	last := h.facts[told-1]
	if a.later && (asked != nil || last.stage < live) {
		return
	}
	a.held++
	switch last.stage {
	case posted:
		if asked == nil && h.callback != nil {
			a.signedIn(h)
		}
	case coded:
		if told < len(h.facts) {
			a.code(h.facts[told], asked)
		}
	case live:
		a.alive(h.facts[:told], asked)
	case ended:
		a.over(h.facts[:told])
	}
}

// signedIn: what the company said of a user is there when the browser comes back.
func (a *asker) signedIn(h *history) {
	if got := a.ask(h.callback.method, h.callback.path, h.callback.header, ""); got.Code != http.StatusSeeOther {
		a.wrong("lost: user details that were acknowledged; the callback says %d", got.Code)
	}
}

// code: a code that was sent can be redeemed, with the request that redeems it later in
// the record.
func (a *asker) code(redemption fact, asked *fact) {
	got := a.token(redemption.form)
	if got != http.StatusOK && (asked == nil || got != http.StatusBadRequest) {
		a.wrong("lost: a code that was sent; its redemption says %d", got)
	}
}

// alive: the last refresh token that was sent works, also if a later one was on its
// way, and what came before it does not.
func (a *asker) alive(told []fact, asked *fact) {
	last, before := told[len(told)-1], told[len(told)-2]
	got := a.refresh(last.token)
	ending := asked != nil && asked.stage == ended && got == http.StatusBadRequest
	if got != http.StatusOK && !ending {
		a.wrong("lost: a refresh token that was sent; it says %d", got)
	}
	if before.stage == coded {
		a.spent(last)
	} else if got := a.refresh(before.token); got == http.StatusOK {
		a.wrong("revived: a refresh token that was rotated away twice")
	}
}

// spent: a code that gave tokens gives none again.
func (a *asker) spent(redemption fact) {
	if a.token(redemption.form) == http.StatusOK {
		a.wrong("twice: a code that was redeemed")
	}
}

// over: what was ended stays so.
func (a *asker) over(told []fact) {
	for _, f := range told {
		if f.stage == live && a.refresh(f.token) == http.StatusOK {
			a.wrong("revived: a refresh token of a grant that had ended")
		}
	}
	a.spent(told[2])
}
