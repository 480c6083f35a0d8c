package symbolon

// Moving a database to another base URL.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/register"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// ErrSameBaseURL means that the database is where it is to go.
var ErrSameBaseURL = errors.New("the database belongs to this base URL already")

// Rebasing is a move to another base URL, and what ends with it.
type Rebasing struct {
	From, To string
	Grants   int64 // in use
	Dynamic  int64 // of these, of clients that registered themselves
}

// Rebase moves the database that c names to another base URL, if agree agrees, and
// ends everything that was issued under the old one. The base_url of c does not count.
// No server may run: the error is [ErrDatabaseInUse], or names those that do.
func Rebase(ctx context.Context, c *Config, to string, agree func(Rebasing) error) (Rebasing, error) {
	moved := *c
	moved.BaseURL, moved.origin = to, nil // the file does not say so
	if err := moved.Check(); err != nil {
		return Rebasing{}, err
	}
	s := &Server{config: moved.WithDefaults()}
	if s.config.Now == nil {
		s.config.Now = time.Now
	}
	if s.config.Logger == nil {
		s.config.Logger = slog.Default()
	}
	var err error
	if s.store, err = openStore(ctx, s.config); err != nil {
		return Rebasing{}, err
	}
	plan, err := s.rebase(ctx, agree)
	return plan, errors.Join(err, s.store.Close())
}

func (s *Server) rebase(ctx context.Context, agree func(Rebasing) error) (Rebasing, error) {
	plan, err := s.planRebase(ctx)
	if err != nil {
		return plan, err
	}
	if err := agree(plan); err != nil {
		return plan, err
	}
	now := s.config.Now()
	ended, err := s.store.Rebase(ctx, store.Rebase{
		From: plan.From, To: plan.To, Epoch: newEpoch(), Alone: s.alone(), Now: now,
		Audit: []store.AuditEntry{{
			At: now, Actor: "operator", Action: "database.rebased", Detail: map[string]string{"from": plan.From, "to": plan.To},
		}},
	})
	if errors.Is(err, store.ErrConflict) {
		return plan, errors.New("a server was started on the database meanwhile, or it was moved by somebody else; nothing was changed")
	}
	plan.Grants = ended
	return plan, err
}

func (s *Server) planRebase(ctx context.Context) (Rebasing, error) {
	plan := Rebasing{To: s.config.BaseURL}
	if err := s.nobodyRuns(ctx); err != nil {
		return plan, err
	}
	var err error
	if plan.From, err = s.movedFrom(ctx); err != nil {
		return plan, err
	}
	if plan.From == plan.To {
		return plan, ErrSameBaseURL
	}
	now := s.config.Now()
	all, err := s.store.CountGrants(ctx, store.CountGrants{LiveAt: now})
	if err != nil {
		return plan, err
	}
	dynamic, err := s.store.CountGrants(ctx, store.CountGrants{LiveAt: now, Of: store.Revoke{ClientPrefixes: []string{register.Prefix}}})
	plan.Grants, plan.Dynamic = all.Grants, dynamic.Grants
	return plan, err
}

// nobodyRuns refuses while servers run, as far as the database knows. On SQLite the
// lock is held here.
func (s *Server) nobodyRuns(ctx context.Context) error {
	known, err := s.store.Secrets(ctx)
	if err != nil || s.alone() {
		return err
	}
	var names []string
	for _, server := range known.Servers {
		if server.Live(s.config.Now()) {
			names = append(names, server.Name)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		return fmt.Errorf("these servers run on the database: %s. Stop them first; one that was killed counts for half a minute", strings.Join(names, ", "))
	}
	return nil
}

// movedFrom is where the database belongs. It must be one of these secrets: moving
// that of somebody else would end all that was issued there.
func (s *Server) movedFrom(ctx context.Context) (string, error) {
	secrets, err := s.config.secrets(false)
	if err != nil {
		return "", err
	}
	file, err := seal.NewRing(secrets...)
	if err != nil {
		return "", err
	}
	ring, err := s.unretired(ctx, file)
	if err != nil {
		return "", err
	}
	box := ring.Box(seal.PurposeKeyCheck)
	found, err := s.store.Init(ctx, store.Identity{
		Epoch: newEpoch(), BaseURL: s.config.BaseURL, KeyCheck: box.Seal([]byte(keyCheck)),
	}, s.config.Now())
	if err != nil {
		return "", err
	}
	if plain, err := box.Open(found.KeyCheck); err != nil || string(plain) != keyCheck {
		return "", keys.ErrSecret
	}
	return found.BaseURL, nil
}
