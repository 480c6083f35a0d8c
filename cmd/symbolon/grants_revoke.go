package main

// symbolon grants revoke: the end of what users have allowed.

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
)

func newGrantsRevokeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke [grt_…]",
		Short: "End a grant, or all that the flags select",
		Long: `Revoke ends one grant, or all that have in common what the flags say, in one
transaction: it says how many are in use, and asks. From then on refresh and
introspection refuse them on every server, and the feed of revocations tells MCP
servers within a second. Those that ask neither accept an access token that is out
until it expires.

It keeps nobody from connecting again: disable the user (users:update), or block the
client (blocked_clients).`,
		Example: `  symbolon grants revoke grt_0aJ7…
  symbolon grants revoke --connection conn_acme --sub alice
  symbolon grants revoke --client https://robot.example/client.json
  symbolon grants revoke --connection conn_acme --organization org_7 --yes`,
		Args: cobra.MaximumNArgs(1),
	}
	file := configFlag(cmd)
	selection := selectionFlags(cmd)
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkSelection(cmd, selection); err != nil {
			return err
		}
		revoke := admin.RevokeGrants{GrantSelection: *selection}
		if len(args) == 1 {
			id, err := grantID(args[0])
			if err != nil {
				return err
			}
			revoke.GrantID = id
		}
		switch all := *selection == (admin.GrantSelection{}); {
		case revoke.GrantID == "" && all:
			return usageError{"name a grant (grt_…), or what its grants have in common, such as --client"}
		case revoke.GrantID != "" && !all:
			return usageError{"name a grant or what grants have in common, not both"}
		}
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			return revokeGrants(ctx, cmd, o, revoke, *yes)
		})
	}
	return cmd
}

func revokeGrants(ctx context.Context, cmd *cobra.Command, o *operated, revoke admin.RevokeGrants, yes bool) error {
	revoke.DryRun = true
	plan, err := o.RevokeGrants(ctx, revoke)
	if err != nil {
		return err
	}
	explainEnd(cmd.OutOrStdout(), revoke, plan)
	if !yes {
		if err := confirm(cmd, "End them?", "nothing was ended"); err != nil {
			return err
		}
	}
	revoke.DryRun = false
	done, err := o.RevokeGrants(ctx, revoke)
	if err != nil {
		return err
	}
	lapsed := ""
	if n := done.Ended - int(done.InUse); n > 0 {
		lapsed = fmt.Sprintf(" (and %d that had expired)", n)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s ended%s.\n", count(int(done.InUse), "grant"), lapsed)
	return nil
}

// explainEnd says what is about to end.
func explainEnd(out io.Writer, r admin.RevokeGrants, plan admin.RevokedGrants) {
	if r.GrantID != "" {
		if plan.InUse == 0 {
			fmt.Fprintf(out, "This ends %s, which has expired.\n", clean(r.GrantID))
			return
		}
		fmt.Fprintf(out, "This ends %s, which is in use.\n", clean(r.GrantID))
		return
	}
	var what []string
	for _, s := range []struct{ word, value string }{
		{"of the user", r.Sub}, {"of", r.Connection}, {"in the organization", r.Organization}, {"for the client", r.ClientID}, {"on", r.MCPServer},
	} {
		if s.value != "" {
			what = append(what, s.word+" "+clean(s.value))
		}
	}
	fmt.Fprintf(out, "This ends %s in use: all %s.\n", count(int(plan.InUse), "grant"), strings.Join(what, " "))
	if r.Sub != "" {
		fmt.Fprintln(out, "Logins of the user that wait for consent end, too.")
	}
}
