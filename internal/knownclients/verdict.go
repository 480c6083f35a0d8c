// The verdict: does a client connect to a server.
package knownclients

import (
	"fmt"
	"maps"
	"slices"
)

// Verdict says whether a client connects, and if not, where it stops and what
// somebody would have to change.
type Verdict struct {
	Client   string // its name
	Connects bool
	// Unknown: it could not be judged; a document that it asks for was not seen.
	Unknown bool
	// Unseen is the URL of that document.
	Unseen string
	// Way is how it becomes known to the server, if it gets that far.
	Way Way
	// Step is where it stops, Check what it insists on there; Check is empty where
	// every client would stop.
	Step  Step
	Check Check
	// Why is what is wrong, Change the line to change, in a sentence.
	Why, Change string
}

// Error says all of it in a line. A verdict is the error of Play.
func (v *Verdict) Error() string {
	check := ""
	if v.Check != "" {
		check = ", check " + string(v.Check)
	}
	return fmt.Sprintf("%s stops at the %s%s: %s. %s", v.Client, v.Step, check, v.Why, v.Change)
}

// Judge says whether a client connects to the server that the facts are about. It
// is judged as far as the facts reach: without a login in them, Connects means that
// nothing before the browser stops it. A person can always type a client id, so a
// client that could be preregistered is said to connect by that only if nothing
// else is offered.
func Judge(c Client, f Facts) Verdict {
	v := newView(&c, &f, func(url string) (Answer, bool) {
		a, ok := f.Documents[url]
		return a, ok
	})
	way, stop := v.judge()
	if stop == nil {
		stop = &Verdict{Connects: true}
	}
	stop.Client, stop.Way = c.Name, way
	return *stop
}

func (v *view) judge() (Way, *Verdict) {
	if stop := v.discover(); stop != nil {
		return "", stop
	}
	chosen, stop := v.choose()
	if stop != nil {
		return "", stop
	}
	if a, ok := v.facts.Registrations[v.client.ID]; ok && chosen.way == WayDCR {
		if stop := v.registered(a); stop != nil {
			return chosen.way, stop
		}
	}
	if v.facts.Login == nil {
		return chosen.way, nil
	}
	return chosen.way, v.judgeLogin()
}

// registered reads the answer to the client's registration.
func (v *view) registered(a Answer) *Verdict {
	v.registrationAnswer, v.registration = a, a.object()
	if stop := v.failed(StepRegistration); stop != nil && (a.found() || a.redirected()) {
		return stop
	}
	if a.redirected() {
		return &Verdict{
			Step: StepRegistration, Unknown: true, Why: fmt.Sprintf("registration_endpoint redirects (%d), and whether this client follows is not known", a.Status),
			Change: "Let registration_endpoint name the URL that answers.",
		}
	}
	if !a.found() {
		return &Verdict{
			Step: StepRegistration, Why: fmt.Sprintf("its registration was refused with %d %s %s", a.Status, text(v.registration, "error"), text(v.registration, "error_description")),
			Change: "Accept the registration of this client: see its body in the table of clients.",
		}
	}
	if text(v.registration, "client_id") == "" {
		return &Verdict{
			Step: StepRegistration, Why: "the answer to its registration has no client_id",
			Change: "Return client_id (RFC 7591 §3.2.1).",
		}
	}
	return nil
}

func (v *view) judgeLogin() *Verdict {
	login := v.facts.Login
	if login.Authorization != nil {
		if stop := v.authorized(); stop != nil {
			return stop
		}
	}
	if login.Token != nil {
		if stop := v.issued(StepToken, login.Token); stop != nil {
			return stop
		}
	}
	if login.Refresh != nil {
		if stop := v.issued(StepRefresh, login.Refresh); stop != nil {
			return stop
		}
	}
	return v.failed(StepRefresh)
}

// authorized reads the authorization response: whose it is comes before what it says.
func (v *view) authorized() *Verdict {
	if stop := v.failed(StepAuthorization); stop != nil {
		return stop
	}
	response := v.facts.Login.Authorization
	if response.Get("code") != "" {
		return nil
	}
	return &Verdict{
		Step: StepAuthorization, Why: "there is no code, but " + response.Get("error") + " " + response.Get("error_description"),
		Change: "Accept the authorization request of this client: see its quirks in the table of clients.",
	}
}

// issued reads a token response. Only the first one is checked in detail: a refresh
// is answered by the same code.
func (v *view) issued(step Step, a *Answer) *Verdict {
	if stop := v.failed(StepToken); stop != nil && step == StepToken && (a.found() || a.redirected()) {
		return stop
	}
	o := a.object()
	if a.redirected() {
		return &Verdict{
			Step: step, Unknown: true, Why: fmt.Sprintf("token_endpoint redirects (%d), and whether this client follows is not known", a.Status),
			Change: "Let token_endpoint name the URL that answers.",
		}
	}
	if a.found() && text(o, "access_token") != "" {
		return nil
	}
	return &Verdict{
		Step: step, Why: fmt.Sprintf("the token endpoint answered %d %s %s", a.Status, text(o, "error"), text(o, "error_description")),
		Change: "Accept the token request of this client: see its quirks in the table of clients.",
	}
}

// Wanted are the documents that some client would ask for next and that the facts
// do not have, in order. A program that fetches and adds them until there are none
// has asked for what all clients ask for.
func Wanted(clients []Client, f Facts) []string {
	missing := map[string]bool{}
	for i := range clients {
		v := newView(&clients[i], &f, func(url string) (Answer, bool) {
			a, ok := f.Documents[url]
			return a, ok
		})
		if v.discover(); v.unseen != "" {
			missing[v.unseen] = true
		}
	}
	return slices.Sorted(maps.Keys(missing))
}
