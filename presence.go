package symbolon

// What a server lets others know of itself: that it runs, and with which secrets. So
// commands can tell what would break a server that they do not see.

import (
	"context"
	"os"
	"time"

	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// appear makes this server known, from the moment before it answers.
func (s *Server) appear(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	s.ring.noting = store.RunningServer{ID: seal.RandomID("srv_"), Name: host + " " + s.config.Listen, StartedAt: s.config.Now()}
	return s.note(ctx, s.ring.current.Fingerprints())
}

// note says that this server uses these secrets. The caller holds s.ring.mu.
func (s *Server) note(ctx context.Context, fingerprints []string) error {
	if s.ring.noting.ID == "" {
		return nil
	}
	s.ring.noting.Secrets = fingerprints
	return s.store.NoteServer(ctx, store.NoteServer{Server: s.ring.noting, Alone: s.alone(), Now: s.config.Now()})
}

// alone: no other process has the database open.
func (s *Server) alone() bool { return !s.config.sharesDatabase() }

// beSeen says again and again that this server runs, where others share its database.
func (s *Server) beSeen(ctx context.Context) {
	ticker := time.NewTicker(store.ServerSeen)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.ring.mu.Lock()
		err := s.note(ctx, s.ring.current.Fingerprints())
		s.ring.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			s.log.Debug("saying that this server runs", "cause", err)
		}
	}
}

// disappear takes the word back. Where it cannot, others find out in time.
func (s *Server) disappear() {
	if s.store == nil || s.ring.noting.ID == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.store.EndServer(ctx, s.ring.noting.ID, s.config.Now()); err != nil {
		s.log.Debug("saying that this server ends", "cause", err)
	}
}
