package store

import "time"

// Event is one thing that happened during a login attempt.
type Event struct {
	At     time.Time         `json:"at"`
	Step   string            `json:"step"` // authorize, login, user_details, callback, consent, decision, token, refresh …
	OK     bool              `json:"ok"`
	Reason string            `json:"reason,omitempty"` // stable code, see package attempt
	Notes  map[string]string `json:"notes,omitempty"`  // never a secret, code or token
}

// AttemptSummary is what a list of attempts shows; empty fields leave the
// stored value alone.
type AttemptSummary struct {
	ID         string // req_…
	Connection string
	MCPServer  string
	ClientID   string
	ClientName string
	Sub        string
	StartedAt  time.Time
}

// Attempt is everything that happened to one authorization.
type Attempt struct {
	AttemptSummary
	UpdatedAt time.Time
	Events    []Event // in order of their time
}

// AttemptFilter selects attempts, newest first.
type AttemptFilter struct {
	Limit  int
	Since  time.Time // updated at or after
	Before string    // attempt id to continue after
}

// Keep is how long Sweep leaves what is over.
type Keep struct {
	Ended time.Duration // attempts and grants, since their end
	Audit time.Duration // audit entries
}

// Swept counts what Sweep deleted.
type Swept struct{ Logins, Codes, Attempts, Grants, Once, Revocations, Audit int64 }
