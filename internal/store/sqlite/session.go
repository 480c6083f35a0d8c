package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// session runs SQL: one intent on the writing connection, or one read. Its
// first error is its last: after it no statement runs any more, so that an
// intent whose transaction SQLite has ended cannot go on outside of it.
type session struct {
	ctx   context.Context // of this one read; the writer's never ends
	cache *statements
	err   error
}

// exec runs a statement and returns the number of rows it changed.
func (s *session) exec(query string, args ...any) (int64, error) {
	if s.err != nil {
		return 0, s.err
	}
	stmt, err := s.cache.get(s.ctx, query)
	if err != nil {
		return 0, s.fail(err)
	}
	result, err := stmt.ExecContext(s.ctx, args...)
	if err != nil {
		return 0, s.fail(err)
	}
	n, err := result.RowsAffected()
	return n, s.fail(err)
}

// row scans the first row into dest and reports whether there was one.
func (s *session) row(query string, args []any, dest ...any) (bool, error) {
	found := false
	err := s.rows(query, args, func(scan scanner) error {
		if found {
			return nil
		}
		found = true
		return scan(dest...)
	})
	return found && err == nil, err
}

// scanner reads the columns of the current row.
type scanner func(dest ...any) error

// rows calls each for every row, to the end: a write with RETURNING is only
// complete when its rows have been read.
func (s *session) rows(query string, args []any, each func(scanner) error) (err error) {
	if s.err != nil {
		return s.err
	}
	stmt, err := s.cache.get(s.ctx, query)
	if err != nil {
		return s.fail(err)
	}
	rows, err := stmt.QueryContext(s.ctx, args...)
	if err != nil {
		return s.fail(err)
	}
	defer func() { err = s.fail(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *session) fail(err error) error {
	if err != nil && s.err == nil {
		s.err = err
	}
	return err
}

// preparer is a *sql.Conn (the writer) or a *sql.DB (the readers).
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// statements keeps every statement prepared. Their texts are constants of this
// package, or put together from a handful of constant conditions, so their
// number is bounded.
type statements struct {
	on preparer

	mu    sync.Mutex
	known map[string]*sql.Stmt
}

func newStatements(on preparer) *statements {
	return &statements{on: on, known: map[string]*sql.Stmt{}}
}

func (c *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if stmt, ok := c.known[query]; ok {
		return stmt, nil
	}
	stmt, err := c.on.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.known[query] = stmt
	return stmt, nil
}

// close forgets all statements; those of a lost connection are gone with it.
func (c *statements) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, stmt := range c.known {
		_ = stmt.Close()
	}
	clear(c.known)
}
