package main

// symbolon doctor: examine any MCP server and its authorization server from outside.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/client"
	"github.com/symbolon-auth/symbolon/internal/doctor"
)

type doctorOptions struct {
	doctor.Options
	config           string
	login            bool
	printURL, asJSON bool
	verbose          bool
	openBrowser      func(ctx context.Context, authorizationURL string) error
}

func newDoctorCommand() *cobra.Command {
	o := doctorOptions{openBrowser: client.OpenBrowser}
	cmd := &cobra.Command{
		Use:   "doctor MCP-URL|ISSUER|CODE",
		Short: "Find out why MCP clients cannot connect to a server, whoever made it",
		Long: `Doctor asks a server what MCP clients ask and says what is wrong with the
answers, which of the known clients connect, and which line to change for the
others. It works on every vendor's server: give the URL of an MCP server, or the
issuer of an authorization server.

It changes nothing on the server unless told to: --register registers clients,
--login registers one and logs in with it in the browser, then reads the token as
the MCP server would. With --config it also looks inside a Symbolon of yours.

It sends at most 60 requests, follows no redirect, and connects to private
addresses only if the URL that you give is at one. Every finding has a code, which
"symbolon doctor CODE" explains, as does docs/doctor. The exit code is 0 if nothing
stops a client, 1 if something does, 2 if the command was not understood.`,
		Example: `  symbolon doctor https://mcp.example.com/mcp
  symbolon doctor https://mcp.example.com/mcp --login
  symbolon doctor http://127.0.0.1:3012/mcp --config symbolon.yaml
  symbolon doctor https://auth.example.com --json
  symbolon doctor D304`,
		Args: oneArgument,
	}
	f := cmd.Flags()
	f.BoolVar(&o.Register, "register", false, "register clients on the server, as each known client would")
	f.BoolVar(&o.login, "login", false, "log in once in the browser and examine the token")
	f.BoolVar(&o.printURL, "print-url", false, "print the login URL instead of opening a browser")
	f.DurationVar(&o.LoginTimeout, "timeout", 10*time.Minute, "how long to wait for the browser")
	f.StringVar(&o.config, "config", "", "configuration `file` of this server, to look inside")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also say why each client connects, and what was good")
	f.BoolVar(&o.asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.Target = args[0]
		if d, ok := doctor.Lookup(doctor.Code(strings.ToUpper(o.Target))); ok {
			return writeDefinition(terminalOf(cmd.OutOrStdout()), d)
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		cmd.SetContext(ctx)
		if o.login {
			o.Open = o.show(cmd)
		}
		if o.config == "" {
			return o.examine(ctx, cmd)
		}
		return o.examineOwn(cmd)
	}
	return cmd
}

// examine runs the examination and prints it. What stops clients is an error, for the
// exit code.
func (o *doctorOptions) examine(ctx context.Context, cmd *cobra.Command) error {
	report, err := doctor.Examine(ctx, o.Options)
	if errors.Is(err, doctor.ErrTarget) {
		return usageError{err.Error()}
	}
	if err != nil {
		return err
	}
	if o.asJSON {
		err = printJSON(cmd.OutOrStdout(), report)
	} else {
		err = writeReport(terminalOf(cmd.OutOrStdout()), report, o.verbose)
	}
	if err == nil && !report.Healthy() {
		return errors.New(summary(report))
	}
	return err
}

// summary is what a script's log shows of a server that is not well.
func summary(r doctor.Report) string {
	stops, refused := 0, 0
	for _, f := range r.Findings() {
		if f.Severity == doctor.Stop {
			stops++
		}
	}
	for _, c := range r.Clients {
		if !c.Connects && !c.Unknown {
			refused++
		}
	}
	words := fmt.Sprintf("findings that stop clients: %d", stops)
	if len(r.Clients) > 0 {
		words += fmt.Sprintf("; known clients that do not connect: %d of %d", refused, len(r.Clients))
	}
	return words
}

// show opens the authorization URL. Notes go where they do not disturb the report.
func (o *doctorOptions) show(cmd *cobra.Command) func(context.Context, string) error {
	return func(ctx context.Context, authorizationURL string) error {
		notes := cmd.ErrOrStderr()
		fmt.Fprintf(notes, "\nLog in here, in a browser on this machine:\n\n%s\n\n", authorizationURL)
		if o.printURL {
			return nil
		}
		if err := o.openBrowser(ctx, authorizationURL); err != nil {
			fmt.Fprintf(notes, "No browser could be opened: %v\n\n", err)
		}
		return nil
	}
}
