package attempt

// Calls of a company's backend that were refused before anything said which login they
// were about: a wrong secret, a machine token that is none, an unknown connection.

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// callPrefix begins the id of refused calls, where an attempt's has req_.
const callPrefix = "call_"

// IsCall reports whether an id is one of refused calls.
func IsCall(id string) bool { return strings.HasPrefix(id, callPrefix) }

// RecordCall keeps a refused call beside the attempts, in the same bounds. All of one
// source that were refused for the same reason, about the same connection and API
// client, are one record: what fails a thousand times is one line. sum names only what
// the operator configured, never what a stranger sent.
func (r *Recorder) RecordCall(source string, sum store.AttemptSummary, ev store.Event) {
	sum.ID = callID(source, ev.Step, ev.Reason, sum.Connection, sum.ClientID)
	sum, ev = cleanSummary(sum), cleanEvent(ev)
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.keep(source, sum, ev)
	// What fails now is news, however long it has failed.
	rec.attempt.StartedAt = ev.At
}

func callID(about ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(about, "\x00")))
	return callPrefix + base64.RawURLEncoding.EncodeToString(sum[:16])
}
