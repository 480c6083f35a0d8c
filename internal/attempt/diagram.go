package attempt

// One attempt as a sequence diagram for a terminal.

import (
	"fmt"
	"io"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Style is how a terminal wants to be written to.
type Style struct {
	Color bool // ANSI colours
	ASCII bool // no box drawing, arrows or marks outside ASCII
	Width int  // columns; 0 = 80. Below 74 there are no lanes, below 48 it is taken for 48
}

// Write draws a: who it was, one line an event with arrows from whom to whom, and
// under whatever failed what happened and what to change.
func Write(w io.Writer, a store.Attempt, s Style) error {
	p := newPage(s)
	p.head(a)
	if IsCall(a.ID) && len(a.Events) > 0 {
		a.Events = a.Events[len(a.Events)-1:] // the others are the same
	}
	if p.lanes() && len(a.Events) > 0 {
		p.line(strings.Repeat(" ", laneStart) + p.dim(laneNames))
	}
	for i, ev := range a.Events {
		p.event(a, ev)
		if !ev.OK && i < len(a.Events)-1 {
			p.line("") // the explanation ends here
		}
	}
	if len(a.Events) > 0 {
		p.line("")
	}
	p.verdict(a)
	_, err := io.WriteString(w, p.String())
	return err
}

// head names the attempt and who takes part.
func (p *page) head(a store.Attempt) {
	if IsCall(a.ID) {
		p.calls(a)
		return
	}
	p.line(p.bold("login attempt " + Clean(a.ID, maxWord)))
	p.line("")
	p.field("client", named(a.ClientName, a.ClientID))
	p.field("MCP server", a.MCPServer)
	p.field("connection", a.Connection)
	p.field("user", a.Sub)
	if !a.StartedAt.IsZero() {
		p.field("started", a.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"))
		p.field("took", duration(lastTime(a).Sub(a.StartedAt)))
	}
	p.line("")
}

// calls is the head of refused calls: how often, and since when.
func (p *page) calls(a store.Attempt) {
	p.line(p.bold("refused calls " + Clean(a.ID, maxWord)))
	p.line("")
	p.field("API client", a.ClientID)
	p.field("connection", a.Connection)
	if n := len(a.Events); n > 0 {
		p.field("how often", fmt.Sprintf("%d in memory", n))
		p.field("first", a.Events[0].At.UTC().Format("2006-01-02 15:04:05 UTC"))
		p.field("last", a.Events[n-1].At.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	p.line("")
}

// field is one line of the head; what is not known is left out.
func (p *page) field(name, value string) {
	if value != "" {
		p.wrap(fmt.Sprintf("  %-10s ", name), p.plain, Clean(value, maxUserText))
	}
}

// event is the line of one event, with its notes and its explanation.
func (p *page) event(a store.Attempt, ev store.Event) {
	offset := "+" + duration(ev.At.Sub(a.StartedAt))
	line := fmt.Sprintf("%9s %s %-14s", offset, p.mark(ev.OK), Clean(ev.Step, maxWord))
	if p.lanes() {
		line += " " + p.arrow(ev.Step, ev.OK)
	} else {
		line += " " + p.whom(ev.Step)
	}
	p.line(strings.TrimRight(line, " "))
	if ev.Reason != "" {
		paint := p.dim
		if !ev.OK {
			paint = p.red
		}
		p.wrap(p.margin(), paint, Clean(ev.Reason, maxWord))
	}
	for _, name := range sortedKeys(ev.Notes) {
		p.wrap(p.margin(), p.dim, Clean(name, maxWord)+": "+Clean(ev.Notes[name], maxNote))
	}
	if r, known := Lookup(ev.Reason); known && !ev.OK {
		p.wrap(p.margin(), p.plain, r.What)
		p.wrap(p.margin()+p.glyph.remedy+" ", p.bold, r.Remedy)
	}
}

// named is "Name (id)", or what there is of it.
func named(name, id string) string {
	switch {
	case name == "":
		return id
	case id == "":
		return name
	default:
		return Clean(name, maxUserText/2) + " (" + Clean(id, maxUserText/2) + ")"
	}
}
