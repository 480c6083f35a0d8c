package symbolon

// What the operator's commands ask of a server, running or not.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/store/sqlite"
)

// ErrDatabaseInUse means that another process has the database open.
var ErrDatabaseInUse = sqlite.ErrLocked

// DatabaseFile is the path of a SQLite database, "" for any other.
func (c *Config) DatabaseFile() string {
	path, ok := strings.CutPrefix(c.WithDefaults().Database, sqlitePrefix)
	if !ok || path == sqlite.Memory {
		return ""
	}
	return path
}

// sharesDatabase reports whether other servers may have the database open, too:
// whether it is PostgreSQL.
func (c *Config) sharesDatabase() bool {
	database := c.WithDefaults().Database
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// DatabaseServer names a PostgreSQL database for people, as host and name without
// user and password; it is "" for any other.
func (c *Config) DatabaseServer() string {
	u, err := url.Parse(c.WithDefaults().Database)
	if err != nil || !c.sharesDatabase() {
		return ""
	}
	return u.Host + u.Path
}

// databaseExists reports whether there is something to lose. A PostgreSQL database
// counts as there: its servers need one secret, so none of them makes it.
func (c *Config) databaseExists() bool {
	if c.sharesDatabase() {
		return true
	}
	info, err := os.Stat(c.DatabaseFile())
	return err == nil && info.Size() > 0
}

// OperatorSocket is where a running server listens for its operator's commands:
// beside the database. It is "" for a database that is no file.
func (c *Config) OperatorSocket() string {
	if file := c.DatabaseFile(); file != "" {
		return file + ".sock"
	}
	return ""
}

// Operator returns the API of the operator's commands. It asks for no password:
// it must never be reachable over a network.
func (s *Server) Operator() http.Handler { return admin.NewHandler(operator{s}) }

// ListenForOperator lets the operator's commands reach this server through
// [Config.OperatorSocket], until it is closed. It does nothing for a database
// that is no file. A socket that is there was left behind by a process that died:
// the database's lock is held by this server.
func (s *Server) ListenForOperator() error {
	path := s.config.OperatorSocket()
	if path == "" {
		return nil
	}
	l, err := admin.Listen(path)
	if err != nil {
		return fmt.Errorf("the socket for commands: %w", err)
	}
	server := &http.Server{
		Handler:           s.Operator(),
		BaseContext:       func(net.Listener) context.Context { return s.life }, // whoever watches is told of the end
		ReadHeaderTimeout: headerTimeout,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.background.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the socket for commands failed; restart to use commands again", "cause", err)
		}
	})
	s.background.Go(func() {
		<-s.life.Done()
		// Closing the listener removes the socket while the lock is still held.
		drain, cancel := context.WithTimeout(context.WithoutCancel(s.life), operatorDrain)
		defer cancel()
		if server.Shutdown(drain) != nil {
			_ = server.Close()
		}
	})
	return nil
}

// operatorDrain is how long the end of the server waits for a command under way.
const operatorDrain = 5 * time.Second
