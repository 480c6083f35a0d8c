package symbolon

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/authorize"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/discovery"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/machine"
	"github.com/symbolon-auth/symbolon/internal/register"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/token"
	"github.com/symbolon-auth/symbolon/internal/web"
)

// Server is one node: an http.Handler for the whole base URL.
type Server struct {
	config   *Config
	log      *slog.Logger
	store    store.Store
	catalog  *catalog.Source
	keys     *keys.Manager
	attempts *attempt.Recorder
	handler  http.Handler

	// The steps, for routes.go.
	discovery *discovery.Handler
	register  *register.Handler
	authorize *authorize.Handler
	token     *token.Handler
	pages     *web.Pages

	stop       context.CancelFunc
	background sync.WaitGroup
}

// New opens the database, brings it to the configuration's state, and makes a
// server that is ready to answer. The caller closes it.
//
// Objects of the configuration are written to the database as owned by the file;
// what vanished from it is disabled, not deleted.
func New(c Config) (*Server, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	config := c.WithDefaults()
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	s := &Server{config: config, log: config.Logger, attempts: attempt.New(attempt.Options{})}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	if err := s.start(ctx); err != nil {
		_ = s.Close() // the first error is the one to report
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	secrets, err := s.config.Secrets()
	if err != nil {
		return err
	}
	ring, err := seal.NewRing(secrets...)
	if err != nil {
		return err
	}
	if s.store, err = openStore(ctx, s.config); err != nil {
		return err
	}
	epoch, err := s.identify(ctx, ring)
	if err != nil {
		return err
	}
	if err := s.loadKeys(ctx, ring); err != nil {
		return err
	}
	if err := s.loadCatalog(ctx); err != nil {
		return err
	}
	ids, err := s.registrationIDs(ctx, ring)
	if err != nil {
		return err
	}
	if s.pages, err = web.New(); err != nil {
		return err
	}
	s.assemble(ring, epoch, ids)
	s.handler = s.routes()
	s.background.Go(func() { s.catalog.Run(ctx) })
	s.background.Go(func() { s.sweep(ctx) })
	return nil
}

// assemble makes the steps. None knows another.
func (s *Server) assemble(ring *seal.Ring, epoch string, ids *register.IDs) {
	clients := register.NewResolver(ids)
	tokens := machine.New(s.keys, s.config.BaseURL, s.config.Now)
	s.discovery = discovery.New(s.config.BaseURL, s.catalog, s.keys)
	s.register = register.NewHandler(ids, s.catalog)
	s.authorize = authorize.New(authorize.Options{
		BaseURL: s.config.BaseURL, Catalog: s.catalog, Clients: clients, Store: s.store, Epoch: epoch, Ring: ring,
		Machine: tokens, Pages: s.pages, Attempts: s.attempts, Log: s.log, Now: s.config.Now,
	})
	s.token = token.New(token.Options{
		BaseURL: s.config.BaseURL, Catalog: s.catalog, Clients: clients, Store: s.store, Epoch: epoch, Ring: ring,
		Keys: s.keys, Machine: tokens, Attempts: s.attempts, Grace: s.config.Grace, Log: s.log, Now: s.config.Now,
	})
}

// ServeHTTP answers every path of the base URL.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends the background work and closes the database. Requests that are under
// way fail afterwards; Serve waits for them first.
func (s *Server) Close() error {
	s.stop()
	s.background.Wait()
	if s.store == nil {
		return nil
	}
	if err := s.store.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}

// sweepEvery is how often what is past its keeping is deleted.
const sweepEvery = 10 * time.Minute

func (s *Server) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		swept, err := s.store.Sweep(ctx, s.config.Now(), s.config.Retention)
		if err != nil && ctx.Err() == nil {
			s.log.Error("deleting old rows", "cause", err)
		} else if swept != (store.Swept{}) {
			s.log.Debug("deleted old rows", "logins", swept.Logins, "codes", swept.Codes,
				"attempts", swept.Attempts, "grants", swept.Grants)
		}
	}
}
