package main

// symbolon rebase: move the database to another base URL.

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
)

func newRebaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rebase --to URL",
		Short: "Move the database to another base URL, which ends all that was issued",
		Long: `Rebase writes another base URL into the database. All issuers begin with it, and
clients know a server by its issuer, so everything that was issued under the old one
ends: every user connects again. Configuration, keys, attempts and the audit stay.

Stop all servers first. Rebase says what ends, asks, and does it in one transaction.
Afterwards set base_url in the configuration of every server.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	to := cmd.Flags().String("to", "", "the new base `URL`")
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	_ = cmd.MarkFlagRequired("to") // fails for a flag that is not there
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := symbolon.LoadConfig(*file)
		if err != nil {
			return err
		}
		cfg.Logger = newLogger(cmd.ErrOrStderr(), slog.LevelWarn)
		if cfg.DatabaseServer() == "" {
			if err := mayOpen(cfg, access{}); err != nil {
				return err
			}
		}
		return rebase(cmd, cfg, *file, *to, *yes)
	}
	return cmd
}

func rebase(cmd *cobra.Command, cfg *symbolon.Config, file, to string, yes bool) error {
	out := cmd.OutOrStdout()
	done, err := symbolon.Rebase(cmd.Context(), cfg, to, func(plan symbolon.Rebasing) error {
		explainRebasing(out, plan, cfg)
		if yes {
			return nil
		}
		return confirm(cmd, "Move it?", "nothing was changed")
	})
	switch {
	case errors.Is(err, symbolon.ErrDatabaseInUse):
		return fmt.Errorf("database: %s is in use; stop the server first", cfg.DatabaseFile())
	case errors.Is(err, symbolon.ErrSameBaseURL):
		fmt.Fprintf(out, "nothing to do: the database belongs to %s already\n", to)
	case err != nil:
		return startError(cfg, err)
	default:
		fmt.Fprintf(out, "%s belongs to %s now, and %s ended.\n", cmp.Or(cfg.DatabaseServer(), cfg.DatabaseFile()), done.To, count(int(done.Grants), "grant"))
	}
	if cfg.BaseURL != to {
		fmt.Fprintf(out, "Set base_url: %s in %s, or SYMBOLON_BASE_URL, before you start a server.\n", to, file)
	}
	return nil
}

// explainRebasing says what ends, and who has to do something about it.
func explainRebasing(out io.Writer, plan symbolon.Rebasing, cfg *symbolon.Config) {
	fmt.Fprintf(out, "The database moves from %s to %s.\n", plan.From, plan.To)
	fmt.Fprintf(out, "- %s in use end: every user connects again. Codes and refresh tokens are worthless at once.\n", count(int(plan.Grants), "grant"))
	fmt.Fprintf(out, "- Access tokens live on until they expire where an MCP server still trusts %s.\n", plan.From)
	fmt.Fprintf(out, "- Clients that registered themselves (%s) are not known any more. MCP clients register anew\n"+
		"  once they read the new issuer from your MCP server; some keep the old one until they are connected anew.\n", count(int(plan.Dynamic), "grant"))
	fmt.Fprintln(out, "- Links to users' own pages and ids of error pages end, and machine tokens of backends.")
	fmt.Fprintln(out, "You have to change:")
	for _, m := range cfg.MCPServers {
		fmt.Fprintf(out, "- the MCP server %s: issuer and authorization server %s/resources/%s, keys %s/keys\n", m.URL, plan.To, m.ID, plan.To)
	}
	for _, c := range cfg.Connections {
		fmt.Fprintf(out, "- the backend of %s: environment URL %s; it sends browsers back there\n", c.ID, plan.To)
	}
	fmt.Fprintf(out, "- whatever else somebody wrote %s into: clients configured by hand, proxies, monitoring\n", plan.From)
}
