// The vocabulary of what clients insist on.
package knownclients

import (
	"fmt"
	"slices"
)

// Check is something that a client insists on: it ends the login where the server
// does otherwise. What each means is in the table rules.
type Check string

// Step is a step of a login, in order.
type Step string

// The steps.
const (
	StepChallenge     Step = "challenge"
	StepResource      Step = "protected resource metadata"
	StepServer        Step = "authorization server metadata"
	StepChoice        Step = "choice of registration"
	StepRegistration  Step = "registration"
	StepAuthorization Step = "authorization response"
	StepToken         Step = "token response"
	StepRefresh       Step = "refresh response"
)

// rule is what one check means.
type rule struct {
	step Step
	// means completes the sentence "The client …".
	means string
	// test returns what is wrong, nil if nothing is.
	test func(*view) *fault
}

// fault is what is wrong and what to change.
type fault struct{ why, change string }

// faultf makes a fault; the arguments belong to why.
func faultf(change, why string, args ...any) *fault {
	return &fault{why: fmt.Sprintf(why, args...), change: change}
}

// Checks are all words of the vocabulary in order.
func Checks() []Check {
	words := make([]Check, 0, len(rules))
	for word := range rules {
		words = append(words, word)
	}
	slices.Sort(words)
	return words
}

// Means says in words what the client does, as in "refuses JSON null".
func (c Check) Means() string { return rules[c].means }

// Step is the step at which the client looks.
func (c Check) Step() Step { return rules[c].step }

// failed runs those checks of a client that belong to a step, in a fixed order.
func (v *view) failed(step Step) *Verdict {
	for _, check := range slices.Sorted(slices.Values(v.client.Checks)) {
		r := rules[check]
		if r.step != step {
			continue
		}
		if f := r.test(v); f != nil {
			return &Verdict{Step: step, Check: check, Why: f.why, Change: f.change}
		}
	}
	return nil
}
