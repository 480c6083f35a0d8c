package main

// symbolon secret retire: a master secret opens nothing any more.

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
)

func newSecretRetireCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retire FINGERPRINT",
		Short: "Let an old master secret open nothing any more",
		Long: `Retire seals everything that the database keeps hidden with the secret that seals
now, marks the old one as retired, and takes it out of secret_file. From then on no
server opens anything with it, whether it still has it or not.

What clients and browsers hold cannot be sealed anew. Above all these are refresh
tokens: each refresh makes the next one with the secret that seals then, so the later
you retire, the fewer users must connect again. Retire says how many, and from when on
nobody, and asks.`,
		Args: oneArgument,
	}
	file := configFlag(cmd)
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			return retireSecret(ctx, cmd, o, args[0], *yes)
		})
	}
	return cmd
}

func retireSecret(ctx context.Context, cmd *cobra.Command, o *operated, fingerprint string, yes bool) error {
	plan, err := o.RetireSecret(ctx, admin.RetireSecret{Fingerprint: fingerprint, DryRun: true})
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if plan.Secret.Use == admin.SecretRetired {
		fmt.Fprintf(out, "%s was retired on %s.\n", fingerprint, stamp(plan.Secret.Retired))
		return forgetSecret(out, o.config, fingerprint)
	}
	explainRetirement(out, plan)
	if !yes {
		if err := confirm(cmd, "Retire it?", "nothing was retired"); err != nil {
			return err
		}
	}
	if _, err := o.RetireSecret(ctx, admin.RetireSecret{Fingerprint: fingerprint}); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is retired: no server opens anything with it any more.\n", fingerprint)
	return forgetSecret(out, o.config, fingerprint)
}

// explainRetirement says what moves and what ends.
func explainRetirement(out io.Writer, plan admin.Retirement) {
	s := plan.Secret
	fmt.Fprintf(out, "%s opens nothing any more once it is retired.\n", s.Fingerprint)
	fmt.Fprintf(out, "- Sealed anew with %s, so nothing happens to them: %s, %s.\n", plan.Sealing,
		count(s.SigningKeys, "signing key"), count(s.RegistrationKeys, "registration key"))
	explainGrants(out, s)
	if plan.Recent {
		fmt.Fprintln(out, "- Logins under way, open consent pages and users' own pages end: it sealed within the last half hour.")
	}
	fmt.Fprint(out, `- Ids of error pages that it made cannot be looked up any more, an MCP server with a cursor of
  the revocation feed that it made is told to begin without one, and a user who was erased
  before and is erased again has two pseudonyms in the audit.
- A backup from before now can be restored only with it: keep it with such backups.
Access tokens and registered clients stay as they are. Whoever has both this secret and a
copy of the database knows the keys in there: see "The master secret" in docs/operations.md.
`)
}

func explainGrants(out io.Writer, s admin.Secret) {
	switch {
	case s.Grants == 0:
		fmt.Fprintln(out, "- No refresh token hangs on it: nobody has to connect again.")
	case s.GrantsUntil.IsZero():
		fmt.Fprintf(out, "- Up to %s end: their refresh token was made with it, and these users connect again.\n"+
			"  Each one that is used before is spared.\n", count(int(s.Grants), "grant"))
	default:
		fmt.Fprintf(out, "- Up to %s end: their refresh token was made with it, and these users connect again.\n"+
			"  Each one that is used before is spared; after %s it is none.\n", count(int(s.Grants), "grant"), stamp(s.GrantsUntil))
	}
}

// forgetSecret takes it out of the file, which no server looks at for it any more.
func forgetSecret(out io.Writer, cfg *symbolon.Config, fingerprint string) error {
	removed, err := cfg.RemoveSecret(fingerprint)
	switch {
	case errors.Is(err, symbolon.ErrSecretsInEnvironment):
		_, err = fmt.Fprintln(out, "Take it out of SYMBOLON_SECRET.")
	case err != nil:
		return fmt.Errorf("it could not be taken out of the file, where it does no harm; take it out by hand, or repeat: %w", err)
	case removed && cfg.DatabaseServer() != "":
		_, err = fmt.Fprintf(out, "It is taken out of %s. Copy the file to the other servers.\n", cfg.WithDefaults().SecretFile)
	case removed:
		_, err = fmt.Fprintf(out, "It is taken out of %s.\n", cfg.WithDefaults().SecretFile)
	}
	return err
}
