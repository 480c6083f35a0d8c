package postgres

import (
	"strconv"
	"strings"
)

// selection is a conjunction of conditions, all of them constant texts in which
// each ? is an argument.
type selection struct {
	conditions []string
	args       []any
}

// and returns the selection with one more condition.
func (s selection) and(condition string, args ...any) selection {
	for _, arg := range args {
		s.args = append(s.args[:len(s.args):len(s.args)], arg)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(s.args)), 1)
	}
	return selection{append(s.conditions[:len(s.conditions):len(s.conditions)], condition), s.args}
}

// equal adds column = value, unless there is no value to compare with.
func (s selection) equal(column, value string) selection {
	if value == "" {
		return s
	}
	return s.and(column+" = ?", value)
}

// long adds column = value for a column of which only the beginning is indexed.
func (s selection) long(column, value string) selection {
	if value == "" {
		return s
	}
	return s.and("left("+column+", 128) = left(?, 128) AND "+column+" = ?", value, value)
}

// sql is the WHERE clause, empty for no condition.
func (s selection) sql() string {
	if len(s.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.conditions, " AND ")
}

// limit is the LIMIT clause and the arguments of the whole statement; all is none.
func (s selection) limit(n int) (string, []any) {
	if n == all {
		return "", s.args
	}
	return " LIMIT $" + strconv.Itoa(len(s.args)+1), append(s.args[:len(s.args):len(s.args)], n)
}
