// Discovery as a client does it. It is one function for both users of the table:
// see fetches for Play and looks up for Judge.
package knownclients

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

// see returns the answer to GET url; false if nobody asked.
type see func(url string) (Answer, bool)

// view is what one client has understood so far.
type view struct {
	client *Client
	facts  *Facts
	see    see
	// noDocument: the application that is built on this SDK has no document.
	noDocument bool
	// unseen is the first document that the client would ask for and nobody has.
	unseen string

	challenge map[string]string // parameters of the Bearer challenge

	resource         map[string]any
	resourceURL      string
	resourceAnswer   Answer
	resourceRedirect string // the URL that redirected, if one did

	issuer         string // whom it expects
	server         map[string]any
	serverURL      string
	serverAnswer   Answer
	serverRedirect string

	registrationAnswer Answer
	registration       map[string]any
}

func newView(c *Client, f *Facts, look see) *view {
	return &view{client: c, facts: f, see: look}
}

// typed is the URL of the MCP server as the client has it from its user.
func (v *view) typed() string {
	if v.client.Discovery.AddsSlash {
		return withSlash(v.facts.MCPServer)
	}
	return v.facts.MCPServer
}

func (v *view) token() map[string]any { return v.facts.Login.Token.object() }

// discover goes from the challenge to the authorization server's metadata. It
// returns why the client goes no further, nil if it does.
func (v *view) discover() *Verdict {
	if a := v.facts.Challenge; a != nil {
		if a.Status != http.StatusUnauthorized {
			return &Verdict{
				Step: StepChallenge, Why: fmt.Sprintf("the MCP server answers %d %s", a.Status, http.StatusText(a.Status)) + " without a token, where it must answer 401",
				Change: "Let the MCP server answer 401 with WWW-Authenticate: Bearer resource_metadata=… to a request without a token.",
			}
		}
		v.challenge = bearer(a.Header)
	}
	if stop := v.findResource(); stop != nil {
		return stop
	}
	return v.findServer()
}

// bearer returns the parameters of the Bearer challenge; nil if there is none.
func bearer(h http.Header) map[string]string {
	challenges, err := oauthex.ParseWWWAuthenticate(h.Values("WWW-Authenticate"))
	if err != nil {
		return nil
	}
	for _, c := range challenges {
		if strings.EqualFold(c.Scheme, "Bearer") {
			return c.Params
		}
	}
	return nil
}

func (v *view) findResource() *Verdict {
	urls := places(v.client.Discovery.Resource, v.facts.MCPServer, v.challenge["resource_metadata"])
	found, stop := v.first(StepResource, urls)
	if stop != nil {
		return stop
	}
	if found == nil {
		return v.withoutResource(urls)
	}
	v.resource, v.resourceURL, v.resourceAnswer, v.resourceRedirect = found.object, found.url, found.answer, found.redirect
	if stop := v.failed(StepResource); stop != nil {
		return stop
	}
	servers := list(v.resource, "authorization_servers")
	if len(servers) == 0 {
		return &Verdict{
			Step: StepResource, Why: "the protected resource metadata names no authorization server",
			Change: "Add authorization_servers to " + v.resourceURL + " (RFC 9728 §2).",
		}
	}
	v.issuer = servers[0] // every client of the table takes the first
	return nil
}

// withoutResource is MCP 2025-03-26: the MCP server's origin is the issuer.
func (v *view) withoutResource(asked []string) *Verdict {
	u, err := url.Parse(v.facts.MCPServer)
	if v.client.Discovery.Origin && err == nil {
		v.issuer = u.Scheme + "://" + u.Host
		return nil
	}
	return &Verdict{
		Step: StepResource, Why: "there is no protected resource metadata at " + strings.Join(asked, ", "),
		Change: "Serve protected resource metadata (RFC 9728) and name it in the challenge: WWW-Authenticate: Bearer resource_metadata=….",
	}
}

func (v *view) findServer() *Verdict {
	urls := places(v.client.Discovery.Server, v.issuer, "")
	found, stop := v.first(StepServer, urls)
	if stop != nil {
		return stop
	}
	if found == nil {
		return &Verdict{
			Step: StepServer, Why: "there is no authorization server metadata at " + strings.Join(urls, ", "),
			Change: "Serve the metadata of " + v.issuer + " at one of these URLs (RFC 8414 §3).",
		}
	}
	v.server, v.serverURL, v.serverAnswer, v.serverRedirect = found.object, found.url, found.answer, found.redirect
	if stop := v.failed(StepServer); stop != nil {
		return stop
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint"} {
		if text(v.server, name) == "" {
			return &Verdict{Step: StepServer, Why: "the metadata has no " + name, Change: "Add " + name + " to " + v.serverURL + "."}
		}
	}
	return nil
}
