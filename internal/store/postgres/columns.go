package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// How Go values become columns: times are Unix milliseconds with 0 for the zero
// time; maps and users are JSON.

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// into scans milliseconds into a time, in UTC.
func into(t *time.Time) timeColumn { return timeColumn{t} }

type timeColumn struct{ t *time.Time }

func (c timeColumn) ScanInt64(v pgtype.Int8) error {
	if !v.Valid {
		return errors.New("store: a time is NULL")
	}
	*c.t = time.Time{}
	if v.Int64 != 0 {
		*c.t = time.UnixMilli(v.Int64).UTC()
	}
	return nil
}

// asMillis scans milliseconds into a duration.
func asMillis(d *time.Duration) durationColumn { return durationColumn{d} }

type durationColumn struct{ d *time.Duration }

func (c durationColumn) ScanInt64(v pgtype.Int8) error {
	*c.d = time.Duration(v.Int64) * time.Millisecond
	return nil
}

// asJSON is the text of a value whose encoding cannot fail: strings, maps of
// strings, users whose custom attributes were parsed before.
func asJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// named are the arguments of a statement that calls them @name.
type named map[string]any

// numbered remembers the statements, so that none is parsed twice: their texts
// are constants of this package, and their number is bounded.
var numbered sync.Map // of string to numberedStatement

type numberedStatement struct {
	query string
	names []string
}

// RewriteQuery implements pgx.QueryRewriter.
func (n named) RewriteQuery(_ context.Context, _ *pgx.Conn, query string, _ []any) (string, []any, error) {
	s, ok := numbered.Load(query)
	if !ok {
		s, _ = numbered.LoadOrStore(query, number(query))
	}
	statement := s.(numberedStatement)
	args := make([]any, len(statement.names))
	for i, name := range statement.names {
		value, given := n[name]
		if !given {
			return "", nil, fmt.Errorf("store: no argument @%s", name)
		}
		args[i] = value
	}
	return statement.query, args, nil
}

// number replaces each @name by $1, $2 and so on, the same name by the same
// number. An @ means nothing else in the statements of this package.
func number(query string) numberedStatement {
	var s numberedStatement
	var out strings.Builder
	parts := strings.Split(query, "@")
	out.WriteString(parts[0])
	for _, part := range parts[1:] {
		end := strings.IndexFunc(part, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' })
		if end < 0 {
			end = len(part)
		}
		fmt.Fprintf(&out, "$%d%s", s.place(part[:end]), part[end:])
	}
	s.query = out.String()
	return s
}

func (s *numberedStatement) place(name string) int {
	for i, known := range s.names {
		if known == name {
			return i + 1
		}
	}
	s.names = append(s.names, name)
	return len(s.names)
}

// with returns the arguments and more.
func (n named) with(more ...named) named {
	for _, m := range more {
		maps.Copy(n, m)
	}
	return n
}
