package symbolon

// Signing keys that change by themselves.

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
)

const (
	// dueEvery is how often this server looks, in memory, whether a rotation is due.
	dueEvery = time.Second
	// dueAgain is how long it waits after a rotation that failed.
	dueAgain = time.Minute
)

func (s *Server) keySchedule() keys.Schedule {
	return keys.Schedule{Every: s.config.Keys.RotateEvery, PublishBefore: s.config.Keys.PublishBefore}
}

// rotateKeys rotates what is due, until ctx ends. Every server of a database does so,
// without a leader: who is first rotates, and the others see it with their next look.
func (s *Server) rotateKeys(ctx context.Context) {
	for wait := dueEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = dueEvery
		signing, err := s.keys.RotateDue(ctx, s.keySchedule())
		for _, k := range signing {
			s.log.Info("the next signing key signs now, as scheduled", "alg", k.Alg, "kid", k.KID)
		}
		if err != nil && ctx.Err() == nil {
			wait = dueAgain
			s.log.Error("a signing key is due for rotation, and that failed; it is tried again in a minute", "cause", err)
		}
	}
}
