package postgres

import "github.com/jackc/pgx/v5"

// Traced returns o with a tracer of every statement.
func Traced(o Options, t pgx.QueryTracer) Options {
	o.tracer = t
	return o
}

// BeforeRetry makes f run before an intent is tried again. To be called before the
// store is used.
func (s *Store) BeforeRetry(f func(error)) { s.beforeRetry = f }

// MaxTries is how often an intent is run that keeps losing.
const MaxTries = maxTries
