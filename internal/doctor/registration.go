package doctor

// How a client becomes known: documents and registration.

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

func (e *examination) examineRegistration(ctx context.Context) {
	documents, _ := e.server["client_id_metadata_document_supported"].(bool)
	endpoint := text(e.server, "registration_endpoint")
	if documents && !slices.Contains(list(e.server, "token_endpoint_auth_methods_supported"), "none") {
		e.find("D402", e.serverURL, "")
	}
	e.check("D403", e.serverURL, documents, "")
	if !e.check("D401", e.serverURL, documents || endpoint != "", "neither client_id_metadata_document_supported nor registration_endpoint") || endpoint == "" {
		return
	}
	e.registers = e.examineRegistrationEndpoint(ctx, endpoint)
}

// examineRegistrationEndpoint posts what cannot be registered: half a JSON object.
func (e *examination) examineRegistrationEndpoint(ctx context.Context, at string) bool {
	r := e.register(ctx, at, "{")
	e.sawConnection(r)
	if r.Err != nil {
		e.unreachable("D507", r)
		return false
	}
	switch {
	case r.redirected():
		e.find("D405", at, "it answers %s", r.says())
		return false
	case notThere(r.Status):
		e.find("D404", at, "it answers %s", r.says())
		return false
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		e.find("D406", at, "it answers %s", r.says())
		return false
	case r.Status >= 500:
		e.find("D407", at, "it answers %s", r.says())
	}
	e.pass("D404", at)
	e.examineReadable("D623", r)
	return true
}

// register posts a registration. A page of another origin is as good a client as any,
// so the request says that it is one.
func (e *examination) register(ctx context.Context, at, body string) response {
	return e.probe.send(ctx, http.MethodPost, at, body, http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json"}, "Origin": {pageOrigin},
	})
}

const trialRegistration = `{"client_name":"Symbolon Doctor (trial, may be deleted)","redirect_uris":["http://127.0.0.1/callback"],` +
	`"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none","application_type":"native"}`

// tryRegistration registers as the doctor and then as each known client that would:
// on another's server that leaves something behind, so it is done only if told to.
func (e *examination) tryRegistration(ctx context.Context) {
	at := text(e.server, "registration_endpoint")
	if !e.registers {
		return
	}
	if !e.options.Register {
		e.note("No registration was tried, since it would create clients on the server; --register does.")
		return
	}
	r := e.register(ctx, at, trialRegistration)
	if r.Err != nil {
		e.unreachable("D507", r)
		return
	}
	if r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden {
		e.find("D406", at, "it answers %s", r.says())
		return
	}
	if !e.check("D408", at, r.found(), "it answers %s %s", r.says(), firstWords(r)) {
		return
	}
	e.examineRegistered(r)
	e.registerClients(ctx, at)
}

// registerClients registers as each known client that would, until the server has had
// enough.
func (e *examination) registerClients(ctx context.Context, at string) {
	for _, c := range knownclients.All() {
		if knownclients.Judge(c, e.facts).Way != knownclients.WayDCR {
			continue
		}
		r := e.register(ctx, at, e.registrationBody(c))
		if r.Err != nil || r.Status == http.StatusTooManyRequests || r.Status >= 500 {
			e.note("The registrations of some clients were not tried: the server answered " + r.says() + ".")
			return
		}
		e.facts.Registrations[c.ID] = r.Answer
	}
}

func firstWords(r response) string {
	o := map[string]any{}
	if json.Unmarshal(r.Body, &o) != nil {
		return ""
	}
	return strings.TrimSpace(text(o, "error") + " " + text(o, "error_description"))
}

func (e *examination) examineRegistered(r response) {
	o := objectOf(r)
	var wrong []string
	for _, name := range []string{"client_id", "redirect_uris"} {
		if o[name] == nil {
			wrong = append(wrong, "no "+name)
		}
	}
	for _, name := range members(o, isNull) {
		wrong = append(wrong, "null in "+name)
	}
	if len(wrong) > 0 {
		e.find("D409", r.URL, "%s", strings.Join(wrong, ", "))
	}
	if method := text(o, "token_endpoint_auth_method"); method != "" && method != "none" {
		e.find("D410", r.URL, "asked for none, given %s", method)
	}
}

// registrationBody is what a client posts to this server; its port is one that it could
// have been given.
func (e *examination) registrationBody(c knownclients.Client) string {
	text, err := json.Marshal(c.RegistrationBody(c.Scope(e.challengedScope, e.resource, e.server), e.server))
	if err != nil {
		return "{}" // the table is JSON already
	}
	return strings.ReplaceAll(string(text), "{port}", "33418")
}
