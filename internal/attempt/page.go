package attempt

// The paper of the diagram: lines, wrapping, colours and glyphs.

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// page collects lines in one style.
type page struct {
	strings.Builder
	style Style
	glyph glyphs
}

// glyphs are the characters that an ASCII terminal has to spell otherwise.
type glyphs struct {
	ok, failed, to, remedy, ellipsis             string
	lane, line, crossed, leavesRight, leavesLeft string
	rightHead, leftHead                          string
}

var (
	unicodeGlyphs = glyphs{
		ok: "✓", failed: "✗", to: "→", remedy: "→", ellipsis: "…",
		lane: "│", line: "─", crossed: "┼", leavesRight: "├", leavesLeft: "┤", rightHead: "▶", leftHead: "◀",
	}
	asciiGlyphs = glyphs{
		ok: "+", failed: "x", to: "->", remedy: "=>", ellipsis: "...",
		lane: "|", line: "-", crossed: "+", leavesRight: "|", leavesLeft: "|", rightHead: ">", leftHead: "<",
	}
)

func newPage(s Style) *page {
	if s.Width <= 0 {
		s.Width = 80
	}
	p := &page{style: s, glyph: unicodeGlyphs}
	if s.ASCII {
		p.glyph = asciiGlyphs
	}
	return p
}

// minWidth is the narrowest terminal that lines are folded for.
const minWidth = 48

// lanes says whether the terminal is wide enough to draw them.
func (p *page) lanes() bool { return p.style.Width >= minLanes }

func (p *page) line(s string) {
	if p.style.ASCII {
		s = toASCII(s)
	}
	p.WriteString(strings.TrimRight(s, " "))
	p.WriteByte('\n')
}

// wrap writes text in words, the first line after one prefix and the others after
// as many spaces. Every line is painted by itself, so that a pager that shows a
// part of the text still shows its colour.
func (p *page) wrap(prefix string, paint func(string) string, text string) {
	hang := utf8.RuneCountInString(prefix)
	for _, line := range fold(text, max(p.style.Width, minWidth)-hang) {
		p.line(prefix + paint(line))
		prefix = strings.Repeat(" ", hang)
	}
}

// fold breaks text into lines of at most room characters, between words where it
// can and inside a long one, a URL say, where it must.
func fold(text string, room int) []string {
	var lines []string
	current := ""
	for word := range strings.FieldsSeq(text) {
		if current != "" && utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) <= room {
			current += " " + word
			continue
		}
		if current != "" {
			lines = append(lines, current)
		}
		runes := []rune(word)
		for ; len(runes) > room; runes = runes[room:] {
			lines = append(lines, string(runes[:room]))
		}
		current = string(runes)
	}
	if current == "" {
		return lines
	}
	return append(lines, current)
}

// margin is what stands before the explanation of an event.
func (p *page) margin() string {
	if p.lanes() {
		return strings.Repeat(" ", indent)
	}
	return "    "
}

func (p *page) mark(ok bool) string {
	if ok {
		return p.paint("32", p.glyph.ok)
	}
	return p.paint("1;31", p.glyph.failed)
}

func (p *page) plain(s string) string { return s }
func (p *page) bold(s string) string  { return p.paint("1", s) }
func (p *page) dim(s string) string   { return p.paint("2", s) }
func (p *page) red(s string) string   { return p.paint("31", s) }
func (p *page) green(s string) string { return p.paint("32", s) }

// paint wraps s in an ANSI attribute.
func (p *page) paint(attribute, s string) string {
	if !p.style.Color || s == "" {
		return s
	}
	return "\x1b[" + attribute + "m" + s + "\x1b[0m"
}

// toASCII spells what an ASCII terminal cannot show.
func toASCII(s string) string {
	s = typographic.Replace(s)
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

var typographic = strings.NewReplacer("…", "...", "“", `"`, "”", `"`, "’", "'", "§", "section ", "→", "->")

// duration is d in at most seven columns: 12 ms, 3.20 s, 4m05s, 2h10m.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 100*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	}
}
