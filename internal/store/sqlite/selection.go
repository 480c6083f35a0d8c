package sqlite

import "strings"

// selection is a conjunction of conditions, all of them constant texts.
type selection struct {
	conditions []string
	args       []any
}

// and returns the selection with one more condition.
func (s selection) and(condition string, args ...any) selection {
	return selection{append(s.conditions[:len(s.conditions):len(s.conditions)], condition), append(s.args[:len(s.args):len(s.args)], args...)}
}

// equal adds column = value, unless there is no value to compare with.
func (s selection) equal(column, value string) selection {
	if value == "" {
		return s
	}
	return s.and(column+" = ?", value)
}

// sql is the WHERE clause, empty for no condition.
func (s selection) sql() string {
	if len(s.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.conditions, " AND ")
}

// with returns the arguments of the conditions, then these.
func (s selection) with(args ...any) []any {
	return append(s.args[:len(s.args):len(s.args)], args...)
}
