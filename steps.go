package symbolon

import (
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/authorize"
	"github.com/symbolon-auth/symbolon/internal/brand"
	"github.com/symbolon-auth/symbolon/internal/cimd"
	"github.com/symbolon-auth/symbolon/internal/discovery"
	"github.com/symbolon-auth/symbolon/internal/limit"
	"github.com/symbolon-auth/symbolon/internal/machine"
	"github.com/symbolon-auth/symbolon/internal/manage"
	"github.com/symbolon-auth/symbolon/internal/refreshcheck"
	"github.com/symbolon-auth/symbolon/internal/register"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/token"
)

// steps are what answers requests, all under the same secrets and registration keys.
// When those change, new steps take the place of the old ones, and a request that is
// under way ends with the ones that it began with: a login that met two rings in one
// request would fit neither.
type steps struct {
	*Server
	discovery *discovery.Handler
	register  *register.Handler
	authorize *authorize.Handler
	token     *token.Handler
	manage    *manage.Handler
	handler   http.Handler
}

// shared is what steps hand on to those that follow.
type shared struct {
	epoch     string
	documents *cimd.Source
	tokens    *machine.Tokens
	guesses   *limit.Failures
	check     *refreshcheck.Checker
}

// share makes it, once.
func (s *Server) share() error {
	documents, err := s.documents()
	if err != nil {
		return err
	}
	s.shared.documents = documents
	s.shared.tokens = machine.New(s.keys, s.config.BaseURL, s.config.Now)
	s.shared.guesses = limit.NewFailures(guesses)
	s.shared.check = refreshcheck.New(refreshcheck.Options{BaseURL: s.config.BaseURL, Keys: s.keys, Now: s.config.Now})
	s.brands = brand.New(brand.Options{Catalog: s.catalog, Log: s.log, Now: s.config.Now, Life: s.life})
	return nil
}

// assemble makes the steps. None knows another.
func (s *Server) assemble(ring *seal.Ring, ids *register.IDs) *steps {
	clients := register.NewResolver(ids, s.shared.documents)
	stored := s.tracer.Store(s.store, s.config.databaseSystem())
	next := &steps{Server: s}
	next.discovery = discovery.New(s.config.BaseURL, s.catalog, s.keys)
	next.register = register.NewHandler(ids, s.catalog, s.shared.documents)
	next.authorize = authorize.New(authorize.Options{
		BaseURL: s.config.BaseURL, Catalog: s.catalog, Clients: clients, Store: s.metrics.Store(stored), Epoch: s.shared.epoch, Ring: ring,
		Machine: s.shared.tokens, Pages: s.pages, Brand: s.brands.Of, Attempts: s.attempts, Log: s.log, Now: s.config.Now,
	})
	next.manage = manage.New(manage.Options{
		BaseURL: s.config.BaseURL, Catalog: s.catalog, Store: stored, Ring: ring,
		Machine: s.shared.tokens, Pages: s.pages, Attempts: s.attempts, Log: s.log, Now: s.config.Now, Life: s.waits,
	})
	next.token = token.New(token.Options{
		BaseURL: s.config.BaseURL, Catalog: s.catalog, Clients: clients, Keysets: s.shared.documents, Store: stored, Epoch: s.shared.epoch, Ring: ring,
		Keys: s.keys, Check: s.shared.check,
		Machine: s.shared.tokens, Attempts: s.attempts, Guesses: s.shared.guesses, Count: s.metrics.Token,
		Grace: s.config.Grace, Log: s.log, Now: s.config.Now,
	})
	next.handler = next.routes()
	return next
}
