package main

// symbolon secret rotate: another master secret seals.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
)

func newSecretRotateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Let a new master secret seal; the old one goes on opening",
		Long: `Rotate writes a new secret into secret_file and says what to do next. Nobody is
signed out, and a running server takes the file over within two seconds.

On SQLite the new secret seals at once. Servers that share a PostgreSQL database must
all know a secret before one of them seals with it, so there it takes two steps:
the first adds the secret as one that waits, and you copy the file to every server;
the second, once every server knows it, lets it seal. --force does both at once, for
an emergency: servers without the new file fail until they get it.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	force := cmd.Flags().Bool("force", false, "seal with the new secret though servers may not know it")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			return rotateSecret(ctx, cmd, o, *force)
		})
	}
	return cmd
}

func rotateSecret(ctx context.Context, cmd *cobra.Command, o *operated, force bool) error {
	names, err := o.config.SecretFingerprints()
	if err != nil {
		return err
	}
	all, err := o.Secrets(ctx)
	if err != nil {
		return err
	}
	if waiting := waitingSecret(all, names); waiting != "" {
		return promoteSecret(ctx, cmd, o, all, names[0], waiting, force)
	}
	if !all.Shared || force {
		added, err := o.config.AddSecret(true)
		if err != nil {
			return environmentAdvice(err)
		}
		return reportSealing(ctx, cmd, o, all, names[0], added)
	}
	added, err := o.config.AddSecret(false)
	if err != nil {
		return environmentAdvice(err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), `%[1]s has a new last line, %[2]s. It opens and does not seal yet.
Next:
  1. Copy %[1]s to every server. Each takes it over within two seconds.
  2. Run "symbolon secret rotate" again. It lets %[2]s seal once every server knows it;
     "symbolon secret list" shows who does.
`, all.Source, added)
	return err
}

// waitingSecret is the one that a rotation before has prepared.
func waitingSecret(all admin.Secrets, configured []string) string {
	for _, name := range configured[1:] {
		if s, ok := find(all, name); ok && s.Use == admin.SecretWaits {
			return name
		}
	}
	return ""
}

// promoteSecret is the second step, if every server is ready for it.
func promoteSecret(ctx context.Context, cmd *cobra.Command, o *operated, all admin.Secrets, old, waiting string, force bool) error {
	if all.Shared && !force {
		if len(all.Servers) == 0 {
			return fmt.Errorf("%s waits to seal, but no server runs that could say whether it knows it. Start the servers with this %s, "+
				"or repeat with --force if every server has the file", waiting, all.Source)
		}
		if behind := without(all.Servers, waiting); len(behind) > 0 {
			return fmt.Errorf("%s waits to seal, but these servers do not know it yet: %s. Copy %s there and repeat; a server takes it over within two seconds. "+
				"One that has just ended counts for half a minute", waiting, strings.Join(behind, ", "), all.Source)
		}
	}
	if err := o.config.PromoteSecret(waiting); err != nil {
		return environmentAdvice(err)
	}
	return reportSealing(ctx, cmd, o, all, old, waiting)
}

// without names the servers that do not have the secret.
func without(servers []admin.SecretServer, fingerprint string) []string {
	var names []string
	for _, s := range servers {
		if !knows(s, fingerprint) {
			names = append(names, s.Name)
		}
	}
	return names
}

func knows(s admin.SecretServer, fingerprint string) bool {
	return slices.Contains(s.Secrets, fingerprint)
}

// environmentAdvice says how to do by hand what no command can.
func environmentAdvice(err error) error {
	if errors.Is(err, symbolon.ErrSecretsInEnvironment) {
		return fmt.Errorf(`%w. By hand:
  1. Make a new secret (openssl rand -base64 48) and add it to the variable, on a line of its own
     after the others; restart every server. "symbolon secret list" shows it as waiting.
  2. Move it to the first line and restart every server. It seals from then on.
  3. "symbolon secret retire" the old one when you want, then take it out of the variable`, err)
	}
	return err
}

func reportSealing(ctx context.Context, cmd *cobra.Command, o *operated, before admin.Secrets, old, sealing string) error {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s: %s is the first line now, and seals from now on.\n", before.Source, sealing)
	switch {
	case before.Shared:
		fmt.Fprintf(out, "%s below it goes on opening what it sealed.\nNext:\n  1. Copy %s to every server; the order does not matter.\n"+
			"  2. \"symbolon secret list\" shows what still hangs on %s, and \"symbolon secret retire %s\" ends it.\n", old, before.Source, old, old)
		return nil
	case o.opened != nil:
		fmt.Fprintln(out, "No server runs; the next one starts with it.")
	case !tookOver(ctx, o, sealing):
		return fmt.Errorf("the running server has not taken %s over; its log says why. It goes on with the secrets that it had", before.Source)
	default:
		fmt.Fprintln(out, "The running server has taken it over.")
	}
	_, err := fmt.Fprintf(out, "%s below it goes on opening what it sealed.\nNext:\n  1. Keep a copy of %s where you keep your backups' secret.\n"+
		"  2. \"symbolon secret list\" shows what still hangs on %s, and \"symbolon secret retire %s\" ends it.\n", old, before.Source, old, old)
	return err
}

// takeOverWithin is longer than a server takes to look at the file.
const takeOverWithin = 10 * time.Second

// tookOver waits until the running server seals with the secret.
func tookOver(ctx context.Context, o *operated, sealing string) bool {
	ctx, cancel := context.WithTimeout(ctx, takeOverWithin)
	defer cancel()
	for {
		all, err := o.Secrets(ctx)
		if s, ok := find(all, sealing); err == nil && ok && s.Use == admin.SecretSeals {
			return true
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return false
		}
	}
}
