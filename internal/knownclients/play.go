// Playing a client against a real server.
package knownclients

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Target is the server that clients are played against.
type Target struct {
	// MCPServer is the URL of the MCP server as a user would type it.
	MCPServer string
	// Transport carries the client's requests. nil is http.DefaultTransport.
	Transport http.RoundTripper
	// Browse shows an authorization URL to somebody who signs in and allows, and
	// returns the query of the redirect to redirectURI.
	Browse func(ctx context.Context, authorizationURL, redirectURI string) (url.Values, error)
	// Document is the URL of a document that the server can read, for SDKs: their
	// applications bring one. "" is an application without one.
	Document string
	// Sign makes a client assertion (RFC 7523 §3) of a client for the audience, with
	// the key that the server knows for it. nil: clients that sign cannot be played.
	Sign func(clientID, audience string) (string, error)
}

// Result is a login that went to its end.
type Result struct {
	Way      Way
	Requests []string // what it asked, in order: method and URL, without query
	Facts    Facts
}

// Play logs in as the client does, calls the MCP server with the token, and
// refreshes. A *Verdict as the error says where the client stops and why; any other
// error is not the client's.
func Play(ctx context.Context, c Client, t Target) (Result, error) {
	p := newPlayer(ctx, &c, t)
	stop, err := p.login()
	p.result.Facts = *p.facts
	if err != nil {
		return p.result, fmt.Errorf("%s: %w", c.Name, err)
	}
	if stop != nil {
		stop.Client, stop.Way = c.Name, p.result.Way
		return p.result, stop
	}
	return p.result, nil
}

// player is one login of one client.
type player struct {
	*view
	ctx    context.Context
	target Target
	http   *http.Client
	result Result
	err    error // of a request of discovery, where none can be returned

	fill        func(string) string // replaces {port} and {server}
	clientID    string
	secret      string
	auth        Auth
	method      string // with AuthAsRegistered
	redirectURI string
	scope       string
	verifier    string
}

func (p *player) login() (*Verdict, error) {
	for _, step := range []func() (*Verdict, error){
		p.challengeStep, p.discoverStep, p.registerStep, p.authorizeStep, p.tokenStep, p.callStep, p.refreshStep,
	} {
		if stop, err := step(); stop != nil || err != nil {
			return stop, err
		}
	}
	return nil, nil
}

func (p *player) challengeStep() (*Verdict, error) {
	a, err := p.call("")
	p.facts.Challenge = &a
	return nil, err
}

func (p *player) discoverStep() (*Verdict, error) {
	stop := p.discover()
	return stop, p.err
}

func (p *player) registerStep() (*Verdict, error) {
	p.scope = p.chooseScope()
	chosen, stop := p.choose()
	if stop != nil {
		return stop, nil
	}
	p.result.Way = chosen.way
	p.redirectURI = p.fill(p.client.RedirectURI)
	switch chosen.way {
	case WayCIMD:
		return nil, p.useDocument(chosen.document)
	case WayDCR:
		return p.registerItself()
	default:
		return nil, errors.New("nothing is offered but typing a client id, and there is nobody to type")
	}
}

func (p *player) useDocument(d *Document) error {
	p.clientID, p.auth = d.ClientID, d.Auth
	if d.ClientID == applicationDocument {
		p.clientID = p.target.Document
	}
	if d.RedirectURI != "" {
		p.redirectURI = p.fill(d.RedirectURI)
	}
	if d.Auth == AuthPrivateKeyJWT && p.target.Sign == nil {
		return errors.New("it signs its token requests, and there is no key to sign with")
	}
	return nil
}

func (p *player) registerItself() (*Verdict, error) {
	body, err := p.registrationBody()
	if err != nil {
		return nil, err
	}
	a, err := p.post(text(p.server, "registration_endpoint"), "application/json", body, nil)
	if err != nil {
		return nil, err
	}
	p.facts.Registrations = map[string]Answer{p.client.ID: a}
	if stop := p.registered(a); stop != nil {
		return stop, nil
	}
	p.clientID, p.secret = text(p.registration, "client_id"), text(p.registration, "client_secret")
	p.auth, p.method = p.client.Registration.DCR.Auth, text(p.registration, "token_endpoint_auth_method")
	return nil, nil
}
