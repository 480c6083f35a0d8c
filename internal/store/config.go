package store

import (
	"time"

	"github.com/symbolon-auth/symbolon/internal/catalog"
)

// ApplyCatalog is one change of configuration.
type ApplyCatalog struct {
	Base   int64 // the version the change was computed from
	Put    []catalog.Object
	Delete []catalog.Ref // their grants are revoked in the same transaction
	Now    time.Time
	Audit  []AuditEntry
}

// KeyState is the place of a signing key in its life.
type KeyState string

// The states: published but not signing, signing, published but no longer signing.
const (
	KeyStandby KeyState = "standby"
	KeyActive  KeyState = "active"
	KeyRetired KeyState = "retired"
)

// SigningKey is a key pair; the private half is sealed under the master secret.
type SigningKey struct {
	KID       string
	Alg       string // RS256, ES256, EdDSA
	State     KeyState
	Public    []byte // JWK, public members only
	Sealed    string // private JWK, sealed
	CreatedAt time.Time
	ActiveAt  time.Time // zero while standby
	RetiredAt time.Time // zero until retired
}

// RotateSigningKey moves Alg on by one key.
type RotateSigningKey struct {
	Alg      string
	Activate string // kid of the standby key
	Standby  SigningKey
	Now      time.Time
	// DropRetiredBefore removes keys retired before it: no token they signed lives.
	DropRetiredBefore time.Time
	Audit             []AuditEntry
}

// RevokeSigningKey takes a key out of the key set at once.
type RevokeSigningKey struct {
	KID, Alg string
	State    KeyState // in which the caller saw the key
	// Activate is the kid of the standby key that signs from now on, if KID is active.
	Activate string
	// Standby is published from now on, unless KID is retired.
	Standby SigningKey
	Now     time.Time
	Audit   []AuditEntry
}

// RegistrationKey seals dynamically registered clients into their client_id.
// It is not the master secret: rotating that must not break registrations.
type RegistrationKey struct {
	Number    byte
	Sealed    string
	CreatedAt time.Time
}
