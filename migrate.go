package symbolon

// The schema of the database, apart from a server.

import (
	"context"

	"github.com/symbolon-auth/symbolon/internal/store/postgres"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

// Schema is the version of a database's schema, and the newest that this release knows.
// A version of 0 means that there is nothing yet.
type Schema struct{ Current, Known int64 }

// ReadSchema looks at the database that c names, also while servers run on it.
func ReadSchema(ctx context.Context, c *Config) (s Schema, err error) {
	if c.sharesDatabase() {
		s.Current, s.Known, err = postgres.Schema(ctx, c.postgres())
		return s, err
	}
	path := c.DatabaseFile()
	if path == "" {
		return Schema{}, ErrNotInAFile
	}
	s.Current, s.Known, err = sqlite.Schema(ctx, path)
	return s, err
}

// Migrate brings the schema of the database that c names up to date. Servers do so
// themselves when they start. The error is [ErrDatabaseInUse] where a server has a
// SQLite database open.
func Migrate(ctx context.Context, c *Config) error {
	s, err := openStore(ctx, c.WithDefaults())
	if err != nil {
		return err
	}
	return s.Close()
}
