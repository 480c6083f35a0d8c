package main

// symbolon migrate: the schema of the database, as a step of its own.

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
)

func newMigrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the schema of the database up to date, and end",
		Long: `Migrate does what "symbolon serve" does first when it starts, and nothing else. It is
for a PostgreSQL database whose servers may only read and write rows: run it before
an upgrade, with a database URL of the role that owns the tables. Servers of the release
before go on meanwhile.

With --check nothing is changed: the exit code is 0 if the schema is up to date, 3 if
there is something to do, and 1 if it could not be found out, or is newer.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	check := cmd.Flags().Bool("check", false, "only look whether there is something to do")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := symbolon.LoadConfig(*file)
		if err != nil {
			return err
		}
		cfg.Logger = newLogger(cmd.ErrOrStderr(), slog.LevelWarn)
		return migrate(cmd, cfg, *check)
	}
	return cmd
}

func migrate(cmd *cobra.Command, cfg *symbolon.Config, check bool) error {
	name := cmp.Or(cfg.DatabaseServer(), cfg.DatabaseFile())
	if cfg.DatabaseServer() == "" {
		// A file without an owner would keep the first start from making a secret.
		if err := mayOpen(cfg, access{}); err != nil {
			return err
		}
	}
	s, err := symbolon.ReadSchema(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case s.Current > s.Known:
		return fmt.Errorf("database: %s has schema %d and this release knows up to %d; use the newer release", name, s.Current, s.Known)
	case s.Current == s.Known:
		_, err := fmt.Fprintf(out, "%s is up to date, schema %d\n", name, s.Known)
		return err
	case check:
		fmt.Fprintf(out, "%s has schema %d and this release wants %d; \"symbolon migrate\" brings it up to date, and so does \"symbolon serve\"\n", name, s.Current, s.Known)
		return errToDo
	}
	if err := symbolon.Migrate(cmd.Context(), cfg); err != nil {
		if errors.Is(err, symbolon.ErrDatabaseInUse) {
			return fmt.Errorf("database: %s is in use; stop the server first, or start the new release, which does this itself", name)
		}
		return startError(cfg, err)
	}
	_, err = fmt.Fprintf(out, "%s is brought from schema %d to %d\n", name, s.Current, s.Known)
	return err
}
