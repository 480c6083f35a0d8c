package main

// symbolon audit: who changed what.

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func newAuditCommand() *cobra.Command {
	cmd := newGroup(&cobra.Command{
		Use:   "audit",
		Short: "Read who changed what: grants, users, configuration, keys",
		Long: `Whatever changes who may do what is written down in the transaction that changes
it, and kept for audit_retention. docs/audit.md has all actions.`,
	})
	cmd.AddCommand(newAuditListCommand(), newAuditTailCommand())
	return cmd
}

// auditFlags select entries.
type auditFlags struct {
	object, actor, action, since string
	after                        int64
	asLines                      bool
}

func addAuditFlags(cmd *cobra.Command, after string) *auditFlags {
	f := &auditFlags{}
	cmd.Flags().StringVar(&f.object, "object", "", "only about this `object`, such as grant:grt_… or user:conn_acme/alice")
	cmd.Flags().StringVar(&f.actor, "actor", "", "only by this `actor`, such as operator or api_client:skc_acme")
	cmd.Flags().StringVar(&f.action, "action", "", "only this `action`, or a group of them: user.revoked, or user")
	cmd.Flags().Int64Var(&f.after, "after", 0, after)
	cmd.Flags().BoolVar(&f.asLines, "jsonl", false, "print JSON, one entry a line")
	return f
}

func (f *auditFlags) query(cmd *cobra.Command) (admin.AuditQuery, error) {
	q := admin.AuditQuery{Object: f.object, Actor: f.actor, After: f.after, Forward: cmd.Flags().Changed("after")}
	if strings.HasPrefix(f.object, "grt_") {
		q.Object = "grant:" + f.object
	}
	if f.after < 0 {
		return q, usageError{"--after: must be the position of an entry, or 0"}
	}
	var err error
	if q.Actions, err = actionsOf(f.action); err != nil {
		return q, err
	}
	q.Since, err = sinceOf(f.since, time.Now())
	return q, err
}

// actionsOf are the actions of that name or group. A typing error must not look like
// "it never happened".
func actionsOf(name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	all := store.AuditActions()
	found := slices.DeleteFunc(slices.Clone(all), func(a string) bool {
		group, _, _ := strings.Cut(a, ".")
		return a != name && group != name
	})
	if len(found) == 0 {
		return nil, usageError{fmt.Sprintf("--action: %q is none; there are %s", name, strings.Join(all, ", "))}
	}
	return found, nil
}

// sinceOf reads a time, or how long ago it was.
func sinceOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError{fmt.Sprintf("--since: %q is neither a duration such as 24h nor a time such as 2031-02-03T04:05:06Z (UTC)", text)}
}

// print writes a page as the flags say.
func (f *auditFlags) print(out terminal, page []admin.AuditEntry) error {
	if !f.asLines {
		printAudit(out, page)
		return nil
	}
	for _, e := range page {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(printableJSON(line), '\n')); err != nil {
			return err
		}
	}
	return nil
}

const maxAuditPage = 1000

func newAuditListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List audit entries",
		Long: `List shows the newest entries first. With --after it shows the oldest first, those
after a position, and all that there are: run it again with the position of the last
line, and nothing is lost and nothing comes twice.`,
		Args: cobra.NoArgs,
	}
	file, asJSON := configFlag(cmd), jsonFlag(cmd)
	flags := addAuditFlags(cmd, "only entries after this `position`, the oldest first; 0 begins with the oldest")
	cmd.Flags().StringVar(&flags.since, "since", "", "only since this `time`, or for this long: 24h")
	limit := cmd.Flags().Int("limit", 50, "at most this `number`; with --after all, if left out")
	before := cmd.Flags().Int64("before", 0, "continue before this `position`, that of the last one of the page before")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		query, err := flags.query(cmd)
		query.Before = *before
		switch {
		case err != nil:
			return err
		case *limit < 1:
			return usageError{"--limit: must be 1 or more"}
		case *before < 0, *before > 0 && query.Forward:
			return usageError{"--before: must be the position of an entry, without --after"}
		case *asJSON && flags.asLines:
			return usageError{"--jsonl: not together with --json"}
		}
		if query.Forward && !cmd.Flags().Changed("limit") {
			*limit = 0
		}
		return operate(cmd, *file, access{}, func(ctx context.Context, o *operated) error {
			return listAudit(ctx, cmd, o, flags, query, *limit, *asJSON)
		})
	}
	return cmd
}

// listAudit prints page after page; a limit of 0 is none.
func listAudit(ctx context.Context, cmd *cobra.Command, o *operated, f *auditFlags, q admin.AuditQuery, limit int, asJSON bool) error {
	all := []admin.AuditEntry{}
	total, last := 0, int64(0)
	for {
		q.Limit = maxAuditPage
		if limit > 0 {
			q.Limit = min(limit-total, maxAuditPage)
		}
		page, err := o.Audit(ctx, q)
		if err != nil {
			return err
		}
		if asJSON {
			all = append(all, page...)
		} else if err := f.print(terminalOf(cmd.OutOrStdout()), page); err != nil {
			return err
		}
		total += len(page)
		if len(page) > 0 {
			last = page[len(page)-1].Position
			q.After, q.Before = last, last
			if q.Forward {
				q.Before = 0
			}
		}
		if len(page) < q.Limit || total == limit {
			break
		}
	}
	switch {
	case asJSON:
		return printJSON(cmd.OutOrStdout(), all)
	case f.asLines:
	case total == 0:
		fmt.Fprintln(cmd.ErrOrStderr(), "no such entry")
	case total == limit && q.Forward:
		fmt.Fprintf(cmd.ErrOrStderr(), "there may be more: --after %d\n", last)
	case total == limit:
		fmt.Fprintf(cmd.ErrOrStderr(), "there may be more: --before %d\n", last)
	}
	return nil
}

// printAudit is two lines for each entry, or more: when, what and who; then to what.
func printAudit(out terminal, list []admin.AuditEntry) {
	const indent = "    "
	width := min(cmp.Or(out.style.Width, 80), 80)
	for _, e := range list {
		fmt.Fprintf(out, "%s  %s  %s\n", e.At.UTC().Format(time.DateTime), out.paint(bold, fmt.Sprintf("%-24s", attempt.Clean(e.Action, maxCell))),
			out.paint(dim, attempt.Clean(e.Actor, maxCell)))
		words := []string{}
		if e.Object != "" {
			words = append(words, attempt.Clean(e.Object, width-len(indent)))
		}
		for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
			words = append(words, attempt.Clean(name, maxCell)+"="+inOnePiece(attempt.Clean(e.Detail[name], maxText)))
		}
		if len(words) > 0 {
			fmt.Fprintln(out, indent+wrap(strings.Join(words, " "), width-len(indent), indent))
		}
	}
}

// inOnePiece keeps a value together, whatever is in it.
func inOnePiece(s string) string {
	if !strings.ContainsAny(s, ` ="`) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}

// explainCursor says where to go on.
func explainCursor(out io.Writer, after int64) { fmt.Fprintf(out, "go on with --after %d\n", after) }
