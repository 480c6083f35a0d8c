package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// RestoreOptions says what comes from where.
type RestoreOptions struct {
	Database string // its URL
	File     string // a backup that Dump wrote
	// Fits judges the backup before it counts.
	Fits func(baseURL, keyCheck string) error
}

// Restore makes the database what it was in a backup, with a new epoch and an audit
// entry, in one transaction: whatever goes wrong, nothing is changed. No server may run.
// The error is ErrNoBackup, exec.ErrNotFound without PostgreSQL's programs, or that of Fits.
func Restore(ctx context.Context, o RestoreOptions) error {
	if err := readable(ctx, o.File); err != nil {
		return err
	}
	read, readSaid, err := program(ctx, "", "pg_restore", "--file=-", "--clean", "--if-exists", "--no-owner", o.File)
	if err != nil {
		return err
	}
	write, writeSaid, err := program(ctx, o.Database, "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only",
		"--set=ON_ERROR_STOP=1", "--dbname="+ToolURL(o.Database))
	if err != nil {
		return err
	}
	in, err := write.StdinPipe()
	if err != nil {
		return err
	}
	out, err := write.StdoutPipe()
	if err != nil {
		return err
	}
	if err := write.Start(); err != nil {
		return err
	}
	// Nothing is committed unless the last line is sent.
	read.Stdout = in
	_, err = io.WriteString(in, "BEGIN;\n")
	if err == nil {
		if err = read.Run(); err != nil {
			err = failed("pg_restore", readSaid, err)
		}
	}
	if err == nil {
		err = conclude(in, out, o.Fits)
	}
	err = errors.Join(err, in.Close())
	_, _ = io.Copy(io.Discard, out) // what is left; Wait wants it read
	if ended := write.Wait(); ended != nil {
		return failed("psql", writeSaid, ended) // the reason of what failed here, too
	}
	return err
}

// identity marks the line that psql answers with who the backup belongs to.
const identity = "symbolon-identity"

// conclude asks the restored database who it is and, if that fits, begins the new epoch and
// commits both.
func conclude(in io.Writer, out io.Reader, fits func(baseURL, keyCheck string) error) error {
	// The backup has emptied the search path.
	if _, err := fmt.Fprintf(in, "RESET search_path;\nSELECT '%s', base_url, key_check FROM instance;\n", identity); err != nil {
		return err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fields := strings.Split(lines.Text(), "|")
		if fields[0] != identity || len(fields) != 3 {
			continue
		}
		if err := fits(fields[1], fields[2]); err != nil {
			return err
		}
		_, err := fmt.Fprintf(in, "%s;\nCOMMIT;\n", RestoredSQL())
		return err
	}
	return errors.New("psql ended before everything was restored")
}
