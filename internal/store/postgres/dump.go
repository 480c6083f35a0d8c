package postgres

// Backups, by PostgreSQL's own programs: pg_dump, pg_restore and psql.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// ErrNoBackup means that a file is damaged, or no backup of a database.
var ErrNoBackup = errors.New("no backup of a database")

// ToolURL is a database's URL for PostgreSQL's programs, without the password: a command
// line shows in a shell's history and in the list of processes.
func ToolURL(database string) string {
	u, err := url.Parse(database)
	if err != nil {
		return "postgres://"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for name := range query {
		if !slices.Contains(libpqSettings, name) {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// libpqSettings are those of a connection URI that PostgreSQL's programs need to get
// there. They refuse what pgx knows beside them, and settings of the server.
var libpqSettings = []string{
	"host", "hostaddr", "port", "dbname", "user", "passfile", "connect_timeout", "target_session_attrs", "service",
	"sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslsni", "ssl_min_protocol_version",
	"channel_binding", "gssencmode", "krbsrvname",
}

// CanRestore reports whether this machine has the programs for it; else the error is
// exec.ErrNotFound.
func CanRestore() error {
	for _, name := range []string{"pg_restore", "psql"} {
		if _, err := exec.LookPath(name); err != nil {
			return err
		}
	}
	return nil
}

// program is one of PostgreSQL's, at a database. Its output is what went wrong. The error
// is exec.ErrNotFound if this machine does not have it.
func program(ctx context.Context, database, name string, args ...string) (*exec.Cmd, *bytes.Buffer, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, nil, err
	}
	cmd, said := exec.CommandContext(ctx, path, args...), new(bytes.Buffer)
	cmd.Stderr, cmd.Env = said, os.Environ()
	if u, err := url.Parse(database); err == nil && u.User != nil {
		if password, ok := u.User.Password(); ok {
			cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
		}
	}
	return cmd, said, nil
}

func failed(name string, said *bytes.Buffer, err error) error {
	if text := strings.TrimSpace(said.String()); text != "" {
		return fmt.Errorf("%s: %s", name, text)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// Dump writes the database into a new file with mode 0600, as it was at one moment,
// while servers run. The file has its name only once it is complete and can be read. The
// error is fs.ErrExist if the file exists, and exec.ErrNotFound without the programs.
func Dump(ctx context.Context, database, file string) error {
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s exists already; a backup replaces nothing: %w", file, fs.ErrExist)
	}
	aside, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(aside.Name())
	cmd, said, err := program(ctx, database, "pg_dump", "--format=custom", "--no-owner", "--dbname="+ToolURL(database))
	if err == nil {
		cmd.Stdout = aside
		if err = cmd.Run(); err != nil {
			err = failed("pg_dump", said, err)
		}
	}
	if err := errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return err
	}
	if err := readable(ctx, aside.Name()); err != nil {
		return err
	}
	if err := os.Link(aside.Name(), file); err != nil { // unlike a rename, never over another
		return err
	}
	return keepName(file)
}

// keepName makes the name of a new file survive a power cut. Windows keeps names by itself
// and lets no directory be flushed.
func keepName(file string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// readable reports whether a file is a whole backup.
func readable(ctx context.Context, file string) error {
	cmd, said, err := program(ctx, "", "pg_restore", "--file="+os.DevNull, file)
	if err != nil {
		return err
	}
	if cmd.Run() != nil {
		return fmt.Errorf("%w: %s", ErrNoBackup, strings.TrimSpace(said.String()))
	}
	return nil
}
