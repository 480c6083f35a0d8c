package attempt

// What may be written into an attempt: bounded, printable, and nothing that
// could be used by whoever reads it.

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Bounds on what one event may hold, in bytes but for maxNotes.
const (
	maxNote     = 200
	maxNotes    = 8
	maxWord     = 48   // a step, a reason, the name of a note
	maxID       = 1024 // a client id: a URL, or a whole registration
	maxUserText = 255  // a sub, a client's name
)

// cleanEvent is a copy of ev that shares nothing with it.
func cleanEvent(ev store.Event) store.Event {
	ev.At = ev.At.UTC().Truncate(time.Millisecond) // what storage keeps
	ev.Step = Clean(ev.Step, maxWord)
	ev.Reason = Clean(ev.Reason, maxWord)
	ev.Notes = cleanNotes(ev.Notes)
	return ev
}

// cleanNotes keeps the first notes in the order of their names, so that what is
// dropped does not depend on chance.
func cleanNotes(notes map[string]string) map[string]string {
	if len(notes) == 0 {
		return nil
	}
	clean := make(map[string]string, min(len(notes), maxNotes))
	for _, name := range sortedKeys(notes) {
		if len(clean) == maxNotes {
			break
		}
		clean[Clean(name, maxWord)] = Clean(notes[name], maxNote)
	}
	return clean
}

func cleanSummary(s store.AttemptSummary) store.AttemptSummary {
	s.ID = Clean(s.ID, maxWord)
	s.Connection = Clean(s.Connection, maxUserText)
	s.MCPServer = Clean(s.MCPServer, maxUserText)
	s.ClientID = Clean(s.ClientID, maxID)
	s.ClientName = Clean(s.ClientName, maxUserText)
	s.Sub = Clean(s.Sub, maxUserText)
	s.StartedAt = s.StartedAt.UTC().Truncate(time.Millisecond)
	return s
}

// secretShapes match what must never be in an attempt although a caller put it
// there: codes, refresh tokens and login requests (seal's prefixes), the verifier
// half of an auth_request_id, and anything that starts like a JWT.
var secretShapes = regexp.MustCompile(`((?:syc_|syr_|lri_)[A-Za-z0-9_-]{4}|req_[A-Za-z0-9_-]{22}|eyJ[A-Za-z0-9_-]{5})[A-Za-z0-9_.-]{12,}`)

// Clean makes s fit to be shown: at most limit bytes (an ellipsis marks the cut),
// control, bidirectional and other unprintable characters escaped as in Go, and
// what is shaped like a secret shortened to its beginning. The result is its own
// copy, so it does not keep a large request alive.
func Clean(s string, limit int) string {
	s = s[:min(len(s), 4*limit)] // a secret's tail is never needed
	if mayHoldSecret(s) {
		s = secretShapes.ReplaceAllString(s, "$1…")
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		piece := s[:size]
		if !unicode.IsPrint(r) || r == utf8.RuneError && size == 1 {
			piece = escape(piece)
		}
		if b.Len()+len(piece) > limit {
			return shorten(b.String(), limit)
		}
		b.WriteString(piece)
		s = s[size:]
	}
	return b.String()
}

// mayHoldSecret spares ordinary text the expression: a redirect URI, a scope.
func mayHoldSecret(s string) bool {
	for _, prefix := range []string{"syc_", "syr_", "lri_", "req_", "eyJ"} {
		if strings.Contains(s, prefix) {
			return true
		}
	}
	return false
}

// escape spells an unprintable character, or a byte that is no character.
func escape(s string) string {
	quoted := strconv.QuoteToASCII(s)
	return quoted[1 : len(quoted)-1]
}

// shorten ends s with an ellipsis, within limit bytes.
func shorten(s string, limit int) string {
	const ellipsis = "…"
	for len(s)+len(ellipsis) > limit && s != "" {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s + ellipsis
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
