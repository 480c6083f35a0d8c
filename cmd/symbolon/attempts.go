package main

// symbolon attempts: what happened to a login, and what to change.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/attempt"
)

func newAttemptsCommand() *cobra.Command {
	cmd := newGroup(&cobra.Command{
		Use:   "attempts",
		Short: "See what happened to a login, and what to change",
		Long: `A login attempt is everything that happened to one authorization, from the
client's first redirect to its tokens. An attempt that your app never confirmed is
in the memory of the running server only, and so are calls of your app that were
refused before they said which login they are about (call_…): a wrong secret, a
machine token that is none, a connection that does not exist.`,
	})
	cmd.AddCommand(newAttemptsTailCommand(), newAttemptsListCommand(), newAttemptsShowCommand())
	return cmd
}

func newAttemptsTailCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Watch logins as they happen, a line for each step",
		Args:  cobra.NoArgs,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		cmd.SetContext(ctx)
		return operate(cmd, *file, access{running: true}, func(ctx context.Context, o *operated) error {
			return tail(ctx, o, terminalOf(cmd.OutOrStdout()), cmd.ErrOrStderr(), *asJSON)
		})
	}
	return cmd
}

func tail(ctx context.Context, o *operated, out terminal, notes io.Writer, asJSON bool) error {
	ready := func() { fmt.Fprintf(notes, "watching the logins at %s; end with Ctrl-C\n", o.config.BaseURL) }
	err := o.Watch(ctx, ready, func(u admin.Update) error {
		if asJSON {
			return printJSON(out, u)
		}
		if u.Missed > 0 {
			fmt.Fprintf(notes, "%d steps were too fast to be shown\n", u.Missed)
		}
		_, err := fmt.Fprintln(out, attempt.Line(u.Stored(), out.style))
		return err
	})
	if errors.Is(err, admin.ErrServerEnded) {
		fmt.Fprintln(notes, "the server has ended")
		return nil
	}
	return err
}

func newAttemptsListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the newest login attempts",
		Args:  cobra.NoArgs,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	limit := cmd.Flags().Int("limit", 20, "at most this `number`, up to 1000")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *limit < 1 || *limit > 1000 {
			return usageError{"--limit: must be between 1 and 1000"}
		}
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			list, err := o.Attempts(ctx, *limit)
			switch {
			case err != nil:
				return err
			case *asJSON:
				return printJSON(cmd.OutOrStdout(), list)
			case len(list) == 0:
				fmt.Fprintln(cmd.ErrOrStderr(), "no login was attempted yet; \"symbolon connect URL\" tries one")
				return nil
			}
			return printAttempts(terminalOf(cmd.OutOrStdout()), list)
		})
	}
	return cmd
}

// maxCell bounds names that strangers chose.
const maxCell = 32

func printAttempts(out terminal, list []admin.Attempt) error {
	rows := make([][]string, len(list))
	for i, a := range list {
		name := a.ClientName
		if name == "" {
			name = a.ClientID
		}
		rows[i] = []string{
			stamp(a.StartedAt), a.ID, dash(attempt.Clean(name, maxCell)), dash(attempt.Clean(a.MCPServer, maxCell)),
			dash(attempt.Clean(a.Sub, maxCell)), outcome(a),
		}
	}
	return out.table([]string{"STARTED", "ATTEMPT", "CLIENT", "MCP SERVER", "USER", "LAST STEP"}, rows)
}

// outcome is how far an attempt came.
func outcome(a admin.Attempt) string {
	if len(a.Events) == 0 {
		return "-"
	}
	last := a.Events[len(a.Events)-1]
	if last.OK {
		return last.Step
	}
	return last.Step + " refused: " + last.Reason
}

func newAttemptsShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show req_…|err_…|call_…|REASON",
		Short: "Show one login attempt, or what stands behind an error page or a reason",
		Long: `Show draws the sequence of a login attempt, with what went wrong and what to
change. It takes the id of an attempt (req_…), the one that an error page
shows (err_…), that of refused calls (call_…), or a reason from the server's log,
such as client_secret_wrong.`,
		Args: oneArgument,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id := strings.TrimSpace(args[0])
		if reason, ok := attempt.Lookup(id); ok {
			return showReason(terminalOf(cmd.OutOrStdout()), reason, *asJSON)
		}
		show := showAttempt
		switch {
		case strings.HasPrefix(id, "err_"):
			show = showError
		case !strings.HasPrefix(id, "req_") && !attempt.IsCall(id):
			return usageError{fmt.Sprintf("%q is no id of an attempt (req_…), of an error (err_…) or of refused calls (call_…), and no reason", id)}
		}
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			return show(ctx, o, terminalOf(cmd.OutOrStdout()), id, *asJSON)
		})
	}
	return cmd
}

// showReason explains a refusal that belongs to no attempt: one before anything
// said which login it was about is in the server's log only.
func showReason(out terminal, r attempt.Reason, asJSON bool) error {
	if asJSON {
		return printJSON(out, map[string]string{"reason": r.Code, "what": r.What, "remedy": r.Remedy})
	}
	_, err := fmt.Fprintf(out, "%s\n  %s\n  %s\n", out.paint(bold, r.Code),
		wrap(r.What, out.style.Width, "  "), wrap(r.Remedy, out.style.Width, "  "))
	return err
}

func showAttempt(ctx context.Context, o *operated, out terminal, id string, asJSON bool) error {
	a, err := o.Attempt(ctx, attemptPart(id))
	switch {
	case err != nil:
		return err
	case asJSON:
		return printJSON(out, a)
	}
	return attempt.Write(out, a.Stored(), out.style)
}

// attemptPart is the part of an auth_request_id that names the attempt: apps know
// the whole, which has the verifier behind it.
func attemptPart(id string) string {
	const length = len("req_") + 22
	if attempt.IsCall(id) {
		return id
	}
	return id[:min(len(id), length)]
}

func showError(ctx context.Context, o *operated, out terminal, id string, asJSON bool) error {
	report, err := o.ErrorReport(ctx, id)
	switch {
	case err != nil:
		return err
	case asJSON:
		return printJSON(out, report)
	}
	fmt.Fprintf(out, "%s\n\n  %s  %s\n  %s    %s\n\n", out.paint(bold, "error "+id),
		out.paint(dim, "reason"), out.paint(red, attempt.Clean(report.Reason, maxCell)), out.paint(dim, "when"), stamp(report.At))
	if report.Attempt != nil {
		return attempt.Write(out, report.Attempt.Stored(), out.style)
	}
	for _, line := range []string{report.What, report.Remedy} {
		if line != "" {
			fmt.Fprintf(out, "  %s\n", wrap(line, out.style.Width, "  "))
		}
	}
	_, err = fmt.Fprintln(out, "\n  The steps of this login are not known any more.")
	return err
}
