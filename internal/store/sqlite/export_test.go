package sqlite

import (
	"context"
)

// BeforeCommit makes f run before each COMMIT; its error fails the COMMIT. To be
// called before the store is used.
func (s *Store) BeforeCommit(f func() error) { s.writer.beforeCommit = f }

// Hold occupies the writer until release is called, so that whatever is
// presented meanwhile becomes one batch.
func (s *Store) Hold() (release func()) {
	held, free, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_, _ = do(context.Background(), s.writer, func(*session) (bool, error) {
			close(held)
			<-free
			return true, nil
		})
	}()
	<-held
	return func() { close(free); <-done }
}

// Waiting is the number of intents in the queue.
func (s *Store) Waiting() int { return len(s.writer.queue) }

// Exec runs SQL as an intent.
func (s *Store) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return do(ctx, s.writer, func(q *session) (int64, error) { return q.exec(query, args...) })
}

// Pragma reads a pragma of the writing connection.
func (s *Store) Pragma(ctx context.Context, name string) (value string, err error) {
	return do(ctx, s.writer, func(q *session) (string, error) {
		var value string
		_, err := q.row("PRAGMA "+name, nil, &value)
		return value, err
	})
}

// Swallow is an intent that ignores an error of SQL and goes on.
func (s *Store) Swallow(ctx context.Context, failing, next string) error {
	_, err := do(ctx, s.writer, func(q *session) (bool, error) {
		_, _ = q.exec(failing)
		_, _ = q.exec(next)
		return true, nil
	})
	return err
}

// Panic is an intent that writes and then panics.
func (s *Store) Panic(ctx context.Context, query string) error {
	_, err := do(ctx, s.writer, func(q *session) (bool, error) {
		_, err := q.exec(query)
		if err != nil {
			return false, err
		}
		panic("on purpose")
	})
	return err
}
