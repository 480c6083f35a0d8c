package main

// symbolon keys revoke: what to do when a signing key got out.

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func newKeysRevokeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke KID",
		Short: "Take a key that got out of our hands out of the key set at once",
		Long: `Revoke deletes a key. It leaves the key set at once, on every server within a
second, and what it signed is refused from then on. If it is the active key, the
standby key signs in its stead, however short it has been published. Revoke says
what that ends, and asks.

MCP servers accept what the key signed until they fetch the key set again. Those
with the official SDKs never do: restart them.

A KID may begin with a hyphen. Then put two before it: symbolon keys revoke -- KID`,
		Args: oneArgument,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return fmt.Errorf("%w; if that is a KID, write: symbolon keys revoke -- KID", err)
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			list, err := o.Keys(ctx)
			if err != nil {
				return err
			}
			revoke := admin.Revoke{KID: args[0]}
			if i := slices.IndexFunc(list, func(k admin.Key) bool { return k.KID == revoke.KID }); i >= 0 {
				revoke.State = list[i].State
				explainRevocation(cmd.ErrOrStderr(), list[i], list)
			}
			if revoke.State != "" && !*yes {
				if err := confirm(cmd, "Revoke it?", "nothing was revoked"); err != nil {
					return err
				}
			}
			if list, err = o.RevokeKey(ctx, revoke); err != nil {
				return err
			}
			return printKeys(cmd, list, *asJSON)
		})
	}
	return cmd
}

// explainRevocation says what ends with a key.
func explainRevocation(out io.Writer, k admin.Key, list []admin.Key) {
	fmt.Fprintf(out, "This deletes the %s key %s, for good.\n", k.Alg, k.KID)
	switch store.KeyState(k.State) {
	case store.KeyStandby:
		fmt.Fprintln(out, "It has signed nothing, so nothing ends. Another key is published in its place.")
		return
	case store.KeyActive:
		explainSuccessor(out, k.Alg, list)
	case store.KeyRetired:
		fmt.Fprintf(out, "It signed until %s. What it signed and has not expired ends:\n", stamp(k.Retired))
	}
	fmt.Fprintln(out, "- Access tokens. Clients refresh them, and no user has to sign in again. MCP servers refuse\n"+
		"  them once they fetch the key set again; those with the official SDKs must be restarted.")
	if k.Alg == "RS256" {
		fmt.Fprintln(out, "- Machine tokens of backends. The official SDKs get another one when theirs is refused.")
	}
}

// explainSuccessor tells of the key that signs instead.
func explainSuccessor(out io.Writer, alg string, list []admin.Key) {
	i := slices.IndexFunc(list, func(k admin.Key) bool { return k.Alg == alg && k.State == string(store.KeyStandby) })
	if i >= 0 {
		fmt.Fprintf(out, "It signs now. From now on %s does,\n", list[i].KID)
		fmt.Fprintf(out, "which has been published since %s (%s): MCP servers that\n", stamp(list[i].PublishedSince), since(list[i].PublishedSince))
		fmt.Fprintln(out, "fetched the key set before that refuse its tokens until they fetch it again.")
	}
	fmt.Fprintln(out, "What the old one signed ends:")
}

// since is how long ago something was, for people.
func since(t time.Time) string {
	switch d := time.Since(t); {
	case d < time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}
