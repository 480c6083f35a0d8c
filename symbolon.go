package symbolon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/brand"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/cimd"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/limit"
	"github.com/symbolon-auth/symbolon/internal/metrics"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/tracing"
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
	callers  map[caller]*limit.Class
	inbox    *httpx.Inbox
	metrics  *metrics.Metrics
	tracer   *tracing.Tracer // nil if nothing is traced
	pages    *web.Pages
	brands   *brand.Brands

	steps  atomic.Pointer[steps] // under the secrets of now
	shared shared                // by all steps that there ever are
	ring   ring

	certificate *certificate // nil if the server speaks no TLS itself

	draining   atomic.Bool     // since Serve was told to end
	life       context.Context // ends with Close
	stop       context.CancelFunc
	waits      context.Context // ends when Serve begins to shut down, with life at the latest
	endWaits   context.CancelFunc
	background sync.WaitGroup
}

// New opens the database, brings it to the configuration's state, and makes a
// server that is ready to answer. The caller closes it.
//
// Objects of the configuration are written to the database as owned by the file;
// what vanished from it is disabled, not deleted. A PostgreSQL database, which
// other servers share, is left as it is: [Server.Apply] changes it.
func New(c Config) (*Server, error) {
	s, err := Open(c)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.configure(s.life), s.readCertificate(), s.appear(s.life)); err != nil {
		_ = s.Close() // the first error is the one to report
		return nil, err
	}
	s.background.Go(func() { s.catalog.Run(s.life) })
	s.background.Go(func() { s.follow(s.life) })
	s.background.Go(func() { s.sweep(s.life) })
	s.background.Go(func() { s.rotateKeys(s.life) })
	s.background.Go(func() { s.watchSecrets(s.life) })
	if s.config.sharesDatabase() {
		s.background.Go(func() { s.beSeen(s.life) })
	}
	if s.certificate != nil {
		s.background.Go(func() { s.renewCertificate(s.life) })
	}
	return s, nil
}

// Open is New without effect on the configuration that is in the database, and
// without background work: for a command that looks at the database or changes it
// while no server runs. Requests other than those of [Server.Operator] are refused,
// since the configuration is not read.
func Open(c Config) (*Server, error) {
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
	s := &Server{config: config, log: config.Logger, callers: newCallers(config.Limits), inbox: httpx.NewInbox(), metrics: metrics.New()}
	var err error
	if s.tracer, err = tracing.Start(context.Background(), tracing.Options{Endpoint: config.Tracing.Endpoint, Log: s.log}); err != nil {
		return nil, err
	}
	s.log = s.tracer.Log(s.log)
	s.attempts = attempt.New(attempt.Options{Observe: s.metrics.Step})
	s.life, s.stop = context.WithCancel(context.Background())
	s.waits, s.endWaits = context.WithCancel(s.life)
	if err := s.open(s.life); err != nil {
		_ = s.Close() // the first error is the one to report
		return nil, err
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) error {
	// A new secret beside an existing database would hide that the right one is lost.
	secrets, err := s.config.secrets(!s.config.databaseExists())
	if err != nil {
		return err
	}
	file, err := seal.NewRing(secrets...)
	if err != nil {
		return err
	}
	if s.store, err = openStore(ctx, s.config); err != nil {
		return err
	}
	ring, err := s.unretired(ctx, file)
	if err != nil {
		return err
	}
	if s.shared.epoch, err = s.identify(ctx, ring); err != nil {
		return err
	}
	s.keys = keys.New(s.store, ring.Box(seal.PurposeSigningKey), s.config.Now)
	if err := s.keys.Ensure(ctx, nil); err != nil {
		return err
	}
	// The lease runs on the machine's clock, whatever clock the protocol uses.
	s.catalog = catalog.NewSource(versions{s}, catalog.Options{Log: s.log, Now: time.Now})
	if s.pages, err = web.New(); err != nil {
		return err
	}
	if err := s.share(); err != nil {
		return err
	}
	if err := s.ensureRegistrationKey(ctx, ring); err != nil {
		return err
	}
	if err := s.take(ctx, file, ring); err != nil {
		return err
	}
	s.watch()
	return nil
}

// documents is where the metadata documents of clients come from.
func (s *Server) documents() (*cimd.Source, error) {
	o := cimd.Options{BaseURL: s.config.BaseURL, AllowLoopback: s.config.CIMD.AllowLoopback, Log: s.log, Now: s.config.Now}
	if dir := s.config.CIMD.PinnedDir; dir != "" {
		o.Pinned = os.DirFS(dir)
	}
	return cimd.New(o)
}

// ServeHTTP answers every path of the base URL.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.steps.Load().handler.ServeHTTP(w, r)
}

// Close ends the background work and closes the database. Requests that are under
// way fail afterwards; Serve waits for them first.
func (s *Server) Close() error {
	s.stop()
	s.background.Wait()
	s.disappear()
	s.tracer.Close()
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
		swept, err := s.store.Sweep(ctx, s.config.Now(), store.Keep{Ended: s.config.Retention, Audit: s.config.AuditRetention})
		if err != nil && ctx.Err() == nil {
			s.log.Error("deleting old rows", "cause", err)
		} else if swept != (store.Swept{}) {
			s.log.Debug("deleted old rows", "logins", swept.Logins, "codes", swept.Codes,
				"attempts", swept.Attempts, "grants", swept.Grants, "audit", swept.Audit)
		}
	}
}
