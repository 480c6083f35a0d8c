package authorize

import (
	"context"
	"errors"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// checks is what an authorization request must satisfy, in order. A refusal of
// the first two is shown to the user and never redirected (RFC 6749 §4.1.2.1);
// from the third on there is a proven redirect URI, and the client is told.
var checks = []func(context.Context, *Handler, *pending) *oauth.Error{
	checkClient,
	checkRedirectURI,
	checkState,
	checkRequestObject,
	checkResponseType,
	checkResponseMode,
	checkChallenge,
	checkResource,
	checkServer,
	checkClientForServer,
	checkScope,
	checkPrompt,
}

const maxState = 1 << 10 // bytes; it travels in the cookie

// checkClient finds the client. Which way it is known does not matter from here on.
func checkClient(ctx context.Context, h *Handler, p *pending) *oauth.Error {
	id := p.params.Get("client_id")
	if id == "" {
		return oauth.E(oauth.InvalidRequest, "client_id_missing", "The parameter client_id is missing.")
	}
	client, err := h.Clients.Client(ctx, p.snap, id)
	if err != nil {
		return asOAuth(err)
	}
	if client.Disabled {
		return oauth.E(oauth.InvalidClient, "client_disabled", "This client is disabled.").WithStatus(http.StatusBadRequest)
	}
	p.client = client
	return nil
}

// checkRedirectURI: exact match, but for the port on loopback (RFC 9700 §4.1.3,
// RFC 8252 §7.3). The URI is required even if only one is registered.
func checkRedirectURI(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	requested := p.params.Get("redirect_uri")
	if requested == "" {
		return oauth.E(oauth.InvalidRequest, "redirect_uri_missing", "The parameter redirect_uri is missing.")
	}
	redirect, err := p.client.Match(requested)
	if err != nil {
		return asOAuth(err)
	}
	p.redirect = redirect
	return nil
}

// checkState keeps the client's state, to be returned byte for byte.
func checkState(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	state := p.params.Get("state")
	if len(state) > maxState {
		return oauth.E(oauth.InvalidRequest, "state_too_long", "The parameter state is longer than 1024 bytes.")
	}
	p.appState = state
	return nil
}

// checkRequestObject: a request that hides its parameters elsewhere (RFC 9101)
// must not be read as if it did not.
func checkRequestObject(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	if p.params.Has("request") || p.params.Has("request_uri") {
		return oauth.E("request_not_supported", "request_unsupported", "Request objects are not supported: send plain parameters.")
	}
	return nil
}

func checkResponseType(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	switch p.params.Get("response_type") {
	case oauth.ResponseTypeCode:
		return nil
	case "":
		return oauth.E(oauth.InvalidRequest, "response_type_missing", "The parameter response_type is missing.")
	}
	return oauth.E(oauth.UnsupportedResponseType, "response_type_unsupported", "The only response_type is code.")
}

func checkResponseMode(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	if mode := p.params.Get("response_mode"); mode != "" && mode != "query" {
		return oauth.E(oauth.InvalidRequest, "response_mode_unsupported", "The only response_mode is query.")
	}
	return nil
}

// checkChallenge: PKCE with S256, from every client (OAuth 2.1 §7.5.1).
func checkChallenge(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	challenge, refusal := oauth.ParseChallenge(p.params.Get("code_challenge"), p.params.Get("code_challenge_method"))
	if refusal != nil {
		return refusal
	}
	p.challenge = challenge
	return nil
}

// checkResource decides which MCP server the tokens are for (RFC 8707 §2.1): the
// one that resource names, else the issuer's own, else the only one there is.
func checkResource(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	requested := p.params.All("resource")
	if len(requested) == 0 {
		return defaultResource(p)
	}
	for _, resource := range requested {
		server, ok := p.snap.Resolve(resource)
		if !ok {
			return oauth.E(oauth.InvalidTarget, "resource_unknown", "The resource is not the URL of an MCP server known here.")
		}
		if p.server != nil && p.server.ID != server.ID {
			return oauth.E(oauth.InvalidTarget, "resource_ambiguous", "A token is for one MCP server: send one resource.")
		}
		address, _ := server.Address(resource)
		if p.server != nil && p.organization != address.Organization {
			return oauth.E(oauth.InvalidTarget, "resource_ambiguous", "These resources belong to different organizations: send one.")
		}
		p.server, p.organization = server, address.Organization
	}
	if p.issuer.server != nil && p.issuer.server.ID != p.server.ID {
		return oauth.E(oauth.InvalidTarget, "resource_other_server", "The resource belongs to another issuer than the one called.")
	}
	p.resource = requested[0]
	return nil
}

func defaultResource(p *pending) *oauth.Error {
	if p.issuer.server != nil {
		p.server = p.issuer.server
		return nil
	}
	// A registration at an MCP server's issuer says which one is meant.
	if len(p.client.MCPServers) == 1 {
		if server, ok := p.snap.MCPServer(p.client.MCPServers[0]); ok {
			p.server = server
			return nil
		}
	}
	server, ok := p.snap.Only()
	if !ok {
		return oauth.E(oauth.InvalidTarget, "resource_ambiguous",
			"There are several MCP servers here: name one with the parameter resource, or use its own issuer.")
	}
	p.server = server
	return nil
}

func checkServer(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	if p.server.Disabled {
		return oauth.E(oauth.AccessDenied, "server_disabled", "This MCP server is switched off.")
	}
	connection, ok := p.snap.Connection(p.server.Connection)
	if !ok || connection.Disabled {
		return oauth.E(oauth.AccessDenied, "connection_disabled", "The login of this MCP server is switched off.")
	}
	p.connection = connection
	return nil
}

// checkScope: unknown scopes are ignored, since clients guess; once one known
// scope is asked, never more than asked; with none known, the defaults.
func checkScope(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	requested, err := oauth.ParseScope(p.params.Get("scope"))
	if err != nil {
		return asOAuth(err)
	}
	p.scopes = p.server.Grantable(requested, p.client.Scopes)
	return nil
}

// checkPrompt: nobody is ever signed in here, so prompt=none cannot be satisfied.
// Other values are accepted: what they ask for happens anyway.
func checkPrompt(_ context.Context, _ *Handler, p *pending) *oauth.Error {
	prompt, _ := oauth.ParseScope(p.params.Get("prompt"))
	if prompt.Contains("none") {
		return oauth.E(oauth.LoginRequired, "prompt_none", "The user must sign in: do not send prompt=none.")
	}
	return nil
}

// asOAuth keeps an *oauth.Error and hides anything else.
func asOAuth(err error) *oauth.Error {
	if e, ok := errors.AsType[*oauth.Error](err); ok {
		return e
	}
	return internalError(err)
}

func internalError(err error) *oauth.Error {
	return oauth.E(oauth.ServerError, "internal", "Something went wrong here. Try again.").With(err)
}

func unavailable(reason string, err error) *oauth.Error {
	return oauth.E(oauth.TemporarilyUnavailable, reason, "Try again in a moment.").With(err)
}
