package main

// symbolon connect: an MCP client in the terminal, to see a login as clients see it.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/client"
)

type connectOptions struct {
	mcpURL              string
	scope, clientID     string
	tool, args          string
	printURL, showToken bool
	timeout             time.Duration

	arguments map[string]any
	// open shows a URL to the user.
	open func(ctx context.Context, authorizationURL string) error
}

func newConnectCommand() *cobra.Command {
	o := connectOptions{open: client.OpenBrowser}
	cmd := &cobra.Command{
		Use:   "connect MCP-URL",
		Short: "Log in to an MCP server in the browser and call a tool",
		Long: `Connect does what an MCP client does: it asks the MCP server where to log in,
registers, opens the browser, waits for it to come back, and calls the MCP server
with the token. Every request is shown, so that a login that does not work shows
where it stops.

Without --tool it calls the first tool that only reads, as the MCP server says,
and that needs no arguments.`,
		Example: `  symbolon connect http://127.0.0.1:3012/mcp
  symbolon connect https://mcp.example.com/mcp --tool add_todo --args '{"title":"Milk"}' --scope todo:write`,
		Args: oneArgument,
	}
	f := cmd.Flags()
	f.StringVar(&o.scope, "scope", "", "`scopes` to ask for, separated by spaces (default: what the MCP server suggests)")
	f.StringVar(&o.clientID, "client-id", "", "`id` of a public client registered for http://127.0.0.1/callback (default: register one)")
	f.StringVar(&o.tool, "tool", "", "`name` of the tool to call")
	f.StringVar(&o.args, "args", "", "the tool's arguments, a `JSON` object")
	f.BoolVar(&o.printURL, "print-url", false, "print the login URL instead of opening a browser")
	f.BoolVar(&o.showToken, "show-token", false, "verify the access token and show what is in it, without its signature")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "how long to wait for the browser")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.mcpURL = args[0]
		if err := o.check(); err != nil {
			return err
		}
		if o.printURL {
			o.open = nil
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return connect(ctx, terminalOf(cmd.OutOrStdout()), o)
	}
	return cmd
}

func (o *connectOptions) check() error {
	u, err := url.Parse(o.mcpURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usageError{fmt.Sprintf("%q is not the URL of an MCP server; write it whole, such as http://127.0.0.1:3012/mcp", o.mcpURL)}
	}
	if o.args == "" {
		return nil
	}
	if o.tool == "" {
		return usageError{"--args: for which tool? Name it with --tool"}
	}
	if err := json.Unmarshal([]byte(o.args), &o.arguments); err != nil || o.arguments == nil {
		return usageError{`--args: must be a JSON object, such as '{"title":"Milk"}'`}
	}
	return nil
}

func connect(ctx context.Context, out terminal, o connectOptions) error {
	c := client.New(client.Options{Trace: func(s client.Step) { printStep(out, s) }})
	fmt.Fprintf(out, "%s\n", out.paint(bold, "Connecting to "+o.mcpURL))
	login, err := o.login(ctx, out, c)
	if err != nil {
		return explain(err, login)
	}
	fmt.Fprintf(out, "\n%s\n", out.paint(bold, "Signed in"))
	if o.showToken {
		if err := showToken(ctx, out, c, login); err != nil {
			return err
		}
	}
	session, err := c.OpenSession(ctx, o.mcpURL, login.Tokens.AccessToken)
	if err != nil {
		return explain(err, login)
	}
	err = o.useTools(ctx, out, session)
	return errors.Join(explain(session.Explain(err), login), session.Close())
}

func (o connectOptions) login(ctx context.Context, out terminal, c *client.Client) (client.Login, error) {
	d, err := c.Discover(ctx, o.mcpURL)
	if err != nil {
		return client.Login{}, err
	}
	options := client.LoginOptions{Scope: o.scope, Open: o.show(out)}
	if o.clientID != "" {
		options.Registration = &client.Registration{ClientID: o.clientID}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("the login took longer than %s", o.timeout))
	defer cancel()
	login, err := c.LoginAt(ctx, d, options)
	login.Discovery = d
	return login, err
}

// show opens the browser and prints the URL for whoever has none here. A browser
// that cannot be started is not the end: the URL can be opened by hand.
func (o connectOptions) show(out terminal) func(context.Context, string) error {
	return func(ctx context.Context, authorizationURL string) error {
		if o.open == nil {
			fmt.Fprintf(out, "\nOpen this in a browser on this machine:\n\n%s\n\n", authorizationURL)
			return nil
		}
		fmt.Fprintf(out, "\nOpening your browser. If nothing opens, open this yourself:\n\n%s\n\n", authorizationURL)
		if err := o.open(ctx, authorizationURL); err != nil {
			fmt.Fprintf(out, "%s\n\n", out.paint(yellow, "No browser could be opened: "+err.Error()))
		}
		return nil
	}
}

// printStep is one request of the client. A session's requests are interesting only
// when they are refused.
func printStep(out terminal, s client.Step) {
	call, session := rpcCall(s)
	if session && s.Err == nil && (s.Status < 400 || olderProtocol(call, s.Status)) {
		return
	}
	mark := out.paint(green, "✓")
	if s.Err != nil || session {
		mark = out.paint(red, "✗")
	}
	status := "   " // no answer
	if s.Status != 0 {
		status = strconv.Itoa(s.Status)
	}
	line := fmt.Sprintf("  %s %s  %-32s %s", mark, status, s.Name, out.paint(dim, s.Note))
	fmt.Fprintln(out, strings.TrimRight(line, " "))
}

// showToken verifies first: what is shown is what the MCP server may believe.
func showToken(ctx context.Context, out terminal, c *client.Client, login client.Login) error {
	token, err := c.VerifyAccessToken(ctx, login.Discovery, login.Tokens.AccessToken, "")
	if err != nil {
		// Other authorization servers may give opaque tokens; the MCP server decides.
		_, err = fmt.Fprintf(out, "  %s\n", out.paint(yellow, "The token is not shown: "+err.Error()))
		return err
	}
	return printToken(out, token)
}
