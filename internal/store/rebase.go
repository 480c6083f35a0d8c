package store

import "time"

// Rebase moves the database to another base URL, and ends all that was issued there:
// clients know it under the old one.
type Rebase struct {
	From, To string
	Epoch    string // a new one
	Alone    bool   // as in NoteServer
	Now      time.Time
	Audit    []AuditEntry
}

// RetireRegistrationKey removes a key, and ends the grants of the clients that were
// registered under it.
type RetireRegistrationKey struct {
	Number         byte
	ClientPrefixes []string // of their ids
	Now            time.Time
	Audit          []AuditEntry
}

// CountGrants selects live grants by the conjunction of its fields.
type CountGrants struct {
	LiveAt time.Time
	Of     Revoke // its selectors: what carrying it out would end
	// Rotated selects grants whose newest refresh token was made then; nil: any,
	// without a refresh token too.
	Rotated *Span
}

// Span is a time from From to Until, both included.
type Span struct{ From, Until time.Time }

// GrantCount is how many grants there are, and when the last of them ends if nobody
// uses it any more.
type GrantCount struct {
	Grants  int64
	Until   time.Time // zero if there are none, or no end to some
	Endless bool      // some have no end of their own
}
