// Discovery: from the URL of an MCP server to the authorization server that it trusts.
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// The steps of discovery, as they are named in traces and at the beginning of errors.
const (
	StepProbe    = "MCP server without a token"
	StepResource = "protected resource metadata"
	StepServer   = "authorization server metadata"
)

// Discovery is everything that a login needs to know before it begins.
type Discovery struct {
	// MCPServer is the URL discovery started from.
	MCPServer string
	// ChallengedScope is the scope of the 401, empty if it named none.
	ChallengedScope string
	// Resource is what the MCP server says of itself, Server what its authorization server does.
	Resource oauth.ProtectedResource
	Server   oauth.Metadata
}

// Scope is what to ask for: the challenge's scope, else all that the MCP server lists, else nothing
// (MCP 2025-11-25, scope selection strategy).
func (d Discovery) Scope() string {
	if d.ChallengedScope != "" {
		return d.ChallengedScope
	}
	return strings.Join(d.Resource.ScopesSupported, " ")
}

// Discover asks an MCP server without a token and follows what it says.
func (c *Client) Discover(ctx context.Context, mcpURL string) (Discovery, error) {
	server, err := url.Parse(mcpURL)
	if err != nil {
		return Discovery{}, fmt.Errorf("the MCP server's URL: %w", err)
	}
	challenge, err := c.probe(ctx, server)
	if err != nil {
		return Discovery{}, err
	}
	d := Discovery{MCPServer: mcpURL, ChallengedScope: challenge["scope"]}
	if d.Resource, err = c.protectedResource(ctx, server, challenge["resource_metadata"]); err != nil {
		return Discovery{}, err
	}
	if len(d.Resource.AuthorizationServers) == 0 {
		return Discovery{}, errors.New("the MCP server's metadata names no authorization server (RFC 9728 §2: authorization_servers)")
	}
	d.Server, err = c.AuthorizationServer(ctx, d.Resource.AuthorizationServers[0])
	return d, err
}

// probe sends the MCP server a request without a token; the 401 says where to go.
func (c *Client) probe(ctx context.Context, server *url.URL) (map[string]string, error) {
	body := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	var params map[string]string
	err = c.do(StepProbe, req, func(a answer) (string, error) {
		if a.Status >= 200 && a.Status < 300 {
			return "", fmt.Errorf("%s answers without a token: there is nothing to log in to", showURL(server))
		}
		if a.Status != http.StatusUnauthorized {
			return "", fmt.Errorf("%s answers HTTP %d where an MCP server answers 401; is this the URL that MCP clients connect to?", showURL(server), a.Status)
		}
		params = bearerChallenge(a.Header)
		if params["resource_metadata"] == "" {
			return "no resource_metadata in WWW-Authenticate; trying the well-known URLs", nil
		}
		return "WWW-Authenticate names the metadata", nil
	})
	return params, err
}

// bearerChallenge returns the parameters of the Bearer challenge, nil if there is none. A header that does not
// parse counts as none: the well-known URLs still lead on.
func bearerChallenge(h http.Header) map[string]string {
	challenges, err := oauthex.ParseWWWAuthenticate(h.Values("WWW-Authenticate"))
	if err != nil {
		return nil
	}
	for _, ch := range challenges {
		if strings.EqualFold(ch.Scheme, "Bearer") {
			return ch.Params
		}
	}
	return nil
}

// An OtherResource error is metadata of another URL than the one that was asked.
type OtherResource struct{ Named, Asked string }

func (e *OtherResource) Error() string {
	return fmt.Sprintf("it is about the resource %q, not %q (RFC 9728 §3.3)", e.Named, e.Asked)
}

// protectedResource fetches the metadata from where the challenge said, else from the path's well-known URL,
// else from the root's (RFC 9728 §3.1, MCP 2025-11-25).
func (c *Client) protectedResource(ctx context.Context, server *url.URL, named string) (oauth.ProtectedResource, error) {
	candidates := []string{named}
	if named == "" {
		candidates = wellKnown(server, "oauth-protected-resource")
	}
	var doc oauth.ProtectedResource
	_, err := c.firstOf(ctx, StepResource, candidates, &doc, func(string) (string, error) {
		if !sameResource(doc.Resource, server.String()) {
			return "", &OtherResource{Named: doc.Resource, Asked: server.String()}
		}
		return "authorization server " + strings.Join(doc.AuthorizationServers, ", "), nil
	})
	return doc, err
}

// AuthorizationServer fetches and checks the metadata of an issuer.
func (c *Client) AuthorizationServer(ctx context.Context, issuer string) (oauth.Metadata, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return oauth.Metadata{}, fmt.Errorf("the issuer: %w", err)
	}
	candidates := []string{inserted(u, "oauth-authorization-server"), inserted(u, "openid-configuration")}
	if strings.Trim(u.Path, "/") != "" {
		candidates = append(candidates, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	}
	var doc oauth.Metadata
	_, err = c.firstOf(ctx, StepServer, candidates, &doc, func(string) (string, error) {
		return "issuer matches, PKCE S256", checkMetadata(doc, issuer)
	})
	return doc, err
}

// checkMetadata is what a client must refuse: another issuer's document (RFC 8414 §3.3, compared byte by byte) and a
// server that does not say it does PKCE (MCP 2025-11-25).
func checkMetadata(s oauth.Metadata, issuer string) error {
	switch {
	case s.Issuer != issuer:
		return fmt.Errorf("its issuer is %q, expected exactly %q (RFC 8414 §3.3)", s.Issuer, issuer)
	case !slices.Contains(s.CodeChallengeMethodsSupported, "S256"):
		return errors.New("code_challenge_methods_supported does not list S256: MCP clients refuse this server")
	}
	for name, endpoint := range map[string]string{"authorization_endpoint": s.AuthorizationEndpoint, "token_endpoint": s.TokenEndpoint} {
		u, err := url.Parse(endpoint)
		if err != nil {
			return fmt.Errorf("%s is not a URL", name)
		}
		if err := secureURL(u); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// firstOf fetches candidates until one is there. A 4xx means "not here" and leads to the next one; anything
// else ends the search, as it does in MCP clients: a 500 must not send a login to another document.
func (c *Client) firstOf(ctx context.Context, step string, candidates []string, into any, check func(string) (string, error)) (string, error) {
	var tried []string
	for _, target := range candidates {
		req, err := getRequest(ctx, target)
		if err != nil {
			return "", err
		}
		missing := false
		err = c.do(step, req, func(a answer) (string, error) {
			if a.Status >= 400 && a.Status < 500 {
				missing = true
				tried = append(tried, fmt.Sprintf("%s (HTTP %d)", target, a.Status))
				return "not here", nil
			}
			if err := a.decode(step, into); err != nil {
				return "", err
			}
			return check(target)
		})
		if err != nil {
			return "", fmt.Errorf("%w, from %s", err, target)
		}
		if !missing {
			return target, nil
		}
	}
	return "", fmt.Errorf("%s: not found at %s", step, strings.Join(tried, ", "))
}
