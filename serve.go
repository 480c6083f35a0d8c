package symbolon

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Bounds of a connection. A login is many short requests; only the feed of
// revocations waits and streams, and sets its own bound.
const (
	headerTimeout   = 10 * time.Second
	requestTimeout  = 30 * time.Second
	idleTimeout     = 2 * time.Minute
	maxHeaderBytes  = 32 << 10
	shutdownTimeout = 20 * time.Second
)

// Serve answers requests on l until ctx ends, then lets those under way finish, for
// at most 20 seconds. It speaks HTTP/1.1, HTTP/2 with prior knowledge (the Node SDK's
// gRPC without TLS) and, with TLS, whichever the peer negotiates.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := s.httpServer()
	server.RegisterOnShutdown(s.endWaits)
	failed := make(chan error, 1)
	go func() { failed <- s.accept(server, l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.log.Info("shutting down: finishing the requests under way")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

func (s *Server) accept(server *http.Server, l net.Listener) error {
	var err error
	if s.config.TLS.CertFile != "" {
		err = server.ServeTLS(l, s.config.TLS.CertFile, s.config.TLS.KeyFile)
	} else {
		err = server.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *Server) httpServer() *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           s,
		Protocols:         &protocols,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}
