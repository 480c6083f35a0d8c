package main

// symbolon demo: Symbolon, a company's app and an MCP server on one terminal.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// demoOptions are the flags of the demo.
type demoOptions struct {
	auto                     bool
	ports                    demoPorts
	baseURL, acmeURL, mcpURL string
	database                 string
	program                  string // how this program was called, for commands to copy
}

func newDemoCommand() *cobra.Command {
	o := demoOptions{program: programName(), ports: demoPorts{
		symbolon: demoPort{server: "Symbolon", flag: "port", number: 3010},
		acme:     demoPort{server: "Acme", flag: "acme-port", number: 3011},
		mcp:      demoPort{server: "the MCP server", flag: "mcp-port", number: 3012},
	}}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run Symbolon, a company's app and an MCP server to try",
		Long: `Demo runs three servers on this machine: Symbolon, Acme (a company's app with
users and a login of its own) and Acme's MCP server. It prints how to connect an
MCP client, and every login attempt as it happens. The database is thrown away at
the end, unless --database names one.

With --auto a robot does everything by itself: it connects, signs in, calls a
tool, asks for more permissions, refreshes, and then breaks a login on purpose to
show the diagnosis.

To connect clients that do not run on this machine, let a tunnel lead to Symbolon
and to the MCP server, and name their public addresses.`,
		Example: `  symbolon demo
  symbolon demo --auto
  symbolon demo --base-url https://auth.example.com --mcp-url https://todo.example.com/mcp`,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.BoolVar(&o.auto, "auto", false, "let a robot do everything, then end")
	for _, p := range o.ports.all() {
		f.IntVar(&p.number, p.flag, p.number, "`port` of "+p.server+" on 127.0.0.1; 0 is any free one")
	}
	f.StringVar(&o.baseURL, "base-url", "", "public `URL` of Symbolon, without path")
	f.StringVar(&o.acmeURL, "acme-url", "", "public `URL` of Acme, without path; a browser on this machine needs none")
	f.StringVar(&o.mcpURL, "mcp-url", "", "public `URL` of the MCP server, such as https://todo.example.com/mcp")
	f.StringVar(&o.database, "database", "", "keep the database in this `file`, and its secret and configuration beside it")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, p := range o.ports.all() {
			p.chosen = f.Changed(p.flag)
		}
		// The tunnels' URLs may be copied with a slash at the end.
		o.baseURL, o.acmeURL = strings.TrimSuffix(o.baseURL, "/"), strings.TrimSuffix(o.acmeURL, "/")
		// Also when the terminal or the reader of a pipe goes away: there are files to remove.
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
		defer stop()
		return runDemo(ctx, terminalOf(cmd.OutOrStdout()), newLogger(cmd.ErrOrStderr(), slog.LevelWarn), o)
	}
	return cmd
}

// programName is what to type to run this program again.
func programName() string {
	if strings.ContainsRune(os.Args[0], filepath.Separator) {
		return os.Args[0]
	}
	return "symbolon"
}

func runDemo(ctx context.Context, out terminal, log *slog.Logger, o demoOptions) (err error) {
	d, err := startDemo(ctx, o, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if o.auto {
		return d.auto(ctx, out)
	}
	d.guide(out, o)
	return d.live(ctx, out)
}

// live prints login attempts as they happen, until ctx ends or a server does.
func (d *demo) live(ctx context.Context, out terminal) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watched := make(chan error, 1)
	go func() { watched <- d.watch(ctx, out) }()
	select {
	case err := <-d.failed:
		return err
	case err := <-watched:
		if ctx.Err() == nil {
			return err
		}
		fmt.Fprintln(out, "\nThe demo has ended.")
		return nil
	}
}

func (d *demo) watch(ctx context.Context, out terminal) error {
	o, err := reach(ctx, d.config, access{running: true})
	if err != nil {
		return err
	}
	return tail(ctx, o, out, io.Discard, false)
}
