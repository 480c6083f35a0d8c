package main

// What to do when connect fails.

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/symbolon-auth/symbolon/internal/client"
)

// explain adds to an error what to do next. login says how far connect came.
func explain(err error, login client.Login) error {
	if err == nil {
		return nil
	}
	if advice := adviceFor(err, login); advice != "" {
		return fmt.Errorf("%w\n%s", err, wrap(advice, maxWidth, ""))
	}
	return err
}

func adviceFor(err error, login client.Login) string {
	if refused, ok := errors.AsType[*client.RefusedToken](err); ok {
		return adviceForToken(refused.Challenge)
	}
	if other, ok := errors.AsType[*client.OtherResource](err); ok {
		return fmt.Sprintf("Clients must be given the URL that the document names; only a slash at its end makes no difference. "+
			"If %s is the right one, the document must name it: with Symbolon, that is url in symbolon.yaml.", other.Asked)
	}
	if errors.Is(err, client.ErrNoRegistration) {
		return "Then: symbolon connect --client-id ID. The redirect URI to register is http://127.0.0.1/callback; its port varies."
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("There is no address for %s: is the name right, and does this machine reach the network?", dns.Name)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Nothing answers there: is the server running, and is the port right?"
	case strings.HasPrefix(err.Error(), client.StepResource):
		return "MCP clients learn where to log in from this document (RFC 9728). The MCP server names its URL in the 401, as " +
			`WWW-Authenticate: Bearer resource_metadata="…", or serves it under a well-known URL. Symbolon publishes it as ` +
			"{base_url}/resources/{res_id}/.well-known/oauth-protected-resource."
	case strings.HasPrefix(err.Error(), client.StepServer):
		return "The MCP server sends clients to this authorization server (authorization_servers in its metadata): " +
			"is that the right issuer, byte by byte, and can it be reached from here?"
	case login.Discovery.Server.Issuer == "":
		return "" // the MCP server's first answer; the error says it all
	case login.Tokens.AccessToken != "":
		return "The login worked; this is the MCP server's own answer."
	}
	return adviceForLogin(err)
}

// adviceForLogin is for what happened after discovery.
func adviceForLogin(err error) string {
	refusal, ok := errors.AsType[*client.Refusal](err)
	if !ok {
		return "If the browser shows an error id, the server's operator finds the cause with: symbolon attempts show err_… " +
			"If no page opened, open the URL above in a browser on this machine."
	}
	switch refusal.Code {
	case "access_denied":
		return "The user, or the company's login, said no. The server's operator sees why with: symbolon attempts list"
	case "invalid_scope":
		return "Ask for scopes that the authorization server knows with --scope, or for none."
	case "invalid_client", "unauthorized_client":
		return "Is --client-id the id of a public client that this authorization server knows?"
	}
	return "The server's operator sees what happened with: symbolon attempts list, then symbolon attempts show req_…"
}

func adviceForToken(c client.Challenge) string {
	switch {
	case c.Code == "insufficient_scope" && c.Scope != "":
		return fmt.Sprintf("The token lacks a scope. Log in with it: --scope %q", c.Scope)
	case c.Status == 401:
		return "The MCP server does not accept the token. It must expect the issuer, the audience and the keys that --show-token shows."
	}
	return "The MCP server refuses this token for this call."
}
