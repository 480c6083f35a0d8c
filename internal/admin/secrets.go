package admin

// Commands that look at the master secrets and retire one.

import (
	"context"
	"net/http"
	"time"
)

// How a master secret is used.
const (
	SecretSeals   = "seals"   // and opens
	SecretOpens   = "opens"   // sealed before
	SecretWaits   = "waits"   // opens, and has never sealed
	SecretMissing = "missing" // others know it, this configuration does not
	SecretRetired = "retired" // opens nothing
)

// Secrets are the master secrets, by fingerprint, and the servers that have them.
type Secrets struct {
	Source  string         `json:"source"` // the file, or the environment variable
	Shared  bool           `json:"shared"` // several servers may use the database
	Secrets []Secret       `json:"secrets"`
	Servers []SecretServer `json:"servers"`
}

// Secret is a master secret and what hangs on it.
type Secret struct {
	Fingerprint  string    `json:"fingerprint"`
	Use          string    `json:"use"`
	KnownSince   time.Time `json:"known_since,omitzero"`
	SealingSince time.Time `json:"sealing_since,omitzero"`
	SealedUntil  time.Time `json:"sealed_until,omitzero"`
	Retired      time.Time `json:"retired,omitzero"`
	Hanging
}

// Hanging is what a secret has sealed and is still in use.
type Hanging struct {
	KeyCheck         bool  `json:"key_check"` // the value that ties a database to its secrets
	SigningKeys      int   `json:"signing_keys"`
	RegistrationKeys int   `json:"registration_keys"`
	Grants           int64 `json:"grants"` // at most: those whose refresh token may have been made with it
	// GrantsUntil is when the last of these grants ends if its client does not come
	// back; zero if there are none, or one has no end.
	GrantsUntil time.Time `json:"grants_until,omitzero"`
}

// SecretServer is a server and the secrets that it has; it seals with the first.
type SecretServer struct {
	Name    string    `json:"name"`
	Secrets []string  `json:"secrets"`
	Seen    time.Time `json:"seen"`
}

// RetireSecret names the secret that is to open nothing any more.
type RetireSecret struct {
	Fingerprint string `json:"fingerprint"`
	DryRun      bool   `json:"dry_run"`
}

// Retirement is what retiring a secret changes and ends.
type Retirement struct {
	Secret  Secret `json:"secret"`
	Sealing string `json:"sealing"` // what is stored is sealed with this one
	// Recent: it sealed within the last half hour, so logins, consent pages and links
	// to a user's page may hang on it.
	Recent bool `json:"recent"`
}

func (h *handler) secrets(r *http.Request) (Secrets, error) { return h.operator.Secrets(r.Context()) }

func (h *handler) retireSecret(r *http.Request) (Retirement, error) {
	request, err := read[RetireSecret](r)
	if err != nil {
		return Retirement{}, err
	}
	return h.operator.RetireSecret(r.Context(), request)
}

// Secrets lists the master secrets, in the order of the ring and then by age.
func (c *Client) Secrets(ctx context.Context) (Secrets, error) {
	return call[Secrets](ctx, c, http.MethodGet, pathSecrets, nil)
}

// RetireSecret lets a secret open nothing any more, or with DryRun says what that ends.
func (c *Client) RetireSecret(ctx context.Context, r RetireSecret) (Retirement, error) {
	return call[Retirement](ctx, c, http.MethodPost, pathRetireSecret, r)
}
