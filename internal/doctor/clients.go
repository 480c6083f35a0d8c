package doctor

// The verdict for every known client.

import (
	"context"
	"slices"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

// judgeClients asks whatever some client would ask and nobody has asked yet, then
// judges. A document that cannot be had leaves its clients without a verdict.
func (e *examination) judgeClients(ctx context.Context) {
	for {
		wanted := slices.DeleteFunc(knownclients.Wanted(knownclients.All(), e.facts), func(at string) bool {
			_, asked := e.answers[at]
			return asked
		})
		if len(wanted) == 0 {
			break
		}
		for _, at := range wanted {
			e.ask(ctx, at)
		}
	}
	for _, c := range knownclients.All() {
		v := knownclients.Judge(c, e.facts)
		if v.Connects {
			e.amend(&v)
		}
		if r, asked := e.answers[v.Unseen]; asked && r.Err != nil {
			v.Why = "what it reads there could not be had: " + r.says()
		}
		e.report.Clients = append(e.report.Clients, ClientVerdict{
			ID: c.ID, Client: v.Client, Connects: v.Connects && !v.Unknown, Unknown: v.Unknown, Way: string(v.Way),
			Step: string(v.Step), Why: clean(v.Why), Change: clean(v.Change),
		})
	}
}

// behind are findings behind discovery that no fact of a verdict holds, in the order
// of a login: every client comes there, or every one that registers.
var behind = []struct {
	code     Code
	endpoint string // the finding must be about it, "" if the code says it
	step     knownclients.Step
	way      knownclients.Way // "": every way
	unknown  bool             // clients differ in what they do, in a way that nobody knows
}{
	{"D404", "", knownclients.StepRegistration, knownclients.WayDCR, false},
	{"D405", "", knownclients.StepRegistration, knownclients.WayDCR, true},
	{"D406", "", knownclients.StepRegistration, knownclients.WayDCR, false},
	{"D507", "registration_endpoint", knownclients.StepRegistration, knownclients.WayDCR, false},
	{"D506", "", knownclients.StepAuthorization, "", false},
	{"D507", "authorization_endpoint", knownclients.StepAuthorization, "", false},
	{"D501", "", knownclients.StepToken, "", false},
	{"D502", "", knownclients.StepToken, "", true},
	{"D507", "token_endpoint", knownclients.StepToken, "", false},
	{"D703", "", knownclients.StepToken, "", false},
	{"D704", "", knownclients.StepToken, "", false},
	{"D705", "", knownclients.StepToken, "", false},
	{"D714", "", knownclients.StepToken, "", false},
}

// amend corrects a verdict that reaches no further than the browser by what was found
// behind it.
func (e *examination) amend(v *knownclients.Verdict) {
	for _, b := range behind {
		if b.way != "" && b.way != v.Way {
			continue
		}
		for _, r := range e.report.Results {
			if r.Code == b.code && !r.Passed && (b.endpoint == "" || r.At == text(e.server, b.endpoint)) {
				v.Connects, v.Unknown, v.Step = false, b.unknown, b.step
				v.Why, v.Change = string(r.Code)+": "+r.Title, r.Remedy
				return
			}
		}
	}
}
