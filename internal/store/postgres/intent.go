package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// maxTries bounds how often a serialization failure or deadlock is retried.
	maxTries = 8
	// maxRounds bounds how often an intent starts again because its row changed
	// between two statements. Each time, another intent has got somewhere.
	maxRounds = 32
)

// session runs the SQL of one intent.
type session struct {
	ctx context.Context // of the intent, never that of a request
	on  querier
}

// querier is a connection, or a transaction on it.
type querier interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// do runs an intent, or a read, and returns when it is committed or refused. If
// ctx ends first, do returns its error at once and the intent may still be
// committed; unless it still waited for a connection, then it has not begun.
func do[T any](ctx context.Context, s *Store, run func(*session) (T, error)) (T, error) {
	return doOn(ctx, s, s.pool, patience, run)
}

func doOn[T any](ctx context.Context, s *Store, pool *pgxpool.Pool, within time.Duration, run func(*session) (T, error)) (T, error) {
	type result struct {
		answer T
		err    error
	}
	var none T
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	conn, err := acquire(ctx, pool)
	if err != nil {
		cancel()
		return none, err
	}
	done := make(chan result, 1)
	go func() {
		defer cancel()
		var r result
		r.answer, r.err = persist(own, s, conn.Conn(), run)
		conn.Release() // closes it if it is broken or in a transaction
		done <- r
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return none, r.err
		}
		return r.answer, nil
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// acquire waits for a connection until the request or our patience ends.
func acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := pool.Acquire(waiting)
	if ctx.Err() != nil {
		if err == nil {
			conn.Release()
		}
		return nil, context.Cause(ctx)
	}
	return conn, outside(err, true)
}

// persist runs the intent, and runs it again while the server says that it lost
// against another transaction and was rolled back. An intent is a function of its
// argument and the database alone, so it may run more than once.
func persist[T any](ctx context.Context, s *Store, conn *pgx.Conn, run func(*session) (T, error)) (answer T, err error) {
	for try := range maxTries {
		answer, err = protect(s, func() (T, error) { return run(&session{ctx, conn}) })
		if !durable(conn) {
			return answer, errors.Join(errUnknown, err)
		}
		if !transient(err) {
			return answer, outside(err, conn.IsClosed())
		}
		if s.beforeRetry != nil {
			s.beforeRetry(err)
		}
		if pause(ctx, try) != nil {
			break
		}
	}
	return answer, outside(err, false)
}

// pause waits at random, so that those who collided do not meet again.
func pause(ctx context.Context, try int) error {
	longest := min(4*time.Millisecond<<try, 250*time.Millisecond)
	select {
	case <-time.After(rand.N(longest)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// protect turns a panic into an error: it happened on a goroutine that no handler
// guards.
func protect[T any](s *Store, run func() (T, error)) (answer T, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.logger.Error("a database intent panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("store: intent panicked: %v", p)
		}
	}()
	return run()
}

// settle repeats round until it has an answer: false means that the row has
// changed between two of its statements.
func settle[T any](round func() (answer T, settled bool, err error)) (T, error) {
	for range maxRounds {
		if answer, settled, err := round(); settled || err != nil {
			return answer, err
		}
	}
	var none T
	return none, errTooBusy
}

// exec runs a statement and returns the number of rows it changed.
func (q *session) exec(query string, args ...any) (int64, error) {
	tag, err := q.on.Exec(q.ctx, query, args...)
	return tag.RowsAffected(), err
}

// row scans the first row into dest and reports whether there was one.
func (q *session) row(query string, args []any, dest ...any) (bool, error) {
	found := false
	err := q.rows(query, args, func(scan scanner) error {
		if found {
			return nil
		}
		found = true
		if len(dest) == 0 {
			return nil // that there is a row says it all
		}
		return scan(dest...)
	})
	return found && err == nil, err
}

// scanner reads the columns of the current row.
type scanner func(dest ...any) error

// rows calls each for every row, and returns after the COMMIT: an error there
// comes after the last row.
func (q *session) rows(query string, args []any, each func(scanner) error) error {
	rows, err := q.on.Query(q.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	rows.Close()
	return rows.Err()
}

// after runs two statements as one transaction in one round trip, and reports
// whether the second returned a row. The second sees all that was committed before
// the first had its locks.
func (q *session) after(first, second string, args named) (found bool, err error) {
	batch := &pgx.Batch{}
	batch.Queue(first, args)
	batch.Queue(second, args).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			found = true
		}
		return rows.Err()
	})
	err = q.on.SendBatch(q.ctx, batch).Close()
	return found && err == nil, err
}

// transaction runs several statements as one, for as long as longPatience. But whether
// the server answers at all is found out as soon as for any other intent.
func transaction[T any](ctx context.Context, s *Store, run func(*session) (T, error)) (T, error) {
	return doOn(ctx, s, s.pool, longPatience, func(q *session) (answer T, err error) {
		tx, err := begin(q)
		if err != nil {
			return answer, err
		}
		defer func() { _ = tx.Rollback(q.ctx) }() // which after COMMIT does nothing
		if answer, err = run(&session{q.ctx, tx}); err != nil {
			return answer, err
		}
		return answer, tx.Commit(q.ctx)
	})
}

// presently is transaction for somebody who waits no longer than for any other answer.
// What takes longer goes on, and who asks again finds it done.
func presently[T any](ctx context.Context, s *Store, run func(*session) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errLate)
	defer cancel()
	return transaction(ctx, s, run)
}

// begin begins a transaction whose statements may take long.
func begin(q *session) (pgx.Tx, error) {
	ctx, cancel := context.WithTimeout(q.ctx, patience)
	defer cancel()
	tx, err := q.on.Begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = `+inMillis(longPatience)); err != nil {
		return nil, errors.Join(err, tx.Rollback(ctx))
	}
	return tx, nil
}
