package main

// symbolon keys registration: the keys under which clients register themselves.

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
)

func newKeysRegistrationCommand() *cobra.Command {
	cmd := newGroup(&cobra.Command{
		Use:   "registration",
		Short: "List, add and retire the keys of dynamic registration",
		Long: `A client that registers itself gets its registration back as its id, proven by a
registration key; nothing is stored. So a key can never change, and the ids made with
it are good until it is retired. The newest key issues; all of them open.`,
	})
	cmd.AddCommand(newRegistrationListCommand(), newRegistrationAddCommand(), newRegistrationRetireCommand())
	return cmd
}

func newRegistrationListCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the registration keys", Args: cobra.NoArgs}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			list, err := o.RegistrationKeys(ctx)
			if err != nil {
				return err
			}
			return printRegistrationKeys(cmd, list, *asJSON)
		})
	}
	return cmd
}

func newRegistrationAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Make a new registration key, which issues from now on",
		Long: `Add makes a new key. Every server issues with it after five seconds, when all know
it. Clients that registered before stay registered.`,
		Args: cobra.NoArgs,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			list, err := o.AddRegistrationKey(ctx)
			if err != nil {
				return err
			}
			return printRegistrationKeys(cmd, list, *asJSON)
		})
	}
	return cmd
}

func newRegistrationRetireCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retire NUMBER",
		Short: "Let a registration key open nothing any more, and end its clients' grants",
		Long: `Retire removes a key. No client that registered under it is known any more; each
has to register anew, and its users connect again. MCP clients do the first by
themselves. Retire says how many grants that ends, and asks. The newest key cannot be
retired: add another one first.`,
		Args: oneArgument,
	}
	file := configFlag(cmd)
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		number, err := strconv.ParseUint(args[0], 10, 8)
		if err != nil {
			return usageError{fmt.Sprintf("%q is no number of a key; \"symbolon keys registration list\" shows them", args[0])}
		}
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			return retireRegistrationKey(ctx, cmd, o, int(number), *yes)
		})
	}
	return cmd
}

func retireRegistrationKey(ctx context.Context, cmd *cobra.Command, o *operated, number int, yes bool) error {
	plan, err := o.RetireRegistrationKey(ctx, admin.RetireRegistration{Number: number, DryRun: true})
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Clients that registered between %s and the next key are not known any more:\n", stamp(plan.Since))
	fmt.Fprintf(out, "- They register anew, which MCP clients do by themselves; a client whose id somebody wrote down gets another one.\n")
	fmt.Fprintf(out, "- Their users connect again: this ends %s in use.\n", count(int(plan.Grants), "grant"))
	if !yes {
		if err := confirm(cmd, "Retire it?", "nothing was retired"); err != nil {
			return err
		}
	}
	done, err := o.RetireRegistrationKey(ctx, admin.RetireRegistration{Number: number})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Registration key %d is retired, and %s ended.\n", number, count(int(done.Grants), "grant"))
	return err
}

func printRegistrationKeys(cmd *cobra.Command, list []admin.RegistrationKey, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), list)
	}
	rows := make([][]string, len(list))
	for i, k := range list {
		use := "opens"
		if k.Issues {
			use = "issues"
		}
		rows[i] = []string{strconv.Itoa(k.Number), use, stamp(k.Since), number(k.Grants), dash(k.Secret)}
	}
	return terminalOf(cmd.OutOrStdout()).table([]string{"NUMBER", "USE", "SINCE", "GRANTS", "SEALED WITH"}, rows)
}
