package doctor

// An examination from beginning to end.

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
)

// Options say what to examine and how far to go.
type Options struct {
	// Target is the URL of an MCP server, or the issuer of an authorization server.
	Target string
	// Register allows registering clients, which creates something on the server.
	Register bool
	// Open shows an authorization URL to a user; nil means no login. A login registers
	// a client as well.
	Open func(ctx context.Context, authorizationURL string) error
	// LoginTimeout bounds the login; 0 is ten minutes.
	LoginTimeout time.Duration
	// Inside is what is known of this project's own server; nil for any other.
	Inside *Inside
	// Roots are trusted instead of the system's; Now is the clock, nil time.Now.
	Roots *x509.CertPool
	Now   func() time.Time
}

// meant guesses what somebody meant who left out the scheme.
func meant(target string) string {
	host, _, _ := strings.Cut(target, "/")
	if strings.Contains(target, "://") || !strings.Contains(host, ".") && !strings.HasPrefix(host, "localhost") || strings.ContainsAny(host, "@ ") {
		return "; write it whole, such as https://mcp.example.com/mcp"
	}
	scheme := "https://"
	if strings.HasPrefix(host, "localhost") || strings.HasPrefix(host, "127.") {
		scheme = "http://"
	}
	return "; do you mean " + scheme + clean(target) + "?"
}

// examination is one that is under way.
type examination struct {
	options Options
	probe   *prober
	report  Report
	facts   knownclients.Facts
	answers map[string]response // to GET, by URL
	// seen are the origins whose certificate and clock were looked at.
	seen map[string]bool

	resource    map[string]any // protected resource metadata
	resourceURL string
	server      map[string]any // authorization server metadata
	serverURL   string
	// named is the URL of the metadata in the challenge, beside the scope there.
	named, challengedScope string
	// registers: the registration endpoint is there and takes registrations of anybody.
	registers bool
}

// ErrTarget says that the target is no URL of a server.
var ErrTarget = errors.New("is not the URL of a server")

// Examine examines a server. The error is about the options alone: whatever is wrong
// with the server is in the report.
func Examine(ctx context.Context, o Options) (Report, error) {
	target, err := url.Parse(o.Target)
	if err != nil || target.Host == "" || target.User != nil || target.Fragment != "" || target.Scheme != "http" && target.Scheme != "https" {
		return Report{}, fmt.Errorf("%q %w%s", clean(o.Target), ErrTarget, meant(o.Target))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	e := &examination{
		options: o,
		probe:   newProber(ctx, target, o.Roots, o.Now),
		report:  Report{Target: o.Target},
		facts:   knownclients.Facts{MCPServer: o.Target, Documents: map[string]knownclients.Answer{}, Registrations: map[string]knownclients.Answer{}},
		answers: map[string]response{},
		seen:    map[string]bool{},
	}
	e.run(ctx, target)
	e.report.Requests = e.probe.sent
	return e.report, nil
}

func (e *examination) run(ctx context.Context, target *url.URL) {
	if e.probe.local {
		e.note("The URL is at a private address, so the doctor connects to private addresses.")
	}
	if !e.examineTarget(ctx, target) {
		return
	}
	if e.server != nil {
		e.examineRegistration(ctx)
		e.examineEndpoints(ctx)
		e.examineCORS(ctx)
	}
	e.examineClear(ctx, target)
	if e.options.Open != nil {
		e.examineLogin(ctx)
	}
	e.tryRegistration(ctx) // behind the login: it may use up what the server allows
	if e.options.Inside != nil {
		e.examineInside(ctx)
	}
	e.judgeClients(ctx)
}

// examineTarget finds out what the target is and goes as far as the authorization
// server's metadata. It is false if there is nothing to examine.
func (e *examination) examineTarget(ctx context.Context, target *url.URL) bool {
	e.report.Kind = KindMCPServer
	challenge, reached := e.askChallenge(ctx)
	if !reached {
		return false
	}
	if challenge.Status != 401 && e.isAuthorizationServer(ctx, target) {
		e.report.Kind = KindAuthorizationServer
		e.note("This is an authorization server. What its MCP servers say was not examined: give the URL of one for that.")
		issuer := e.baseIssuer()
		e.pretendResource(issuer)
		e.examineServer(ctx, issuer)
		return true
	}
	e.examineChallenge(challenge)
	issuer := e.examineResource(ctx, target)
	if challenge.Status != http.StatusUnauthorized {
		e.wonder()
	}
	if issuer != "" {
		e.examineServer(ctx, issuer)
	}
	return true
}

// wonder says what else a URL could be that does not answer as an MCP server does.
func (e *examination) wonder() {
	named := text(e.resource, "resource")
	switch u, err := url.Parse(named); {
	case err == nil && u.Host != "" && named != e.options.Target:
		e.note("The metadata that was found here is about " + clean(named) + ". If that is the MCP server, examine it instead.")
	case e.resource == nil:
		e.note("Nothing here looks like an MCP server. Is the path right? Often it ends in /mcp.")
	}
}

// isAuthorizationServer: there is metadata of an authorization server, and none of an
// MCP server.
func (e *examination) isAuthorizationServer(ctx context.Context, target *url.URL) bool {
	for _, at := range resourcePlaces(target) {
		if objectOf(e.ask(ctx, at)) != nil {
			return false
		}
	}
	for _, at := range serverPlaces(e.options.Target) {
		if o := objectOf(e.ask(ctx, at)); text(o, "issuer") != "" {
			return true
		}
	}
	return false
}

// baseIssuer is the target, or the target without a slash that its user added to a
// server whose issuer has none.
func (e *examination) baseIssuer() string {
	for _, at := range serverPlaces(e.options.Target) {
		if text(objectOf(e.answers[at]), "issuer") == e.options.Target {
			return e.options.Target
		}
	}
	return strings.TrimSuffix(e.options.Target, "/")
}

// pretendServer is the MCP server of an authorization server that is examined alone.
// The name is reserved (RFC 2606 §2): nothing is asked there.
const pretendServer = "https://mcp.invalid/mcp"

// pretendResource lets clients be judged by an authorization server alone: as if an
// honest MCP server had sent them there.
func (e *examination) pretendResource(issuer string) {
	body, err := json.Marshal(map[string]any{"resource": pretendServer, "authorization_servers": []string{issuer}})
	if err != nil {
		return // strings always marshal
	}
	e.facts.MCPServer, e.facts.Challenge = pretendServer, nil
	for _, at := range resourcePlaces(&url.URL{Scheme: "https", Host: "mcp.invalid", Path: "/mcp"}) {
		e.facts.Documents[at] = knownclients.Answer{Status: 200, Header: jsonHeader(), Body: body}
	}
}

// check records what a definition says, as passed or found.
func (e *examination) check(code Code, at string, passed bool, detail string, args ...any) bool {
	if passed {
		e.pass(code, at)
	} else {
		e.find(code, at, detail, args...)
	}
	return passed
}

// pass records something good. It is said once, whatever it is about.
func (e *examination) pass(code Code, at string) {
	d := byCode[code]
	if d.Good == "" {
		return
	}
	for _, r := range e.report.Results {
		if r.Code == code {
			return
		}
	}
	e.report.Results = append(e.report.Results, Result{Code: code, Group: d.Group, Passed: true, Title: d.Good, At: at})
}

// find records a finding.
func (e *examination) find(code Code, at, detail string, args ...any) {
	e.findAs(byCode[code].Severity, code, at, detail, args...)
}

// findAs records a finding with another severity than usual.
func (e *examination) findAs(severity Severity, code Code, at, detail string, args ...any) {
	d := byCode[code]
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	result := Result{Code: code, Group: d.Group, Severity: severity, Title: d.Title, At: clean(at), Detail: clean(detail), Remedy: d.Fix}
	for i, r := range e.report.Results {
		if r.Code == code && r.Passed {
			e.report.Results[i] = result
			return
		}
		if r == result {
			return
		}
	}
	e.report.Results = append(e.report.Results, result)
}

// has reports whether one of these was found.
func (e *examination) has(codes ...Code) bool {
	return slices.ContainsFunc(e.report.Results, func(r Result) bool { return !r.Passed && slices.Contains(codes, r.Code) })
}

func (e *examination) note(words string) { e.report.Notes = append(e.report.Notes, words) }
