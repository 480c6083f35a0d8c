package main

// symbolon grants: who allowed which client what.

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/attempt"
)

func newGrantsCommand() *cobra.Command {
	cmd := newGroup(&cobra.Command{
		Use:   "grants",
		Short: "See and end what users have allowed",
		Long: `A grant is what a user allowed a client on an MCP server, with all tokens that
came of it. Your users see theirs on their own page, and your app by its API; these
commands are for whoever runs the server, and for its security team.`,
	})
	cmd.AddCommand(newGrantsListCommand(), newGrantsShowCommand(), newGrantsRevokeCommand())
	return cmd
}

// selectionFlags name grants by what they have in common.
func selectionFlags(cmd *cobra.Command) *admin.GrantSelection {
	s := &admin.GrantSelection{}
	cmd.Flags().StringVar(&s.Connection, "connection", "", "grants of the users of this `connection`")
	cmd.Flags().StringVar(&s.Sub, "sub", "", "of this `user`, by your own id; with --connection")
	cmd.Flags().StringVar(&s.Organization, "organization", "", "in this `organization`, by your own id; with --connection")
	cmd.Flags().StringVar(&s.ClientID, "client", "", "for the client with this `id`")
	cmd.Flags().StringVar(&s.MCPServer, "mcp-server", "", "on this MCP `server`")
	return s
}

// checkSelection refuses flags that were given without a value: "" would be any.
func checkSelection(cmd *cobra.Command, s *admin.GrantSelection) error {
	for _, name := range []string{"connection", "sub", "organization", "client", "mcp-server"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return usageError{"--" + name + ": must not be empty; leave it out for any"}
		}
	}
	if s.Connection == "" && (s.Sub != "" || s.Organization != "") {
		return usageError{"--connection: name it, too: users and organizations are those of one company"}
	}
	return nil
}

func newGrantsListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List grants, the newest first",
		Long: `List shows the grants that are in use, and with --ended also those that have ended
or expired and are still kept (retention). The name of a client is what its maker
wrote: believe it if it is verified, or published by a host that you know.`,
		Args: cobra.NoArgs,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	query := admin.GrantsQuery{}
	selection := selectionFlags(cmd)
	cmd.Flags().BoolVar(&query.Ended, "ended", false, "also those that have ended")
	cmd.Flags().IntVar(&query.Limit, "limit", 50, "at most this `number`, up to 1000")
	cmd.Flags().StringVar(&query.Before, "before", "", "continue after this `grant`, the last one of the page before")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if query.Limit < 1 || query.Limit > 1000 {
			return usageError{"--limit: must be between 1 and 1000"}
		}
		if err := checkSelection(cmd, selection); err != nil {
			return err
		}
		query.GrantSelection = *selection
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			list, err := o.Grants(ctx, query)
			switch {
			case err != nil:
				return err
			case *asJSON:
				return printJSON(cmd.OutOrStdout(), list)
			case len(list) == 0:
				fmt.Fprintln(cmd.ErrOrStderr(), "no such grant")
				return nil
			}
			printGrants(terminalOf(cmd.OutOrStdout()), list)
			if len(list) == query.Limit {
				fmt.Fprintf(cmd.ErrOrStderr(), "there may be more: --before %s\n", list[len(list)-1].ID)
			}
			return nil
		})
	}
	return cmd
}

func printGrants(out terminal, list []admin.Grant) {
	for i, g := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		printGrant(out, g)
	}
}

// printGrant is a paragraph: a table of all this does not fit a terminal.
func printGrant(out terminal, g admin.Grant) {
	colour := map[string]string{admin.GrantLive: green, admin.GrantDisabled: yellow}[g.State]
	fmt.Fprintf(out, "%s  %s\n", out.paint(bold, clean(g.ID)), out.paint(cmp.Or(colour, dim), g.State))
	field := func(name, text string) { printField(out, name, text) }
	field("client", clientLine(g.Client))
	user := clean(g.Sub) + " of " + clean(g.Connection)
	if o := g.Organization; o != (admin.GrantOrganization{}) {
		user += ", for " + named(o.Name, o.ID)
	}
	field("user", user)
	field("may", cmp.Or(clean(strings.Join(g.Scopes, " ")), "nothing by name")+" on "+named(g.MCPServer.Name, g.MCPServer.ID))
	field("since", stamp(g.CreatedAt)+", "+lastUsed(g))
	field("to", clean(g.RedirectHost))
	switch {
	case !g.EndedAt.IsZero():
		field("ended", stamp(g.EndedAt)+", "+clean(g.EndedReason))
	case !g.ExpiresAt.IsZero():
		field("until", stamp(g.ExpiresAt))
	}
}

// printField is a line of a paragraph, or several.
func printField(out terminal, name, text string) {
	const indent = "            "
	fmt.Fprintf(out, "  %s%s\n", out.paint(dim, fmt.Sprintf("%-10s", name)), wrap(text, min(cmp.Or(out.style.Width, 80), 80)-len(indent), indent))
}

func clientLine(c admin.GrantClient) string {
	line := clean(c.ID)
	if c.Name != "" {
		line = quotedName(c.Name)
	}
	switch {
	case c.Verified:
		line += ", verified"
	case c.Publisher != "":
		line += ", published by " + clean(c.Publisher)
	default:
		line += ", unverified"
	}
	if c.Name != "" && c.ID != c.Name {
		line += " (" + clean(c.ID) + ")"
	}
	return line
}

// named is a name with its id, or the id alone.
func named(name, id string) string {
	if name == "" || name == id {
		return clean(id)
	}
	return quotedName(name) + " (" + clean(id) + ")"
}

// quotedName is a name that cannot go on as if it were ours: Robot", verified.
func quotedName(s string) string { return `"` + strings.ReplaceAll(clean(s), `"`, `\"`) + `"` }

func lastUsed(g admin.Grant) string {
	if g.LastUsedAt.IsZero() {
		return "never used"
	}
	return "last used " + stamp(g.LastUsedAt)
}

// maxText bounds what strangers chose where there is room for it.
const maxText = 64

// clean is text of strangers for a terminal.
func clean(s string) string { return attempt.Clean(s, maxText) }

func newGrantsShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show grt_…",
		Short: "Show all that is known of one grant, and its audit",
		Args:  cobra.ExactArgs(1),
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := grantID(args[0])
		if err != nil {
			return err
		}
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			g, err := o.Grant(ctx, id)
			switch {
			case err != nil:
				return err
			case *asJSON:
				return printJSON(cmd.OutOrStdout(), g)
			}
			printGrantDetail(terminalOf(cmd.OutOrStdout()), g)
			return nil
		})
	}
	return cmd
}

func grantID(arg string) (string, error) {
	id := strings.TrimSpace(arg)
	if !strings.HasPrefix(id, "grt_") {
		return "", usageError{fmt.Sprintf("%q is no id of a grant (grt_…); \"symbolon grants list\" shows them", id)}
	}
	return id, nil
}

func printGrantDetail(out terminal, g admin.GrantDetail) {
	printGrant(out, g.Grant)
	field := func(name, text string) {
		if text != "" {
			printField(out, name, text)
		}
	}
	field("client id", attempt.Clean(g.Client.ID, 2048)+", "+clean(g.ClientKind))
	field("redirect", attempt.Clean(g.RedirectURI, 2048))
	field("issuer", clean(g.Issuer))
	field("resource", attempt.Clean(g.Resource, 2048))
	field("login", attempt.Clean(g.AttemptID, maxText))
	switch {
	case !g.Offline:
		field("refreshes", "none: it has no refresh token")
	case g.RefreshedAt.IsZero():
		field("refreshes", "0: its code was not redeemed")
	default:
		field("refreshes", fmt.Sprintf("%d, the last one %s", g.Refreshes, stamp(g.RefreshedAt)))
	}
	if !g.IdleEnd.IsZero() && g.EndedAt.IsZero() {
		field("idle end", stamp(g.IdleEnd))
	}
	field("email", clean(g.Claims.Email))
	field("name", clean(g.Claims.Name))
	field("roles", clean(strings.Join(g.Claims.AllRoles(), " ")))
	field("groups", clean(strings.Join(g.Claims.Groups, " ")))
	if len(g.Audit) > 0 {
		fmt.Fprintln(out)
		printAudit(out, g.Audit)
	}
}
