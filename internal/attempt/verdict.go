package attempt

// How an attempt stands, in one line.

import (
	"fmt"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// waitingFor says who has to act after a step that went well.
var waitingFor = map[string]string{
	StepAuthorize:     waitingForUser,
	StepLoginRedirect: waitingForUser,
	StepUserDetails:   "for the browser to come back to the callback",
	StepCallback:      "for the user to answer the consent page",
	StepConsent:       "for the user to answer the consent page",
	StepDecision:      "for the client to redeem the code",
}

// A backend that did not prove itself, or posted to another connection, did not say
// which login it meant, so its refusal is in no attempt but among the calls.
const waitingForUser = "for the login app to post the user. If it does not, its login form may have " +
	"lost login_request_id and state. If it did, its own log has the answer, and " +
	"\"symbolon attempts list\" the refused call, call_…"

// verdict is the last line of the diagram.
func (p *page) verdict(a store.Attempt) {
	ev, ok := lastEvent(a)
	switch {
	case !ok:
		p.wrap(p.glyph.ellipsis+" ", p.plain, "nothing is recorded")
	case !ev.OK:
		p.wrap(p.glyph.failed+" ", p.red, "failed at "+Clean(ev.Step, maxWord)+": "+Clean(ev.Reason, maxWord))
	case waitingFor[ev.Step] != "":
		p.wrap(p.glyph.ellipsis+" ", p.plain, "waiting "+waitingFor[ev.Step])
	case ev.Step == StepRevoke:
		p.wrap(p.glyph.ok+" ", p.plain, "the grant was ended")
	default:
		p.wrap(p.glyph.ok+" ", p.green, "complete: the client has its tokens")
	}
}

// Line is an attempt on one line, by its last event: for a live view of many.
// It has no newline at its end.
func Line(a store.Attempt, s Style) string {
	p := newPage(s)
	ev, ok := lastEvent(a)
	if !ok {
		return Clean(a.ID, maxWord)
	}
	p.line(fmt.Sprintf("%s  %-26s  %s %-14s %s",
		p.dim(ev.At.UTC().Format("15:04:05.000")), Clean(a.ID, maxWord),
		p.mark(ev.OK), Clean(ev.Step, maxWord), p.summary(a, ev)))
	text := p.String()
	return text[:len(text)-1]
}

// summary ends a line: the reason of a refusal, else who takes part.
func (p *page) summary(a store.Attempt, ev store.Event) string {
	name := a.ClientName
	if name == "" {
		name = a.ClientID
	}
	who := Clean(name, 40)
	if a.MCPServer != "" {
		who += " " + p.glyph.to + " " + Clean(a.MCPServer, 40)
	}
	if ev.OK {
		return p.dim(who)
	}
	return p.red(Clean(ev.Reason, maxWord)) + "  " + p.dim(who)
}

func lastEvent(a store.Attempt) (store.Event, bool) {
	if len(a.Events) == 0 {
		return store.Event{}, false
	}
	return a.Events[len(a.Events)-1], true
}

// lastTime is when the newest event happened, or the beginning.
func lastTime(a store.Attempt) time.Time {
	if ev, ok := lastEvent(a); ok {
		return ev.At
	}
	return a.StartedAt
}
