package main

// symbolon keys: the keys that sign access tokens.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
)

func newKeysCommand() *cobra.Command {
	cmd := newGroup(&cobra.Command{
		Use:   "keys",
		Short: "List, rotate and revoke the keys that sign access tokens",
		Long: `Each algorithm has an active key, which signs, and a standby key, which is
already published and signs next. A key that was rotated away stays published
until no token that it signed can be alive. With keys.rotate_every in the
configuration, servers rotate by themselves.`,
	})
	cmd.AddCommand(newKeysListCommand(), newKeysRotateCommand(), newKeysRevokeCommand(), newKeysRegistrationCommand())
	return cmd
}

func newKeysListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the published keys",
		Args:  cobra.NoArgs,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			list, err := o.Keys(ctx)
			if err != nil {
				return err
			}
			return printKeys(cmd, list, *asJSON)
		})
	}
	return cmd
}

func newKeysRotateCommand() *cobra.Command {
	var rotate admin.Rotate
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Let the standby key sign and publish a new standby key",
		Long: `Rotate makes the standby key the active one, retires the active one and
publishes a new standby key. Nobody notices: tokens that were signed before stay
valid, and verifiers know the new key already. That is why it refuses while the
standby key has been published for less than keys.publish_before. With --force it
does not, and MCP servers that have not seen the key refuse tokens until they do.
When the active key is known to others, use "symbolon keys revoke" instead.`,
		Args: cobra.NoArgs,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.Flags().StringVar(&rotate.Alg, "alg", "RS256", "`algorithm` whose key is rotated: RS256, ES256 or EdDSA")
	cmd.Flags().BoolVar(&rotate.Force, "force", false, "also if verifiers may not have seen the standby key")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			list, err := o.RotateKey(ctx, rotate)
			if err != nil {
				return err
			}
			return printKeys(cmd, list, *asJSON)
		})
	}
	return cmd
}

func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "print JSON")
}

func printKeys(cmd *cobra.Command, list []admin.Key, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), list)
	}
	out := terminalOf(cmd.OutOrStdout())
	rows := make([][]string, len(list))
	for i, k := range list {
		rows[i] = []string{
			k.KID, k.Alg, k.State, stamp(k.PublishedSince), dash(stamp(k.SigningSince)), dash(stamp(k.Retired)), dash(stamp(k.PublishedUntil)),
		}
	}
	header := []string{"KID", "ALG", "STATE", "PUBLISHED SINCE", "SIGNING SINCE", "RETIRED", "PUBLISHED UNTIL"}
	if err := out.table(header, rows); err != nil {
		return err
	}
	for _, k := range list {
		if !k.RotatesAt.IsZero() {
			fmt.Fprintf(out, "The next %s key signs from %s.\n", k.Alg, stamp(k.RotatesAt))
		}
	}
	return nil
}

// dash stands for what is not there, so that columns stay columns.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
