package symbolon

// What commands ask of a server, as package admin wants it.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// operator is the server as its operator's commands see it.
type operator struct{ *Server }

// Apply implements admin.Operator.
func (o operator) Apply(ctx context.Context, a admin.Apply) (admin.Applied, error) {
	if a.BaseURL != o.config.BaseURL {
		return admin.Applied{}, admin.Refuse("other_base_url", fmt.Sprintf(
			"base_url: the configuration says %s, but the server runs as %s; check --config, the base URL of a database never changes",
			a.BaseURL, o.config.BaseURL))
	}
	if !a.DryRun { // an MCP server may want keys of another algorithm
		if err := o.othersKnow(ctx); err != nil {
			return admin.Applied{}, err
		}
	}
	var applied admin.Applied
	change, err := o.Server.Apply(ctx, a.Objects, ApplyOptions{
		Prune: a.Prune, DryRun: a.DryRun, Actor: "operator",
		Agree: func(change catalog.Change) (err error) {
			if a.Agreed != nil && !slices.Equal(a.Agreed, admin.Lines(change.Lines)) {
				return admin.Refuse("changed_meanwhile",
					"the configuration was changed by somebody else after you saw the difference; nothing was applied, run the command again")
			}
			applied.Grants, applied.More, err = o.grantsOf(ctx, change.Delete)
			return err
		},
	})
	applied.Changes = change.Lines
	return applied, err
}

// grantsPage bounds how many grants of one object are counted.
const grantsPage = 1000

// grantsOf counts the grants in use that deleting the objects ends.
func (o operator) grantsOf(ctx context.Context, deleted []catalog.Ref) (count int, more bool, err error) {
	ended := map[string]bool{}
	for _, ref := range deleted {
		filter := store.GrantFilter{LiveAt: o.config.Now(), Limit: grantsPage}
		switch ref.Kind {
		case catalog.KindConnection:
			filter.Connection = ref.ID
		case catalog.KindMCPServer:
			filter.MCPServer = ref.ID
		case catalog.KindClient:
			filter.ClientID = ref.ID
		default:
			continue // an API client has no grants
		}
		grants, err := o.store.ListGrants(ctx, filter)
		if err != nil {
			return 0, false, err
		}
		more = more || len(grants) == grantsPage
		for _, g := range grants {
			ended[g.ID] = true
		}
	}
	return len(ended), more, nil
}

// Keys implements admin.Operator.
func (o operator) Keys(ctx context.Context) ([]keys.Info, error) {
	if err := o.keys.Refresh(ctx); err != nil {
		return nil, err
	}
	return o.keySchedule().Mark(o.keys.List()), nil
}

// RotateKey implements admin.Operator.
func (o operator) RotateKey(ctx context.Context, r admin.Rotate) error {
	list, err := o.Keys(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(k keys.Info) bool { return k.Alg == r.Alg && k.State == store.KeyStandby })
	if i < 0 {
		return admin.Refuse("no_key", fmt.Sprintf("there is no %s key; \"symbolon keys list\" shows which algorithms are in use", r.Alg))
	}
	before := o.config.Keys.PublishBefore
	if age := o.config.Now().Sub(list[i].CreatedAt); age < before && !r.Force {
		return admin.Refuse("too_soon", fmt.Sprintf(
			"the next %s key has been published for %s only, and MCP servers that fetched the key set before would refuse its tokens. "+
				"Rotate in %s (keys.publish_before is %s). If the current key has become known to others, see \"symbolon keys revoke\"",
			r.Alg, roughly(age), roughly(before-age), shortDuration(before)))
	}
	if err := o.othersKnow(ctx); err != nil {
		return err
	}
	return changedMeanwhile(o.keys.Rotate(ctx, list[i], "operator"))
}

// RevokeKey implements admin.Operator.
func (o operator) RevokeKey(ctx context.Context, r admin.Revoke) error {
	list, err := o.Keys(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(k keys.Info) bool { return k.KID == r.KID })
	switch {
	case i < 0:
		return admin.Refuse("no_key", fmt.Sprintf("there is no key %s, or not any more; \"symbolon keys list\" shows those that there are", r.KID))
	case string(list[i].State) != r.State:
		return changedMeanwhile(store.ErrConflict)
	}
	if err := o.othersKnow(ctx); err != nil {
		return err
	}
	return changedMeanwhile(o.keys.Revoke(ctx, list[i], "operator"))
}

// changedMeanwhile says in words that somebody was faster.
func changedMeanwhile(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return admin.Refuse("changed_meanwhile", "the keys were changed at the same time, by somebody else or by schedule, and nothing was done here; see \"symbolon keys list\"")
	}
	return err
}

// roughly is a duration in whole minutes, at least one, or in whole hours.
func roughly(d time.Duration) string {
	minutes := int((d + time.Minute - 1) / time.Minute)
	switch {
	case minutes <= 1:
		return "a minute"
	case minutes <= 120:
		return fmt.Sprintf("%d minutes", minutes)
	}
	return fmt.Sprintf("%d hours", (minutes+59)/60)
}

// Attempts implements admin.Operator.
func (o operator) Attempts(ctx context.Context, limit int) ([]store.Attempt, error) {
	stored, err := o.store.ListAttempts(ctx, store.AttemptFilter{Limit: limit})
	if err != nil {
		return nil, err
	}
	found := make(map[string]store.Attempt, len(stored))
	for _, a := range stored {
		found[a.ID] = a
	}
	for _, recent := range o.attempts.Recent(limit) {
		a, err := o.Attempt(ctx, recent.ID)
		if err == nil {
			found[a.ID] = a
		} else if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	return newest(found, limit), nil
}

func newest(found map[string]store.Attempt, limit int) []store.Attempt {
	list := make([]store.Attempt, 0, len(found))
	for _, a := range found {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b store.Attempt) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	})
	return list[:min(limit, len(list))]
}

// Attempt implements admin.Operator: what is stored and what is in memory.
func (o operator) Attempt(ctx context.Context, id string) (store.Attempt, error) {
	var halves [2]*store.Attempt
	stored, err := o.store.Attempt(ctx, id)
	switch {
	case err == nil:
		halves[0] = &stored
	case !errors.Is(err, store.ErrNotFound):
		return store.Attempt{}, err
	}
	if recent, ok := o.attempts.Get(id); ok {
		halves[1] = &recent
	}
	if halves[0] == nil && halves[1] == nil {
		return store.Attempt{}, store.ErrNotFound
	}
	return attempt.Merge(halves[0], halves[1]), nil
}

// OpenErrorID implements admin.Operator.
func (o operator) OpenErrorID(id string) (attemptID, reason string, at time.Time, err error) {
	return o.steps.Load().authorize.OpenErrorID(id)
}

// Watch implements admin.Operator.
func (o operator) Watch(ctx context.Context) <-chan attempt.Update { return o.attempts.Subscribe(ctx) }
