package symbolon

// The listener for whoever watches and examines this process.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/symbolon-auth/symbolon/internal/metrics"
	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

// AdminHandler has the metrics at /metrics, the profiles of net/http/pprof at
// /debug/pprof/, and /healthz and /readyz, so that whoever restarts this process can
// ask beside strangers who hold all connections. It asks for no password and is no part
// of the server's own handler: serve it where only those can reach it who may look into
// the process.
func (s *Server) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// ListenForAdmin serves [Server.AdminHandler] at the configuration's address until
// the server is closed. It does nothing if there is none.
func (s *Server) ListenForAdmin() error {
	if s.config.Admin.Listen == "" {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(s.life, "tcp", s.config.Admin.Listen)
	if err != nil {
		return fmt.Errorf("admin.listen: %w", err)
	}
	server := &http.Server{
		Handler: s.AdminHandler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.background.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the admin listener failed; restart to have metrics again", "cause", err)
		}
	})
	context.AfterFunc(s.life, func() { _ = server.Close() }) // a profile under way is worth no wait
	return nil
}

// watch tells the metrics what to look up.
func (s *Server) watch() {
	w := metrics.Watched{CatalogAge: s.catalog.Age, Keys: s.keysInUse, CertificateEnds: s.certificateEnds, InFlight: map[string]func() int{}, Now: s.config.Now}
	for kind, class := range s.callers {
		w.InFlight[string(kind)] = class.InFlight
	}
	if counting, ok := s.store.(interface{ Stats() sqlite.Stats }); ok {
		w.Store = func() (intents, commits uint64) {
			stats := counting.Stats()
			return stats.Intents, stats.Commits
		}
	}
	s.metrics.Watch(w)
}

// certificateEnds asks when it is called: watch comes before the certificate is read.
func (s *Server) certificateEnds() (time.Time, bool) { return s.certificate.notAfter() }

func (s *Server) keysInUse() []metrics.Key {
	var list []metrics.Key
	for _, k := range s.keySchedule().Mark(s.keys.List()) {
		switch k.State {
		case store.KeyActive:
			list = append(list, metrics.Key{Alg: k.Alg, State: string(k.State), Since: k.ActiveAt, RotatesAt: k.RotatesAt})
		case store.KeyStandby:
			list = append(list, metrics.Key{Alg: k.Alg, State: string(k.State), Since: k.CreatedAt})
		}
	}
	return list
}
