package main

// symbolon secret: the master secrets, from which all keys are derived.

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
)

func newSecretCommand() *cobra.Command {
	cmd := newGroup(&cobra.Command{
		Use:   "secret",
		Short: "List, rotate and retire the master secrets",
		Long: `The master secrets are the lines of secret_file. The first one seals: whatever the
server hands out or keeps hidden hangs on it. All of them open what they sealed.

A rotation lets a new secret seal. The old one goes on opening until it is retired.
Secrets are named by fingerprints; no command shows one.`,
	})
	cmd.AddCommand(newSecretListCommand(), newSecretRotateCommand(), newSecretRetireCommand())
	return cmd
}

func newSecretListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the master secrets, and what hangs on each",
		Long: `List shows each master secret by its fingerprint, how it is used, and what it has
sealed that is still in use.

  seals     it seals, and opens
  opens     it sealed before
  waits     it opens, and has sealed nothing yet
  missing   servers know it, or did, and this file does not have it
  retired   it opens nothing any more, on any server that still has it

GRANTS counts those whose refresh token may have been made with the secret. With
PostgreSQL, the servers follow, with the secrets that each of them has.`,
		Args: cobra.NoArgs,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			all, err := o.Secrets(ctx)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return printSecrets(terminalOf(cmd.OutOrStdout()), all)
		})
	}
	return cmd
}

func printSecrets(out terminal, all admin.Secrets) error {
	rows := make([][]string, len(all.Secrets))
	for i, s := range all.Secrets {
		rows[i] = []string{
			s.Fingerprint, s.Use, dash(stamp(s.KnownSince)), dash(stamp(s.SealingSince)), dash(stamp(s.SealedUntil)),
			number(int64(s.SigningKeys)), number(int64(s.RegistrationKeys)), number(s.Grants), dash(stamp(s.GrantsUntil)),
		}
	}
	header := []string{"FINGERPRINT", "USE", "KNOWN SINCE", "SEALING SINCE", "SEALED UNTIL", "SIGNING KEYS", "REGISTRATION KEYS", "GRANTS", "GRANTS UNTIL"}
	if err := out.table(header, rows); err != nil {
		return err
	}
	if !all.Shared || len(all.Servers) == 0 {
		return nil
	}
	fmt.Fprintln(out)
	rows = make([][]string, len(all.Servers))
	for i, s := range all.Servers {
		rows[i] = []string{s.Name, s.Secrets[0], dash(strings.Join(s.Secrets[1:], " ")), stamp(s.Seen)}
	}
	return out.table([]string{"SERVER", "SEALS WITH", "ALSO OPENS", "SEEN"}, rows)
}

// number is "-" for none, so that those that count are seen.
func number(n int64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

// find is the secret of this fingerprint.
func find(all admin.Secrets, fingerprint string) (admin.Secret, bool) {
	for _, s := range all.Secrets {
		if s.Fingerprint == fingerprint {
			return s, true
		}
	}
	return admin.Secret{}, false
}
