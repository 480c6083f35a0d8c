package admin

// Commands that look at signing keys, rotate and revoke them.

import (
	"context"
	"net/http"
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
)

// Key is a published signing key, as shown to people and programs.
type Key struct {
	KID            string    `json:"kid"`
	Alg            string    `json:"alg"`
	State          string    `json:"state"` // active, standby or retired
	PublishedSince time.Time `json:"published_since"`
	SigningSince   time.Time `json:"signing_since,omitzero"`
	RotatesAt      time.Time `json:"rotates_at,omitzero"` // by schedule, if there is one
	Retired        time.Time `json:"retired,omitzero"`
	PublishedUntil time.Time `json:"published_until,omitzero"`
}

func (h *handler) keys(r *http.Request) ([]Key, error) {
	infos, err := h.operator.Keys(r.Context())
	if err != nil {
		return nil, err
	}
	return keysOf(infos), nil
}

func (h *handler) rotate(r *http.Request) ([]Key, error) {
	request, err := read[Rotate](r)
	if err != nil {
		return nil, err
	}
	if err := h.operator.RotateKey(r.Context(), request); err != nil {
		return nil, err
	}
	return h.keys(r)
}

func (h *handler) revoke(r *http.Request) ([]Key, error) {
	request, err := read[Revoke](r)
	if err != nil {
		return nil, err
	}
	if err := h.operator.RevokeKey(r.Context(), request); err != nil {
		return nil, err
	}
	return h.keys(r)
}

func keysOf(infos []keys.Info) []Key {
	list := make([]Key, len(infos))
	for i, k := range infos {
		list[i] = Key{
			KID: k.KID, Alg: k.Alg, State: string(k.State), PublishedSince: k.CreatedAt,
			SigningSince: k.ActiveAt, RotatesAt: k.RotatesAt, Retired: k.RetiredAt, PublishedUntil: k.PublishedUntil,
		}
	}
	return list
}

// Keys lists the published signing keys.
func (c *Client) Keys(ctx context.Context) ([]Key, error) {
	return call[[]Key](ctx, c, http.MethodGet, pathKeys, nil)
}

// RotateKey lets the standby key of an algorithm sign and lists the keys.
func (c *Client) RotateKey(ctx context.Context, r Rotate) ([]Key, error) {
	return call[[]Key](ctx, c, http.MethodPost, pathRotate, r)
}

// RevokeKey takes a key out of the key set and lists the others.
func (c *Client) RevokeKey(ctx context.Context, r Revoke) ([]Key, error) {
	return call[[]Key](ctx, c, http.MethodPost, pathRevoke, r)
}
