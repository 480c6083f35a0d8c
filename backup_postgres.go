package symbolon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/postgres"
)

// restoreShared is Restore on PostgreSQL.
func restoreShared(ctx context.Context, c *Config, file string, o RestoreOptions) error {
	if err := postgres.CanRestore(); err != nil {
		return err
	}
	s := &Server{config: c.WithDefaults()}
	if s.config.Now == nil {
		s.config.Now = time.Now
	}
	if s.config.Logger == nil {
		s.config.Logger = slog.Default()
	}
	secrets, err := s.config.secrets(false)
	if err != nil {
		return err
	}
	ring, err := seal.NewRing(secrets...)
	if err != nil {
		return err
	}
	if err := s.mayReplace(ctx, ring, o.Replace); err != nil {
		return err
	}
	return postgres.Restore(ctx, postgres.RestoreOptions{
		Database: c.Database, File: file,
		Fits: func(baseURL, check string) error { return s.isOurs(ring, baseURL, check) },
	})
}

// mayReplace refuses while servers run, and a database that is in use unless replace says so.
func (s *Server) mayReplace(ctx context.Context, ring *seal.Ring, replace bool) (err error) {
	if s.store, err = openStore(ctx, s.config); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	if err := s.nobodyRuns(ctx); err != nil || replace {
		return err
	}
	// An empty database takes this identity, as with a first start, until the backup's
	// replaces it.
	candidate := store.Identity{
		Epoch: newEpoch(), BaseURL: s.config.BaseURL, KeyCheck: ring.Box(seal.PurposeKeyCheck).Seal([]byte(keyCheck)),
	}
	found, err := s.store.Init(ctx, candidate, s.config.Now())
	if err == nil && found.Epoch != candidate.Epoch {
		err = fmt.Errorf("database %s: %w", s.config.DatabaseServer(), fs.ErrExist)
	}
	return err
}

// isOurs reports whether a backup belongs to this base URL and these secrets.
func (s *Server) isOurs(ring *seal.Ring, baseURL, check string) error {
	if baseURL != s.config.BaseURL {
		return fmt.Errorf("the backup does not fit this configuration: it is of %s, and base_url is %s; set base_url back, and move the database with \"symbolon rebase\" afterwards",
			baseURL, s.config.BaseURL)
	}
	if plain, err := ring.Box(seal.PurposeKeyCheck).Open(check); err != nil || string(plain) != keyCheck {
		return fmt.Errorf("the backup does not fit this configuration: %w", keys.ErrSecret)
	}
	return nil
}
