package powercut

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// call is one system call. strace stops the thread before it is carried out and again
// when it is done, and the thread does nothing meanwhile: so the order of the lines is
// an order of cause and effect.
type call struct {
	at     time.Time // of the end that the step tells
	thread string
	name   string
	args   []string
	result int64
	failed bool // it did nothing
	cut    bool // the process ended within it
}

// step is one of its two ends. A line without interruption is both.
type step struct {
	*call
	begins, ends bool
}

// parse reads what strace wrote of one process and calls do for each step.
func parse(r io.Reader, do func(step) error) error {
	lines := bufio.NewReader(r)
	under := map[string]string{} // by thread, the calls that have begun
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF && line == "" {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		if err := parseLine(strings.TrimRight(line, "\n"), under, do); err != nil {
			return fmt.Errorf("line %d of the record: %w", number, err)
		}
	}
}

const unfinished = "<unfinished ...>"

func parseLine(line string, under map[string]string, do func(step) error) error {
	thread, rest, _ := strings.Cut(line, " ")
	when, text, ok := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if !ok {
		return fmt.Errorf("no time in %.80q", line)
	}
	at, err := moment(when)
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(text, "+++"), strings.HasPrefix(text, "---"):
		return nil
	case strings.HasSuffix(text, unfinished):
		begun := strings.TrimSuffix(text, unfinished)
		under[thread] = begun
		return parseStep(begun, at, thread, step{begins: true}, do)
	case strings.HasPrefix(text, "<... "):
		_, tail, _ := strings.Cut(text, " resumed>")
		whole := under[thread] + tail
		delete(under, thread)
		return parseStep(whole, at, thread, step{ends: true}, do)
	}
	return parseStep(text, at, thread, step{begins: true, ends: true}, do)
}

// moment reads seconds.microseconds since 1970.
func moment(text string) (time.Time, error) {
	seconds, micros, _ := strings.Cut(text, ".")
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	us, err := strconv.ParseInt(micros, 10, 64)
	return time.Unix(s, us*int64(time.Microsecond)), err
}

func parseStep(text string, at time.Time, thread string, s step, do func(step) error) (err error) {
	if s.call, err = parseCall(text); err != nil {
		return err
	}
	s.at, s.thread = at, thread
	return do(s)
}

// parseCall reads name(arguments) = result, or what is there of it at its begin.
func parseCall(text string) (*call, error) {
	name, rest, ok := strings.Cut(text, "(")
	if !ok {
		return nil, fmt.Errorf("no call in %.80q", text)
	}
	c := &call{name: name}
	args, result, ended := rest, "", false
	if i := strings.LastIndex(rest, " = "); i >= 0 {
		args, result, ended = strings.TrimSuffix(strings.TrimRight(rest[:i], " "), ")"), rest[i+3:], true
	}
	c.args = split(args)
	if !ended {
		return c, nil
	}
	value, _, _ := strings.Cut(result, " ")
	if value == "?" {
		c.cut = true
		return c, nil
	}
	var err error
	if c.result, err = strconv.ParseInt(value, 0, 64); err != nil {
		return nil, fmt.Errorf("the result of %s: %w", name, err)
	}
	c.failed = c.result < 0
	return c, nil
}

// split separates arguments at the commas that are in no string, structure or list.
func split(text string) (args []string) {
	depth, quoted, from := 0, false, 0
	for i := range len(text) {
		switch text[i] {
		case '"':
			quoted = !quoted // every character of a string is written as \x..
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case ',':
			if depth == 0 && !quoted {
				args, from = append(args, strings.TrimSpace(text[from:i])), i+1
			}
		}
	}
	if last := strings.TrimSpace(text[from:]); last != "" {
		args = append(args, last)
	}
	return args
}

func (c *call) arg(i int) string {
	if i >= len(c.args) {
		return ""
	}
	return c.args[i]
}

func (c *call) number(i int) (int64, error) {
	return strconv.ParseInt(c.arg(i), 0, 64)
}

// bytes is an argument that is a string, whole.
func (c *call) bytes(i int) ([]byte, error) {
	quoted, ok := strings.CutPrefix(c.arg(i), `"`)
	if ok {
		quoted, ok = strings.CutSuffix(quoted, `"`)
	}
	if !ok {
		return nil, fmt.Errorf("%s: argument %d is no whole string: %.40q", c.name, i, c.arg(i))
	}
	return hex.DecodeString(strings.ReplaceAll(quoted, `\x`, ""))
}
