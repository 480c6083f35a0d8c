package admin

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Operator is what the server does for its operator. An error that is an *[Error]
// tells the operator what to do; any other is reported as it is, which is fine:
// the operator may see everything.
type Operator interface {
	// Apply brings what the file owns to the desired state, or says what that
	// would change.
	Apply(ctx context.Context, a Apply) (Applied, error)
	// Keys lists the published signing keys in the order of the key set.
	Keys(ctx context.Context) ([]keys.Info, error)
	// RotateKey lets the standby key of an algorithm sign.
	RotateKey(ctx context.Context, r Rotate) error
	// RevokeKey takes a key out of the key set at once.
	RevokeKey(ctx context.Context, r Revoke) error
	// Secrets lists the master secrets, by fingerprint.
	Secrets(ctx context.Context) (Secrets, error)
	// RetireSecret lets one open nothing any more.
	RetireSecret(ctx context.Context, r RetireSecret) (Retirement, error)
	// RegistrationKeys lists the keys of dynamic registration, the oldest first.
	RegistrationKeys(ctx context.Context) ([]RegistrationKey, error)
	// AddRegistrationKey makes a new one.
	AddRegistrationKey(ctx context.Context) error
	// RetireRegistrationKey removes one, with the grants of its clients.
	RetireRegistrationKey(ctx context.Context, r RetireRegistration) (RegistrationKey, error)
	// Grants lists what users allowed, newest first.
	Grants(ctx context.Context, q GrantsQuery) ([]Grant, error)
	// Grant is one, store.ErrNotFound if it is not there any more.
	Grant(ctx context.Context, id string) (GrantDetail, error)
	// RevokeGrants ends what is selected, or says how many that are.
	RevokeGrants(ctx context.Context, r RevokeGrants) (RevokedGrants, error)
	// Audit reads the audit.
	Audit(ctx context.Context, f store.AuditFilter) ([]store.AuditEntry, error)
	// Attempts are the newest login attempts, the newest first.
	Attempts(ctx context.Context, limit int) ([]store.Attempt, error)
	// Attempt is one, as far as it is stored or in memory.
	Attempt(ctx context.Context, id string) (store.Attempt, error)
	// OpenErrorID is what an error page was shown for; the attempt id is empty
	// if there was no attempt yet.
	OpenErrorID(id string) (attemptID, reason string, at time.Time, err error)
	// Watch returns what happens from now on, until ctx ends.
	Watch(ctx context.Context) <-chan attempt.Update
}

// Apply is a wanted configuration.
type Apply struct {
	// BaseURL guards against the configuration of another installation.
	BaseURL string           `json:"base_url"`
	Objects []catalog.Object `json:"objects"`
	// Prune deletes what vanished, and its grants, instead of disabling it.
	Prune bool `json:"prune"`
	// DryRun changes nothing.
	DryRun bool `json:"dry_run"`
	// Agreed are the lines that the operator has seen and agreed to. If the
	// change has become another one since, nothing is applied. Nil agrees to anything.
	Agreed []string `json:"agreed"`
}

// Applied is what was changed, or would be.
type Applied struct {
	Changes []catalog.DiffLine `json:"changes"`
	// Grants is how many grants that are in use the deletions end.
	Grants int `json:"grants"`
	// More means that there are even more grants; they are not counted without end.
	More bool `json:"more"`
}

// Lines are the changes as the operator reads them and agrees to them.
func Lines(changes []catalog.DiffLine) []string {
	lines := make([]string, len(changes))
	for i, c := range changes {
		lines[i] = c.String()
	}
	return lines
}

// Rotate names the algorithm whose signing key is to change.
type Rotate struct {
	Alg string `json:"alg"`
	// Force also lets a key sign that verifiers may not have seen yet.
	Force bool `json:"force"`
}

// Revoke names a signing key and the state in which the operator saw it: what ends
// depends on that.
type Revoke struct {
	KID   string `json:"kid"`
	State string `json:"state"`
}
