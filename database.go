package symbolon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

// openStore opens the database that the configuration names.
func openStore(ctx context.Context, c *Config) (store.Store, error) {
	if c.sharesDatabase() {
		return opened(postgres.Open(ctx, c.postgres()))
	}
	path := strings.TrimPrefix(c.Database, sqlitePrefix) // Check has seen it
	return opened(sqlite.Open(ctx, sqlite.Options{Path: path, Logger: c.Logger}))
}

// postgres says how to reach a PostgreSQL database.
func (c *Config) postgres() postgres.Options {
	return postgres.Options{URL: c.Database, Portable: c.DatabasePortable, Logger: c.Logger}
}

// databaseSystem is the kind of database, as OpenTelemetry names it.
func (c *Config) databaseSystem() string {
	if c.sharesDatabase() {
		return "postgresql"
	}
	return "sqlite"
}

// opened makes an interface that is nil if there is no store.
func opened[S store.Store](s S, err error) (store.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// keyCheck is what the database's key check holds once opened.
const keyCheck = "symbolon"

// identify makes sure that database, base URL and master secret belong together,
// and returns the epoch. A database moved to another base URL would sign tokens
// under an issuer that its clients do not know.
func (s *Server) identify(ctx context.Context, ring *seal.Ring) (epoch string, err error) {
	box := ring.Box(seal.PurposeKeyCheck)
	found, err := s.store.Init(ctx, store.Identity{
		Epoch:    newEpoch(),
		BaseURL:  s.config.BaseURL,
		KeyCheck: box.Seal([]byte(keyCheck)),
	}, s.config.Now())
	if err != nil {
		return "", err
	}
	if found.BaseURL != s.config.BaseURL {
		return "", fmt.Errorf("base_url: this database belongs to %s, not to %s; set base_url back, or move the database: "+
			"\"symbolon rebase --to %s\" says what that ends", found.BaseURL, s.config.BaseURL, s.config.BaseURL)
	}
	if plain, err := box.Open(found.KeyCheck); err != nil || string(plain) != keyCheck {
		return "", keys.ErrSecret
	}
	return found.Epoch, nil
}

// versions is the catalog's way to the store. One query a poll also tells whether
// keys were rotated, or a secret was retired, elsewhere, and whether this server's clock
// is right.
type versions struct{ s *Server }

func (v versions) Version(ctx context.Context) (int64, error) {
	asked := v.s.config.Now()
	found, err := v.s.store.Versions(ctx)
	if err != nil {
		return 0, err
	}
	if err := agree(found.Clock, asked, v.s.config.Now()); err != nil {
		return 0, err
	}
	if err := v.s.keys.Observe(ctx, found.Keys); err != nil {
		return 0, err
	}
	return found.Catalog, v.s.observeRing(ctx, found.Keys)
}

func (v versions) Catalog(ctx context.Context) ([]catalog.Object, int64, error) {
	return v.s.store.Catalog(ctx)
}

// configure applies the configuration and takes the first snapshot. A database
// that several servers share is not one server's to change, least of all by an
// old file on a node that restarts: there it only says what differs.
func (s *Server) configure(ctx context.Context) error {
	desired, err := s.config.Objects()
	if err != nil {
		return err
	}
	shared := s.config.sharesDatabase()
	change, err := s.Apply(ctx, desired, ApplyOptions{Actor: "configuration", DryRun: shared})
	if err != nil {
		return err
	}
	if shared && !change.Empty() {
		s.log.Warn("the configuration file and the database differ, and this server follows the database; "+
			"\"symbolon apply\" shows the difference and applies the file", "changes", len(change.Lines))
	}
	return s.catalog.Refresh(ctx)
}

// follow makes changes of other nodes known here at once, where the database can
// tell; the polls find them anyway, and report what fails.
func (s *Server) follow(ctx context.Context) {
	telling, ok := s.store.(interface {
		Notify(ctx context.Context) <-chan struct{}
	})
	if !ok {
		return
	}
	for range telling.Notify(ctx) {
		_ = s.catalog.Refresh(ctx)
	}
}

// ApplyOptions says how Apply treats the difference.
type ApplyOptions struct {
	Prune  bool   // delete what vanished, with its grants, instead of disabling it
	DryRun bool   // only compute the difference
	Actor  string // for the audit entry
	// Agree, if not nil, is asked before a difference is written, also by a dry
	// run. Its error is the error of Apply, and nothing is written.
	Agree func(catalog.Change) error
}

// applyAttempts bounds how often a change that lost a race is computed anew.
const applyAttempts = 5

// Apply brings the objects that the file owns to the desired state and returns what
// that changed.
func (s *Server) Apply(ctx context.Context, desired []catalog.Object, o ApplyOptions) (catalog.Change, error) {
	for range applyAttempts {
		current, version, err := s.store.Catalog(ctx)
		if err != nil {
			return catalog.Change{}, err
		}
		change, err := catalog.Diff(current, desired, catalog.OwnerFile, o.Prune)
		if err != nil || change.Empty() {
			return change, err
		}
		if o.Agree != nil {
			if err := o.Agree(change); err != nil {
				return change, err
			}
		}
		if o.DryRun {
			return change, nil
		}
		// Before the change, so that no server signs with a key that is not there.
		if err := s.ensureKeys(ctx, change.After(current)); err != nil {
			return change, err
		}
		err = s.applyChange(ctx, version, change, o.Actor)
		if !errors.Is(err, store.ErrConflict) {
			return change, err
		}
	}
	return catalog.Change{}, errors.New("the configuration is being changed by somebody else; try again")
}

func (s *Server) applyChange(ctx context.Context, version int64, change catalog.Change, actor string) error {
	now := s.config.Now()
	a := store.ApplyCatalog{Base: version, Put: change.Put, Delete: change.Delete, Now: now}
	for _, line := range change.Lines {
		a.Audit = append(a.Audit, store.AuditEntry{
			At: now, Actor: actor, Action: "catalog." + string(line.Action), Object: string(line.Ref.Kind) + ":" + line.Ref.ID,
		})
	}
	if _, err := s.store.ApplyCatalog(ctx, a); err != nil {
		return err
	}
	return s.catalog.Refresh(ctx)
}

// ensureKeys makes keys for the algorithms that a catalog's MCP servers sign with.
func (s *Server) ensureKeys(ctx context.Context, objects []catalog.Object) error {
	snap, err := catalog.NewSnapshot(objects, 0)
	if err != nil {
		return err
	}
	algs := map[string]bool{}
	for _, server := range snap.MCPServers() {
		algs[server.SigningAlg] = true
	}
	return s.keys.Ensure(ctx, slices.Sorted(maps.Keys(algs)))
}
