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

// AuditEntry is one security-relevant change, written with it.
type AuditEntry struct {
	At     time.Time         `json:"at"`
	Actor  string            `json:"actor"`  // "user:conn/sub", "client:…", "api_client:skc_…", "operator", "system"
	Action string            `json:"action"` // grant.created, grant.revoked, catalog.applied, keys.rotated …
	Object string            `json:"object"` // kind:id
	Detail map[string]string `json:"detail,omitempty"`
}

// AuditFilter selects audit entries, newest first.
type AuditFilter struct {
	Object string
	Limit  int
}

// Swept counts what Sweep deleted.
type Swept struct{ Logins, Codes, Attempts, Grants, Once, Revocations int64 }
