// Package store defines what Symbolon keeps and how it may change.
//
// There is no CRUD here. Each method is an intent: one thing that happened,
// written in one transaction, atomically, with the audit entry and the attempt
// events that describe it. The condition under which an intent may happen
// ("not decided and not burned", "generation = current") is part of the
// statement that carries it out, so it holds for any number of nodes.
//
// An intent that is refused is not an error: the Outcome says why, and what the
// refusal itself must change (a replayed code ends its grant) is committed.
// An error means that nothing was acknowledged: either nothing happened, or, if
// the connection broke during COMMIT, the same intent may be presented again.
//
// If the context ends first, a method returns the context's error and the intent
// may still be carried out: what was passed in must not be changed afterwards.
//
// Every method takes the time from its caller, in the argument named Now;
// storage keeps it in Unix milliseconds. The implementations are
// internal/store/sqlite and internal/store/postgres; internal/store/storetest
// is the contract that both pass.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("store: not found")
	// ErrConflict: the catalog or key set changed since it was read; read again.
	ErrConflict = errors.New("store: changed meanwhile")
	// ErrUnavailable: the database cannot be reached or cannot write now.
	ErrUnavailable = errors.New("store: unavailable")
)

// Store is everything Symbolon asks of a database.
type Store interface {
	Instance
	Logins
	Grants
	Users
	Revocations
	Catalogs
	Keys
	MasterSecrets
	Journal

	// ConsumeOnce records (namespace, id) until exp and reports whether this
	// was the first time. It is what makes a client assertion single-use.
	ConsumeOnce(ctx context.Context, o Once, now time.Time) (first bool, err error)
	// Consumed reports whether ConsumeOnce has recorded (namespace, id); the
	// answer holds until then, since a record past its time counts as gone.
	Consumed(ctx context.Context, o Once, now time.Time) (bool, error)
	// Sweep deletes what is past its keeping: logins a day old, spent codes,
	// revocations that no access token outlives, and, after keep, attempts, dead
	// grants and audit entries, but for the newest of these. A family that only
	// idled counts from its absolute end.
	Sweep(ctx context.Context, now time.Time, keep Keep) (Swept, error)
	Close() error
}

// Instance is the identity of the database itself.
type Instance interface {
	// Init records the identity on first use and returns the one on record:
	// the caller compares.
	Init(ctx context.Context, candidate Identity, now time.Time) (Identity, error)
	// Versions is what a node polls: it grows when the catalog or the keys change.
	Versions(ctx context.Context) (Versions, error)
	// Rebase changes the base URL and the epoch and ends every live grant, and returns
	// how many. ErrConflict if the base URL is not From, or another server runs.
	Rebase(ctx context.Context, r Rebase) (ended int64, err error)
}

// Identity is written when a database is made; Rebase and RetireSecret change it.
type Identity struct {
	Epoch    string // 128 random bits, base64url; associated data of codes and refresh tokens; a restore writes a fresh one
	BaseURL  string
	KeyCheck string // a value only the right master secret opens
}

// Versions are counters, each incremented in the transaction of a change.
type Versions struct {
	Catalog, Keys int64
	// Clock is what a database that several nodes share takes for the time; zero if it is
	// a node's own. Nothing but the nodes' clocks is compared with it.
	Clock time.Time
}

// Logins is the bring-your-own-login leg: commits 1 and 2.
type Logins interface {
	// PutLogin records that the company signed a user in. The first POST wins:
	// the same Sub again finds the first row unchanged (LoginKnown), another
	// Sub is LoginConflict. The attempt gets the events of every POST.
	PutLogin(ctx context.Context, p PutLogin) (PutLoginOutcome, error)
	// Login reads one login, ErrNotFound if the company has not posted it.
	Login(ctx context.Context, id LoginID) (Login, error)
	// Decide consumes the login, once, and on Allow writes grant and code.
	Decide(ctx context.Context, d Decide) (DecideOutcome, error)
	// Burn kills a login and the grant that grew from it; false if there was
	// nothing to kill, or the login declared a verifier and needs no burning.
	Burn(ctx context.Context, b Burn) (burned bool, err error)
}

// Grants is what users allowed: commit 3, and every later use.
type Grants interface {
	RedeemCode(ctx context.Context, r RedeemCode) (Redeemed, error)
	RotateRefresh(ctx context.Context, r RotateRefresh) (Rotated, error)
	// Revoke ends the selected grants and returns their ids. Ending what has
	// already ended is no error and returns nothing; events and audit entries
	// are written only if something ended. With OpenLogins it also burns the user's
	// logins that wait for a decision, which by itself is no end of a grant.
	Revoke(ctx context.Context, r Revoke) ([]string, error)
	// Grant reads one grant, ended ones too.
	Grant(ctx context.Context, id string) (Grant, error)
	ListGrants(ctx context.Context, f GrantFilter) ([]Grant, error)
	CountGrants(ctx context.Context, c CountGrants) (GrantCount, error)
	// FindGrant reads the grant behind a code or a refresh token family, whatever
	// has become of it.
	FindGrant(ctx context.Context, f FindGrant) (Grant, error)
}

// Catalogs keeps the configuration.
type Catalogs interface {
	Catalog(ctx context.Context) (objects []catalog.Object, version int64, err error)
	// ApplyCatalog writes and deletes objects if the catalog still has version
	// Base (else ErrConflict). Deleting an object revokes its grants. An enabled
	// one's becoming disabled leaves them alone, and is a Revocation of each live
	// one (AnnouncementFor).
	ApplyCatalog(ctx context.Context, a ApplyCatalog) (version int64, err error)
}

// Keys keeps signing keys and registration keys, sealed.
type Keys interface {
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// EnsureSigningKeys inserts, for each algorithm that has no key at all, the
	// candidates of that algorithm; ten nodes on an empty database make one set.
	EnsureSigningKeys(ctx context.Context, candidates []SigningKey, now time.Time) ([]SigningKey, error)
	// RotateSigningKey makes the standby key Activate the signing key, retires
	// the one that signed, and adds Standby. ErrConflict if Activate is no longer
	// the standby key.
	RotateSigningKey(ctx context.Context, r RotateSigningKey) ([]SigningKey, error)
	// RevokeSigningKey deletes a key. An active one has the standby key Activate sign
	// in its stead, and whatever was active or standby is followed by a new Standby.
	// ErrConflict if either key is no longer in the state that the caller saw.
	RevokeSigningKey(ctx context.Context, r RevokeSigningKey) ([]SigningKey, error)
	// EnsureRegistrationKey inserts the candidate if there is none, and returns all.
	EnsureRegistrationKey(ctx context.Context, candidate RegistrationKey, now time.Time) ([]RegistrationKey, error)
	RegistrationKeys(ctx context.Context) ([]RegistrationKey, error)
	// AddRegistrationKey inserts a key. ErrConflict unless its number is above all others.
	AddRegistrationKey(ctx context.Context, k RegistrationKey, audit []AuditEntry) error
	// RetireRegistrationKey removes a key and returns how many live grants that ended.
	// ErrConflict if it is not there, or the newest.
	RetireRegistrationKey(ctx context.Context, r RetireRegistrationKey) (ended int64, err error)
}

// MasterSecrets keeps what is known of the master secrets, which are not kept here,
// and of the servers that have them.
type MasterSecrets interface {
	// NoteServer records a server and its secrets. What the row says that it replaces
	// becomes a fact: until when its secret sealed.
	NoteServer(ctx context.Context, n NoteServer) error
	// EndServer takes a server's row away.
	EndServer(ctx context.Context, id string, now time.Time) error
	// Secrets reads all that is known.
	Secrets(ctx context.Context) (Secrets, error)
	// RetireSecret seals anew what is stored and marks the secret as retired, all or
	// nothing. ErrConflict if anything stored is not as it was read, or a server hinders.
	RetireSecret(ctx context.Context, r RetireSecret) error
}

// Journal is what happened: login attempts for the integrating engineer, audit
// entries for the security team. Most of it is written by the intents.
type Journal interface {
	Attempt(ctx context.Context, id string) (Attempt, error)
	ListAttempts(ctx context.Context, f AttemptFilter) ([]Attempt, error)
	// AppendAttempt adds events to an attempt that is already stored; it never
	// creates one (ErrNotFound), so that an anonymous request never grows the
	// database, and stops at MaxAttemptEvents. An event that is there already is
	// not written again.
	AppendAttempt(ctx context.Context, id string, events []Event) error
	ListAudit(ctx context.Context, f AuditFilter) ([]AuditEntry, error)
	// RecordAudit writes down what changes nothing in the database.
	RecordAudit(ctx context.Context, entries []AuditEntry) error
}
