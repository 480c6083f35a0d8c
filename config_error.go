package symbolon

// Everything that is wrong with a configuration, each thing where it stands.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// ConfigError is the error of [LoadConfig], [ParseConfig] and [Config.Check].
// It prints a line for each problem.
type ConfigError struct {
	Problems []ConfigProblem // in the order of the file, at most 100
}

func (e *ConfigError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// ConfigProblem is one thing that is wrong.
type ConfigProblem struct {
	// Source is the file, or the environment variable, that says so. Empty
	// for a Config that a program made.
	Source string
	// Line and Column are counted from 1, Column in characters; 0 if Source is no file.
	Line, Column int
	// Field is the path, as in mcp_servers[0].url. Empty for the whole file.
	Field string
	// Message is what is wrong and what to do. It never quotes a secret.
	Message string
}

// String is "file:line:column: field: message", without the parts that are unknown.
func (p ConfigProblem) String() string {
	var b strings.Builder
	if p.Source != "" {
		b.WriteString(p.Source)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		b.WriteString(": ")
	}
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	return b.String() + p.Message
}

// configPlace is where a field was written.
type configPlace struct {
	source       string
	line, column int
}

// configOrigin remembers the places of a parsed file by field path. It lets
// [Config.Check], which knows fields only, name lines. getenv is the
// environment that the file was read with; its secrets come from there too.
type configOrigin struct {
	places map[string]configPlace
	getenv func(string) string
}

// place finds where a field stands; for one that is missing, where the
// innermost enclosing thing that is there starts.
func (o *configOrigin) place(field string) configPlace {
	if o == nil {
		return configPlace{}
	}
	for {
		if p, ok := o.places[field]; ok || field == "" {
			return p
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
}

// maxProblems is more than anybody mends at once; it keeps what is no
// configuration at all from filling the screen.
const maxProblems = 100

// configProblems collects what is found wrong.
type configProblems struct {
	origin *configOrigin
	list   []ConfigProblem
}

// refuse notes a problem of a field. A field that was refused before is left
// alone: what follows from the first mistake helps nobody.
func (c *configProblems) refuse(field, format string, args ...any) {
	if slices.ContainsFunc(c.list, func(p ConfigProblem) bool { return field != "" && p.Field == field }) {
		return
	}
	c.refuseAt(c.origin.place(field), field, format, args...)
}

func (c *configProblems) refuseAt(at configPlace, field, format string, args ...any) {
	if len(c.list) == maxProblems {
		return
	}
	c.list = append(c.list, ConfigProblem{
		Source: at.source, Line: at.line, Column: at.column,
		Field: field, Message: fmt.Sprintf(format, args...),
	})
}

// err is nil if nothing was refused.
func (c *configProblems) err() error {
	if len(c.list) == 0 {
		return nil
	}
	slices.SortStableFunc(c.list, func(a, b ConfigProblem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &ConfigError{Problems: c.list}
}
