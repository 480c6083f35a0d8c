package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	channel = "symbolon_versions"
	// listenAgain is the pause after a connection for listening was lost. Nobody
	// waits for it: who polls is merely later.
	listenAgain = time.Second
)

// notify tells the listeners, at the COMMIT of the transaction, that Versions has
// changed.
func (s *Store) notify(q *session) error {
	if s.portable {
		return nil
	}
	_, err := q.exec(`NOTIFY ` + channel)
	return err
}

// Notify returns a channel that gets a value soon after Versions has changed, on
// whichever node. It may get more values than there were changes, and misses those
// that fall into a lost connection: it makes polling faster, and does not replace
// it. With [Options.Portable] it gets none. It is closed after ctx ends.
func (s *Store) Notify(ctx context.Context) <-chan struct{} {
	changed := make(chan struct{}, 1)
	go func() {
		defer close(changed)
		for !s.portable && ctx.Err() == nil {
			if err := s.listen(ctx, changed); err != nil && ctx.Err() == nil {
				s.logger.DebugContext(ctx, "listening for changes ended; polling goes on", "cause", err)
			}
			select {
			case <-time.After(listenAgain):
			case <-ctx.Done():
			}
		}
		<-ctx.Done()
	}()
	return changed
}

// listen uses a connection of its own: one of the pool would be missing there.
func (s *Store) listen(ctx context.Context, changed chan<- struct{}) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return err
	}
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
		select {
		case changed <- struct{}{}:
		default: // one that nobody has taken yet says as much
		}
	}
}
