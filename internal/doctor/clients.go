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
		wanted := slices.DeleteFunc(knownclients.Wanted(e.options.Clients, e.facts), func(at string) bool {
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
	for _, c := range e.options.Clients {
		v := knownclients.Judge(c, e.facts)
		e.report.Clients = append(e.report.Clients, ClientVerdict{
			ID: c.ID, Client: v.Client, Connects: v.Connects && !v.Unknown, Unknown: v.Unknown, Way: string(v.Way),
			Step: string(v.Step), Why: clean(v.Why), Change: clean(v.Change),
		})
	}
}
