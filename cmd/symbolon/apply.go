package main

// symbolon apply: bring the configuration's objects into the database.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/catalog"
)

type applyOptions struct {
	config             string
	prune, dryRun, yes bool
}

func newApplyCommand() *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Apply the configuration to the running server, or to its database",
		Long: `Apply compares connections, MCP servers, API clients and clients of the
configuration with those in the database, shows the difference and applies it once
you agree. A running server takes it over at once, without a restart. What vanished
from the file is disabled; with --prune it is deleted, and the grants that users
gave to it end. The other fields, such as listen, take effect when the server starts.

Exit code 0 means that everything is applied, that there was nothing to do or, with
--dry-run, that the comparison worked; 1 means that nothing was applied.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.prune, "prune", false, "delete what vanished from the file instead of disabling it")
	f.BoolVar(&o.dryRun, "dry-run", false, "only show the difference")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "yes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o.config = *file
		return operate(cmd, o.config, access{create: !o.dryRun}, func(ctx context.Context, server *operated) error {
			return apply(ctx, cmd, server, o)
		})
	}
	return cmd
}

// apply shows the difference first and then applies that difference and no other.
func apply(ctx context.Context, cmd *cobra.Command, server *operated, o applyOptions) error {
	objects, err := server.config.Objects()
	if err != nil {
		return err
	}
	wanted := admin.Apply{BaseURL: server.config.BaseURL, Objects: objects, Prune: o.prune, DryRun: true}
	found, err := server.Apply(ctx, wanted)
	if err != nil {
		return err
	}
	out := terminalOf(cmd.OutOrStdout())
	if len(found.Changes) == 0 {
		fmt.Fprintf(out, "nothing to do: %s is applied\n", o.config)
		return nil
	}
	printChanges(out, found)
	if o.dryRun {
		fmt.Fprintln(out, "nothing was applied (--dry-run)")
		return nil
	}
	if !o.yes {
		if err := confirm(cmd, "Apply this?", "nothing was applied"); err != nil {
			return err
		}
	}
	wanted.DryRun, wanted.Agreed = false, admin.Lines(found.Changes)
	if _, err := server.Apply(ctx, wanted); err != nil {
		return err
	}
	fmt.Fprintln(out, "applied "+count(len(found.Changes), "change"))
	return nil
}

// mark is how an action is told from afar.
type mark struct{ sign, colour string }

var marks = map[catalog.Action]mark{
	catalog.ActionCreate:  {"+", green},
	catalog.ActionEnable:  {"+", green},
	catalog.ActionChange:  {"~", yellow},
	catalog.ActionDisable: {"-", yellow},
	catalog.ActionDelete:  {"-", red},
}

// printChanges is a line for each object and, below it, one for each field.
func printChanges(out terminal, found admin.Applied) {
	for _, line := range found.Changes {
		m := marks[line.Action]
		head := catalog.DiffLine{Action: line.Action, Ref: line.Ref}
		fmt.Fprintf(out, "%s %s\n", out.paint(m.colour, m.sign), out.paint(m.colour, head.String()))
		for _, field := range line.Fields {
			fmt.Fprintf(out, "    %s\n", field)
		}
	}
	switch {
	case found.More:
		fmt.Fprintln(out, out.paint(red, fmt.Sprintf("this ends %d grants and more: their users have to sign in and agree again", found.Grants)))
	case found.Grants > 0:
		fmt.Fprintln(out, out.paint(red, fmt.Sprintf("this ends %s in use: their users have to sign in and agree again", count(found.Grants, "grant"))))
	}
	fmt.Fprintln(out)
}

// confirm asks whoever sits at the terminal. A script has to agree with --yes. undone
// is what it means that nobody agreed.
func confirm(cmd *cobra.Command, question, undone string) error {
	in := cmd.InOrStdin()
	if f, ok := in.(*os.File); !ok || !isTerminal(f) {
		return errors.New(undone + ": nobody is here to agree; look at what would happen and repeat with --yes")
	}
	fmt.Fprint(cmd.ErrOrStderr(), question+" [y/N] ")
	return agreement(in, undone)
}

func agreement(in io.Reader, undone string) error {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New(undone)
}
