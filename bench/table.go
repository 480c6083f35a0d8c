package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// result is what was measured of one subject.
type result struct {
	subject
	atRest  int64
	memory  int64
	figures map[string]figures
}

// table is printed as Markdown that people can read as it is.
type table struct{ rows [][]string }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write aligns the first column left and the others right.
func (t *table) write(w io.Writer) {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range t.rows {
		line, rule := "|", "|"
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			dashes := strings.Repeat("-", widths[i]+1)
			if i == 0 {
				line, rule = line+" "+cell+space+" |", rule+dashes+"-|"
			} else {
				line, rule = line+" "+space+cell+" |", rule+dashes+":|"
			}
		}
		fmt.Fprintln(w, line)
		if n == 0 {
			fmt.Fprintln(w, rule)
		}
	}
	fmt.Fprintln(w)
}

// report prints a table for each operation, and one of memory.
func report(w io.Writer, results []result, callers int) {
	for _, operation := range operations {
		t := table{}
		t.add(operation, "CPU µs", "database µs", "proxy µs", "a second", fmt.Sprintf("p50, %d callers", callers), "p99", "p50, one caller")
		for _, r := range results {
			f, ok := r.figures[operation]
			if !ok {
				continue
			}
			t.add(r.name, micros(f.cpu), micros(f.database), micros(f.proxy), fmt.Sprintf("%.0f", f.perSecond),
				millis(f.median), millis(f.slow), millis(f.alone))
		}
		if len(t.rows) > 1 {
			t.write(w)
		}
	}
	t := table{}
	t.add("memory of the server", "at rest", "under load", "what it is")
	for _, r := range results {
		t.add(r.name, megabytes(r.atRest), megabytes(r.memory), r.about)
	}
	t.write(w)
}

func micros(d time.Duration) string {
	if d <= 0 {
		return "–"
	}
	return fmt.Sprintf("%d", d.Microseconds())
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

func megabytes(n int64) string { return fmt.Sprintf("%d MB", (n+500_000)/1_000_000) }
