package admin

// Commands that look at registration keys, add and retire them.

import (
	"context"
	"net/http"
	"time"
)

// RegistrationKey is a key of dynamic registration.
type RegistrationKey struct {
	Number int       `json:"number"`
	Since  time.Time `json:"since"`
	Issues bool      `json:"issues"` // clients that register now do so under it
	Secret string    `json:"secret"` // fingerprint of the master secret that seals it
	Grants int64     `json:"grants"` // live ones of clients registered under it
}

// RetireRegistration names the key that is to open no client id any more.
type RetireRegistration struct {
	Number int  `json:"number"`
	DryRun bool `json:"dry_run"`
}

func (h *handler) registrationKeys(r *http.Request) ([]RegistrationKey, error) {
	return h.operator.RegistrationKeys(r.Context())
}

func (h *handler) addRegistrationKey(r *http.Request) ([]RegistrationKey, error) {
	if err := h.operator.AddRegistrationKey(r.Context()); err != nil {
		return nil, err
	}
	return h.registrationKeys(r)
}

func (h *handler) retireRegistrationKey(r *http.Request) (RegistrationKey, error) {
	request, err := read[RetireRegistration](r)
	if err != nil {
		return RegistrationKey{}, err
	}
	return h.operator.RetireRegistrationKey(r.Context(), request)
}

// RegistrationKeys lists the registration keys, the oldest first.
func (c *Client) RegistrationKeys(ctx context.Context) ([]RegistrationKey, error) {
	return call[[]RegistrationKey](ctx, c, http.MethodGet, pathRegistration, nil)
}

// AddRegistrationKey makes a new one, which issues from now on, and lists all.
func (c *Client) AddRegistrationKey(ctx context.Context) ([]RegistrationKey, error) {
	return call[[]RegistrationKey](ctx, c, http.MethodPost, pathRegistration, nil)
}

// RetireRegistrationKey removes one, with the grants of its clients, or with DryRun
// says what that ends.
func (c *Client) RetireRegistrationKey(ctx context.Context, r RetireRegistration) (RegistrationKey, error) {
	return call[RegistrationKey](ctx, c, http.MethodPost, pathRetireRegistration, r)
}
