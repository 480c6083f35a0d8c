package main

// symbolon audit tail: entries as they are written.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
)

// tailEvery is how often new entries are asked for.
const tailEvery = time.Second

func newAuditTailCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Follow the audit, on all servers of the database",
		Long: `Tail shows entries within a second or two after they are written, whichever server
did it. With --after it begins with what came after that position. It ends with the
server that it asks, if the database is SQLite, and says where to go on.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	flags := addAuditFlags(cmd, "begin after this `position`; left out, with what is written from now on")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		query, err := flags.query(cmd)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		cmd.SetContext(ctx)
		return operate(cmd, *file, access{running: true, shared: true}, func(ctx context.Context, o *operated) error {
			return tailAudit(ctx, cmd, o, flags, query)
		})
	}
	return cmd
}

func tailAudit(ctx context.Context, cmd *cobra.Command, o *operated, f *auditFlags, q admin.AuditQuery) error {
	if !q.Forward {
		newest, err := o.Audit(ctx, admin.AuditQuery{Limit: 1})
		if err != nil {
			return err
		}
		for _, e := range newest {
			q.After = e.Position
		}
		q.Forward = true
	}
	q.Limit = maxAuditPage
	notes := cmd.ErrOrStderr()
	fmt.Fprintf(notes, "following the audit of %s; end with Ctrl-C\n", o.config.BaseURL)
	for {
		page, err := o.Audit(ctx, q)
		switch refusal, ok := errors.AsType[*admin.Error](err); {
		case ctx.Err() != nil:
			explainCursor(notes, q.After)
			return nil
		case ok && refusal.Code == "unavailable": // the database fails over, say: nothing is lost
			fmt.Fprintln(notes, "the database does not answer now")
		case err != nil:
			explainCursor(notes, q.After)
			return err
		}
		if err := f.print(terminalOf(cmd.OutOrStdout()), page); err != nil {
			return err
		}
		if len(page) > 0 {
			q.After = page[len(page)-1].Position
		}
		if len(page) == q.Limit {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(tailEvery):
		}
	}
}
