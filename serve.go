package symbolon

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// Bounds of a connection. A login is many short requests; only the feed of
// revocations waits and streams, and sets its own bound.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 32 << 10

	// maxConnections leaves files and memory to the rest of the server: a slow connection
	// was measured to take up to 28 KB, a silent one 7.
	maxConnections = 8192
)

// http2Bounds are those of a connection that carries many requests. A browser or a proxy
// needs no hundred at a time, and bodies are small: what one connection can make the
// server keep is 256 KB, not net/http's megabyte and more.
var http2Bounds = http.HTTP2Config{
	MaxConcurrentStreams:          100, // RFC 9113 §5.1.2: not fewer
	MaxReceiveBufferPerConnection: 256 << 10,
	MaxReceiveBufferPerStream:     64 << 10,
	WriteByteTimeout:              requestTimeout, // to who reads nothing
}

// Serve answers requests on l until ctx ends, and then as long as [Shutdown] says:
// it goes on while others find out, and lets what is under way finish. It speaks
// HTTP/1.1, HTTP/2 with prior knowledge (the Node SDK's gRPC without TLS) and, with
// TLS, whichever the peer negotiates.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := s.httpServer()
	connections := httpx.NewConnections(l, maxConnections)
	connections.Serve(server)
	server.RegisterOnShutdown(s.endWaits)
	failed := make(chan error, 1)
	go func() { failed <- s.accept(server, connections) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	if err := s.drain(failed); err != nil {
		return err
	}
	s.log.Info("shutting down: finishing the requests under way")
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Shutdown.Grace)
	defer cancel()
	if err := server.Shutdown(finish); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// drain serves on for the delay, in which whatever sends requests here finds out by
// /readyz, and by each answer, that it should send them elsewhere.
func (s *Server) drain(failed <-chan error) error {
	s.draining.Store(true)
	if s.config.Shutdown.Delay == 0 {
		return nil
	}
	s.log.Info("draining: /readyz says 503, and requests are still served", "delay", s.config.Shutdown.Delay)
	select {
	case err := <-failed:
		return err
	case <-time.After(s.config.Shutdown.Delay):
		return nil
	}
}

// leaving asks for a new connection with each answer while the server drains
// (RFC 9112 §9.6; on HTTP/2, net/http sends GOAWAY). A connection that is closed
// while it is idle may meet a request that is on its way; one that is closed after
// an answer cannot.
//
// A chunked request is the last of its connection at any time. net/http has dropped a
// Content-Length that stood beside (RFC 9112 §6.3 demands the close then), so it cannot be
// told from an honest one, and what follows may be a request only to us: to a proxy that
// counted the length it was a body.
func (s *Server) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() || len(r.TransferEncoding) > 0 && r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) accept(server *http.Server, l net.Listener) error {
	var err error
	if s.certificate != nil {
		err = server.ServeTLS(l, "", "") // the files' names are the certificate's own
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
	server := &http.Server{
		Handler:           s,
		Protocols:         &protocols,
		HTTP2:             &http2Bounds,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if s.certificate != nil {
		server.TLSConfig.GetCertificate = s.certificate.get
	}
	return server
}
