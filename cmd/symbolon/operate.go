package main

// The way from a command to the server that has the database.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
)

// operated is a server that a command may ask.
type operated struct {
	*admin.Client
	config *symbolon.Config
	// opened is the server if it is this process that opened the database.
	opened *symbolon.Server
}

func (o *operated) close() error {
	if o.opened == nil {
		return nil
	}
	return o.opened.Close()
}

// access says what a command needs.
type access struct {
	running bool // a server that runs; a database alone is not enough
	shared  bool // or a database that servers share
	create  bool // without a database, one is made
}

// operate loads the configuration and lets do ask the running server or, where
// none runs, the database.
func operate(cmd *cobra.Command, path string, need access, do func(ctx context.Context, o *operated) error) error {
	cfg, err := symbolon.LoadConfig(path)
	if err != nil {
		return err
	}
	// Nobody reads along: only what is wrong is worth a line among the output.
	cfg.Logger = newLogger(cmd.ErrOrStderr(), slog.LevelWarn)
	o, err := reach(cmd.Context(), cfg, need)
	if err != nil {
		return err
	}
	return errors.Join(do(cmd.Context(), o), o.close())
}

// Between taking the lock and listening on the socket, a server that starts cannot
// be reached.
const (
	startingFor   = 3 * time.Second
	startingRetry = 50 * time.Millisecond
)

// reach prefers the running server. The lock decides: whoever has it is the server.
func reach(ctx context.Context, cfg *symbolon.Config, need access) (*operated, error) {
	if cfg.DatabaseServer() != "" {
		return direct(cfg, need)
	}
	if cfg.DatabaseFile() == "" {
		return nil, fmt.Errorf("database: %s is known to its server alone; commands need a database in a file", cfg.WithDefaults().Database)
	}
	ctx, cancel := context.WithTimeout(ctx, startingFor)
	defer cancel()
	for {
		client, dialErr := admin.Dial(ctx, cfg.OperatorSocket())
		if dialErr == nil {
			return &operated{Client: client, config: cfg}, nil
		}
		if errors.Is(dialErr, fs.ErrPermission) {
			return nil, fmt.Errorf("%s belongs to another user; run the command as the user that the server runs as", cfg.OperatorSocket())
		}
		if err := mayOpen(cfg, need); err != nil {
			return nil, err
		}
		server, err := symbolon.Open(*cfg)
		if err == nil {
			return alone(server, cfg, need)
		}
		if !errors.Is(err, symbolon.ErrDatabaseInUse) {
			return nil, err
		}
		select {
		case <-time.After(startingRetry):
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is in use by another process, which does not answer at %s (%w); "+
				"wait until that process has ended, or restart the server", cfg.DatabaseFile(), cfg.OperatorSocket(), dialErr)
		}
	}
}

// direct opens a database that servers share; they notice what a command changes.
func direct(cfg *symbolon.Config, need access) (*operated, error) {
	if need.shared {
		need.running = false
	}
	if need.running {
		return nil, errors.New("this command asks one running server, and the servers of a PostgreSQL database are many; " +
			"\"symbolon attempts list\" shows what they have stored")
	}
	server, err := symbolon.Open(*cfg)
	if err != nil {
		return nil, startError(cfg, err)
	}
	return alone(server, cfg, need)
}

func alone(server *symbolon.Server, cfg *symbolon.Config, need access) (*operated, error) {
	if need.running {
		return nil, errors.Join(notRunning(cfg), server.Close())
	}
	return &operated{Client: admin.InProcess(server.Operator()), config: cfg, opened: server}, nil
}

// mayOpen refuses to make a database for a command that only looks.
func mayOpen(cfg *symbolon.Config, need access) error {
	file := cfg.DatabaseFile()
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	if need.create {
		return checkDirectory(cfg)
	}
	if need.running {
		return notRunning(cfg)
	}
	return fmt.Errorf("the database %s does not exist yet; \"symbolon serve\" makes it", file)
}

// checkDirectory finds out whether a database can be made where it is wanted.
func checkDirectory(cfg *symbolon.Config) error {
	dir := filepath.Dir(cfg.DatabaseFile())
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("database: the directory %s does not exist; make it, or set database to another path", dir)
	}
	return nil
}

func notRunning(cfg *symbolon.Config) error {
	return fmt.Errorf("no server is running on the database %s; start it with \"symbolon serve\", or check --config", cfg.DatabaseFile())
}

// printJSON is for programs: indented, since people look at it as well.
func printJSON(w io.Writer, v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(printableJSON(text.Bytes()))
	return err
}

// printableJSON escapes in JSON what encoding/json leaves alone and a terminal obeys, or
// shows otherwise than it stands there: C1 controls, bidirectional formatting.
func printableJSON(text []byte) []byte {
	if bytes.IndexFunc(text, obeyed) < 0 {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case !obeyed(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

// obeyed: below 0x7f JSON has escaped everything already.
func obeyed(r rune) bool { return r >= 0x7f && !unicode.IsPrint(r) }

// stamp is a time for people; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
