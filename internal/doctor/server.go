package doctor

// The authorization server's metadata, in every form in which clients ask for it.

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// examineServer reads the metadata of an issuer.
func (e *examination) examineServer(ctx context.Context, issuer string) {
	e.report.Issuer = clean(issuer)
	e.examineIssuerURL(issuer)
	e.askServer(ctx, issuer)
	if e.server == nil && e.has("D307", "D308", "D318", "D607", "D609", "D610") {
		return // why it is not there was said
	}
	if !e.check("D301", strings.Join(serverPlaces(issuer), " "), e.server != nil, "none of the URLs that clients try has it") {
		return
	}
	e.examineIssuer(issuer)
	e.examineMembers()
	e.examineMetadataEndpoints()
}

func (e *examination) examineIssuerURL(issuer string) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || !secure(issuer) {
		e.find("D317", issuer, "it is %q", issuer)
	}
}

// askServer asks in the order of clients. What fails behind the first document stops
// nobody: clients do not ask there any more.
func (e *examination) askServer(ctx context.Context, issuer string) {
	for _, at := range serverPlaces(issuer) {
		severity := Stop
		if e.server != nil {
			severity = Warn
		}
		o := e.examineDocument(e.ask(ctx, at), "D308", "D306", "D307", "D318", severity)
		if o == nil {
			continue
		}
		if strings.HasSuffix(at, "openid-configuration") || strings.Contains(at, "/openid-configuration/") {
			e.examineOpenID(o, at)
		}
		if e.server == nil {
			e.server, e.serverURL = o, at
		} else if !sameMembers(o, e.server, "issuer", "authorization_endpoint", "token_endpoint") {
			e.find("D313", at, "it differs from %s", e.serverURL)
		}
	}
}

// examineOpenID: a document there is read with the schema of OpenID Connect.
func (e *examination) examineOpenID(o map[string]any, at string) {
	var missing []string
	for _, name := range []string{"jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported"} {
		if _, there := o[name]; !there {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		e.find("D312", at, "it has no %s", strings.Join(missing, ", "))
	}
}

// examineIssuer compares byte by byte (RFC 8414 §3.3).
func (e *examination) examineIssuer(want string) {
	got := text(e.server, "issuer")
	switch {
	case got == want:
		e.pass("D302", e.serverURL)
	case strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/"):
		e.find("D303", e.serverURL, "issuer is %q, expected %q", got, want)
	default:
		e.find("D302", e.serverURL, "issuer is %q, expected %q", got, want)
	}
}

func (e *examination) examineMembers() {
	at := e.serverURL
	if nulls := members(e.server, isNull); len(nulls) > 0 {
		e.find("D305", at, "null: %s", strings.Join(nulls, ", "))
	}
	if empty := members(e.server, isEmptyList); len(empty) > 0 {
		e.find("D319", at, "empty: %s", strings.Join(empty, ", "))
	}
	e.check("D304", at, slices.Contains(list(e.server, "code_challenge_methods_supported"), "S256"),
		"code_challenge_methods_supported does not list S256")
	promised, _ := e.server["authorization_response_iss_parameter_supported"].(bool)
	e.check("D311", at, promised, "")
	e.check("D314", at, slices.Contains(list(e.server, "token_endpoint_auth_methods_supported"), "none"), "")
	if grants := list(e.server, "grant_types_supported"); grants != nil && !slices.Contains(grants, "authorization_code") {
		e.find("D316", at, "it lists %s", strings.Join(grants, ", "))
	}
}

// endpoints are the members of metadata that name endpoints.
var endpoints = []string{"authorization_endpoint", "token_endpoint", "registration_endpoint", "jwks_uri", "revocation_endpoint"}

func (e *examination) examineMetadataEndpoints() {
	at := e.serverURL
	var missing []string
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "response_types_supported"} {
		if e.server[name] == nil {
			missing = append(missing, name)
		}
	}
	e.check("D309", at, len(missing) == 0, "it has no %s", strings.Join(missing, ", "))
	for _, name := range endpoints {
		if target := text(e.server, name); target != "" {
			e.check("D310", at, secure(target), "%s is %s", name, target)
		}
	}
	if u, err := url.Parse(text(e.server, "authorization_endpoint")); err == nil {
		for _, name := range []string{"resource", "scope", "client_id", "redirect_uri", "response_type", "state"} {
			if u.Query().Has(name) {
				e.find("D315", at, "its query has %s", name)
			}
		}
	}
}
