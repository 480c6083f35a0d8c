// A whole login, from an MCP server's URL to tokens.
package client

import (
	"context"
	"errors"
	"fmt"
)

// LoginOptions say who logs in and how.
type LoginOptions struct {
	// Open shows the authorization URL to the user: OpenBrowser, a function that prints it, or Robot.Login.
	// It may return at once or when the browser is done; an error ends the login. Required.
	Open func(ctx context.Context, authorizationURL string) error
	// Registration is a client registered beforehand. nil registers one (RFC 7591). A registered redirect URI
	// must be http://127.0.0.1/callback: the port varies (RFC 8252 §7.3).
	Registration *Registration
	// Scope overrides what the MCP server's challenge and metadata suggest.
	Scope string
	// Prompt and LoginHint are passed on.
	Prompt, LoginHint string
}

// Login is a finished login: everything that calls, refreshes and revokes need.
type Login struct {
	Discovery    Discovery
	Registration Registration
	Tokens       Tokens
}

// Login performs a login at the MCP server's authorization server.
func (c *Client) Login(ctx context.Context, mcpURL string, o LoginOptions) (Login, error) {
	if o.Open == nil {
		return Login{}, errors.New("client: LoginOptions.Open is required")
	}
	d, err := c.Discover(ctx, mcpURL)
	if err != nil {
		return Login{}, err
	}
	return c.LoginAt(ctx, d, o)
}

// LoginAt is Login where discovery is done: a step-up, or a second account.
func (c *Client) LoginAt(ctx context.Context, d Discovery, o LoginOptions) (Login, error) {
	loopback, err := ListenLoopback(ctx)
	if err != nil {
		return Login{}, err
	}
	defer loopback.Close()
	login := Login{Discovery: d}
	if o.Registration != nil {
		login.Registration = *o.Registration
	} else if login.Registration, err = c.Register(ctx, d.Server, loopback.RedirectURI()); err != nil {
		return Login{}, err
	}
	if o.Scope == "" {
		o.Scope = d.Scope()
	}
	a, err := c.Begin(d, login.Registration, loopback.RedirectURI(), AuthorizeOptions{Scope: o.Scope, Prompt: o.Prompt, LoginHint: o.LoginHint})
	if err != nil {
		return Login{}, err
	}
	code, err := c.browse(ctx, loopback, a, o.Open)
	if err != nil {
		return Login{}, err
	}
	login.Tokens, err = c.Exchange(ctx, a, code)
	return login, err
}

// browse opens the browser and waits for its return, whichever fails first ends both.
func (c *Client) browse(ctx context.Context, loopback *Loopback, a *Authorization, open func(context.Context, string) error) (Secret, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := open(ctx, a.URL); err != nil {
			cancel(fmt.Errorf("in the browser: %w", err))
		}
	}()
	code, err := loopback.Wait(ctx, a)
	if err != nil {
		cancel(nil)
	}
	<-done // a robot may still be reading the last page
	return code, err
}
