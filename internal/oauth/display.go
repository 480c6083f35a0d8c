package oauth

// Names and hosts of strangers, made safe to read. A consent page is only as
// good as what its reader takes the client to be.

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

const (
	maxNameRunes = 60
	// maxNameBytes is looked at; what follows could not be shown anyway.
	maxNameBytes = 4 << 10
	// maxMarks is how many combining marks may stand on one letter; scripts in
	// use need no more, towers of marks cover the lines around them.
	maxMarks = 3
)

// DisplayName returns a client's name as it may be shown: one line in Unicode
// NFC without control, bidirectional, zero-width or other invisible
// characters, at most 60 runes, cut with "…". It may be empty.
func DisplayName(s string) string {
	if len(s) > maxNameBytes {
		s = s[:maxNameBytes]
	}
	visible := strings.Map(visibleRune, strings.ToValidUTF8(s, ""))
	runes := capMarks(norm.NFC.String(strings.Join(strings.Fields(visible), " ")))
	if len(runes) <= maxNameRunes {
		return string(runes)
	}
	return strings.TrimRight(string(runes[:maxNameRunes-1]), " ") + "…"
}

// visibleRune drops what a reader cannot see and turns every space into one kind.
func visibleRune(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r == utf8.RuneError, !unicode.IsGraphic(r), unicode.Is(blank, r):
		return -1
	default:
		return r
	}
}

// blank lists characters that count as graphic and show nothing: joiners,
// Hangul fillers, Khmer inherent vowels, Mongolian and other variation
// selectors, the empty Braille pattern.
var blank = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034f, Hi: 0x034f, Stride: 1},
		{Lo: 0x115f, Hi: 0x1160, Stride: 1},
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
		{Lo: 0x180b, Hi: 0x180f, Stride: 1},
		{Lo: 0x2800, Hi: 0x2800, Stride: 1},
		{Lo: 0x3164, Hi: 0x3164, Stride: 1},
		{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1},
		{Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0xe0100, Hi: 0xe01ef, Stride: 1}},
}

func capMarks(s string) []rune {
	var kept []rune
	marks := 0
	for _, r := range s {
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > maxMarks {
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// DisplayHost returns the part of a URL that names who is behind it: the host,
// with its port unless that is the default one, or "scheme:" for a private-use
// scheme. Names that are not ASCII are shown in punycode, all of them and not
// only those that mix scripts: a name wholly in Cyrillic can look like one in
// Latin. It returns "" for what is no URL.
func DisplayHost(s string) string {
	u, err := parseURI(asciiHost(s))
	switch {
	case err != nil:
		return ""
	case !u.web():
		return u.scheme + ":"
	case u.port == "" || u.defaultPort():
		return u.host
	default:
		return u.host + ":" + u.port
	}
}

// asciiHost turns the host of a URL into punycode and leaves the rest alone.
func asciiHost(s string) string {
	scheme, after, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	authority := after
	if i := strings.IndexAny(after, "/?#"); i >= 0 {
		authority = after[:i]
	}
	host, port, hasPort := strings.Cut(authority, ":")
	ascii, err := idna.Lookup.ToASCII(host)
	if isHost(host) || err != nil {
		return s
	}
	if hasPort {
		ascii += ":" + port
	}
	return scheme + "://" + ascii + after[len(authority):]
}
