package main

// What is known of the terminal, and how commands write to it.

import (
	"cmp"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/symbolon-auth/symbolon/internal/attempt"
)

// maxWidth keeps sentences readable on a wide terminal.
const maxWidth = 110

// terminal is where a command writes. Only a real one gets colours.
type terminal struct {
	io.Writer
	real  bool
	style attempt.Style
}

func terminalOf(w io.Writer) terminal {
	t := terminal{Writer: w}
	f, ok := w.(*os.File)
	if !ok || !isTerminal(f) {
		return t
	}
	t.real = true
	t.style.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	t.style.ASCII = locale == "C" || locale == "POSIX"
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		t.style.Width = min(width, maxWidth)
	}
	return t
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// ANSI attributes.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// paint colours s on a terminal that has colours.
func (t terminal) paint(attribute, s string) string {
	if !t.style.Color || s == "" {
		return s
	}
	return "\x1b[" + attribute + "m" + s + "\x1b[0m"
}

// wrap breaks text into lines of at most width characters, 80 if that is 0; all
// but the first are indented.
func wrap(text string, width int, indent string) string {
	width = max(cmp.Or(width, 80), 40)
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		length := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+length > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}

// gap is between the columns of a table.
const gap = "  "

// table writes rows under a header, each column as wide as its widest cell.
func (t terminal) table(header []string, rows [][]string) error {
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	b.WriteString(t.paint(dim, tableRow(header, widths)) + "\n")
	for _, row := range rows {
		b.WriteString(tableRow(row, widths) + "\n")
	}
	_, err := io.WriteString(t, b.String())
	return err
}

func tableRow(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		b.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + gap)
	}
	return strings.TrimRight(b.String(), " ")
}
