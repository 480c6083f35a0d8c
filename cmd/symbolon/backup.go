package main

// symbolon backup and restore: copies of the database.

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
)

func newBackupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database into a new file, while the server runs",
		Long: `Backup writes the database into a new file with mode 0600: complete, checked and
as it was at one moment. A running server goes on without noticing. The keys in the
file are sealed: keep the master secret (secret_file) too, and in another place.

For PostgreSQL it runs pg_dump, which must be on the PATH, of the database's release or a
newer one; without it, backup prints the command and fails.`,
		Args: oneArgument,
	}
	config := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := symbolon.LoadConfig(*config)
		if err != nil {
			return err
		}
		if cfg.DatabaseServer() == "" {
			if err := mayOpen(cfg, access{}); err != nil {
				return err
			}
		}
		err = symbolon.Backup(cmd.Context(), cfg, args[0])
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("no backup was made: PostgreSQL's programs are not on the PATH. Where they are, run:\n  %s", pgDump(cfg, args[0]))
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s holds the database %s. Without the master secret it cannot be used: keep that too, elsewhere.\n",
			args[0], databaseName(cfg))
		return err
	}
	return cmd
}

func newRestoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of the database, and sign everyone out",
		Long: `Restore makes the database from a backup. Stop the server first.

A backup knows nothing of what was revoked after it was made. So a restore begins a
new epoch: no code and no refresh token from before works any more, and every user
connects again. Access tokens that are out live on until they expire. With --force a
database that is there is replaced; a file is kept under another name.

For PostgreSQL it runs pg_restore and psql, in one transaction: it is done, or nothing is
changed. What was in the database is gone then, so make a backup of that first. Without
the programs on the PATH, restore prints the commands and fails.`,
		Args: oneArgument,
	}
	config := configFlag(cmd)
	force := cmd.Flags().Bool("force", false, "replace the database that is there")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := symbolon.LoadConfig(*config)
		if err != nil {
			return err
		}
		kept, err := symbolon.Restore(cmd.Context(), cfg, args[0], symbolon.RestoreOptions{Replace: *force})
		if err != nil {
			return restoreError(cfg, args[0], err)
		}
		return reportRestore(cmd, cfg, kept)
	}
	return cmd
}

// databaseName is the database for people: a file, or a server and a name on it.
func databaseName(cfg *symbolon.Config) string {
	return cmp.Or(cfg.DatabaseServer(), cfg.DatabaseFile())
}

func restoreError(cfg *symbolon.Config, file string, err error) error {
	switch {
	case errors.Is(err, symbolon.ErrDatabaseInUse):
		return fmt.Errorf("database: %s is in use; stop the server first", cfg.DatabaseFile())
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("nothing was restored: PostgreSQL's programs are not on the PATH. Stop all servers, and where they are, run:\n  %s\n  %s\n"+
			"The second command begins a new epoch, which signs everyone out: a backup knows nothing of what was revoked after it was made",
			pgRestore(cfg, file), newEpochSQL(cfg))
	case errors.Is(err, fs.ErrExist) && cfg.DatabaseServer() != "":
		return fmt.Errorf("database: %s is in use already; make a backup of it, and then --force replaces what is in it", databaseName(cfg))
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("database: %s exists; --force replaces it and keeps it under another name", cfg.DatabaseFile())
	}
	return err
}

func reportRestore(cmd *cobra.Command, cfg *symbolon.Config, kept string) error {
	out := cmd.OutOrStdout()
	if kept != "" {
		fmt.Fprintf(out, "The database that was there is now %s.\n", kept)
	}
	_, err := fmt.Fprintf(out, `%s is restored, and everyone is signed out: codes and refresh tokens from before
do not work any more, users connect again. Access tokens that are out live until they
expire. What was changed after the backup is as it was before: a user whom your app
disabled since, or a signing key that was rotated or revoked since, must be again.
`, databaseName(cfg))
	return err
}

// The commands for PostgreSQL. The password stays out of them: it would be in the
// shell's history. PGPASSWORD or ~/.pgpass has it.

func pgDump(cfg *symbolon.Config, file string) string {
	return "umask 077; pg_dump --format=custom --no-owner --file=" + shellQuoted(file) + " " + pgURL(cfg)
}

func pgRestore(cfg *symbolon.Config, file string) string {
	return "pg_restore --clean --if-exists --no-owner --single-transaction --dbname=" + pgURL(cfg) + " " + shellQuoted(file)
}

func newEpochSQL(cfg *symbolon.Config) string {
	return "psql " + pgURL(cfg) + ` -c "` + postgres.RestoredSQL() + `"`
}

// shellQuoted keeps a shell from reading anything into s.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func pgURL(cfg *symbolon.Config) string { return shellQuoted(postgres.ToolURL(cfg.Database)) }
