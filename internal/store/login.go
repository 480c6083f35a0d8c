package store

import "time"

// LoginID names one pass through the company's login: the 128 bits of its attempt
// id, which is a MAC of the random inside login_request_id and state. Every node
// computes it from either; nobody computes either from it.
type LoginID [16]byte

// Login is the company's word that a user signed in, until it is decided.
type Login struct {
	ID         LoginID
	Attempt    string // req_…
	Connection string
	User       User   // the details are erased at the decision; then only the zero User is left
	SubDigest  []byte // of ID and sub, see SubDigest: what a repeated POST is compared with; set by the store
	Failed     bool   // the company posted login_failed
	// Declared: the POST carried "Symbolon-Handoff: verifier", so this login is
	// never accepted by state alone.
	Declared  bool
	PostedAt  time.Time
	DecideBy  time.Time
	Decision  Decision // "" while open
	DecidedAt time.Time
	BurnedAt  time.Time
	GrantID   string // what grew from it
	// UserDisabled is as in Grant, while User is known.
	UserDisabled bool
}

// Decision is how a login ended.
type Decision string

// The decisions.
const (
	DecisionAllow  Decision = "allow"
	DecisionDeny   Decision = "deny"
	DecisionSwitch Decision = "switch" // "use a different account"
	DecisionFailed Decision = "failed" // login_failed was passed on to the client
)

// PutLogin is the user-details POST.
type PutLogin struct {
	Login   Login
	Events  []Event // the attempt so far (from the first redirect) and this step
	Attempt AttemptSummary
}

// PutLoginOutcome tells the three ways a POST can end.
type PutLoginOutcome int

// The outcomes of PutLogin.
const (
	LoginRecorded PutLoginOutcome = iota + 1 // this POST was the first
	LoginKnown                               // the same sub (or the same login_failed) was posted before
	LoginConflict                            // another sub was posted before, or the login is burned
)

// Decide is the user's decision on the consent page.
type Decide struct {
	Login      LoginID
	Connection string
	Now        time.Time
	Decision   Decision
	// StateOnly: the browser came back without the verifier; refused for a
	// login that declared one.
	StateOnly bool
	// Grant and Code are written on DecisionAllow. The store fills Grant.Sub and
	// Grant.Claims from the login row, so the page cannot swap the user.
	Grant *Grant
	Code  *Code
	// Choice is judged against the offer in the login row.
	Choice Choice
	Events []Event
	Audit  []AuditEntry
}

// DecideOutcome says whether the decision was taken.
type DecideOutcome int

// The outcomes of Decide.
const (
	Decided              DecideOutcome = iota + 1
	AlreadyDecided                     // another decision won
	DecisionUserDisabled               // to allow, by a user whom the company has disabled; nothing is consumed
	DecisionNotOffered                 // to allow with a choice that the login does not offer, or without one it asks for; nothing is consumed
	DecisionRefused                    // burned, past DecideBy, failed login with Allow, other connection, or unknown
)

// Burn is a state-only callback from a browser that did not start the flow.
type Burn struct {
	Login  LoginID
	Now    time.Time
	Events []Event
	Audit  []AuditEntry
}
