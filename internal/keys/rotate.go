package keys

// Keys that change: in their turn, and because they must.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Rotate lets a standby key sign, retires the one that signed, and publishes a new
// standby key. standby is as [Manager.List] gave it: the caller has judged whether
// verifiers know it. The error is store.ErrConflict if it is no longer the standby
// key, since somebody else rotated. actor is for the audit entry.
func (m *Manager) Rotate(ctx context.Context, standby Info, actor string) error {
	now := m.now()
	next, err := generate(standby.Alg, m.box.Load(), now)
	if err != nil {
		return err
	}
	rotation := store.RotateSigningKey{
		Alg:               standby.Alg,
		Activate:          standby.KID,
		Standby:           next,
		Now:               now,
		DropRetiredBefore: now.Add(-Published),
		Audit: []store.AuditEntry{{
			At: now, Actor: actor, Action: "keys.rotated", Object: "signing_key:" + standby.KID,
			Detail: map[string]string{"alg": standby.Alg, "standby": next.KID},
		}},
	}
	return m.install(func() ([]store.SigningKey, error) { return m.store.RotateSigningKey(ctx, rotation) })
}

// Revoke takes a key, as [Manager.List] gave it, out of the key set at once: what it
// signed is refused from then on. If it signs, the standby key does so in its stead,
// whether verifiers know it or not. The error is store.ErrConflict if the keys have
// changed since.
func (m *Manager) Revoke(ctx context.Context, key Info, actor string) error {
	now := m.now()
	detail := map[string]string{"alg": key.Alg, "state": string(key.State)}
	revocation := store.RevokeSigningKey{KID: key.KID, Alg: key.Alg, State: key.State, Now: now}
	if key.State == store.KeyActive {
		standby, ok := standbyOf(m.keys().infos, key.Alg)
		if !ok {
			return fmt.Errorf("keys: %s has no standby key to sign instead", key.Alg)
		}
		revocation.Activate, detail["active"] = standby.KID, standby.KID
	}
	if key.State != store.KeyRetired {
		next, err := generate(key.Alg, m.box.Load(), now)
		if err != nil {
			return err
		}
		revocation.Standby, detail["standby"] = next, next.KID
	}
	revocation.Audit = []store.AuditEntry{{
		At: now, Actor: actor, Action: "keys.revoked", Object: "signing_key:" + key.KID, Detail: detail,
	}}
	return m.install(func() ([]store.SigningKey, error) { return m.store.RevokeSigningKey(ctx, revocation) })
}

func standbyOf(infos []Info, alg string) (Info, bool) {
	i := slices.IndexFunc(infos, func(i Info) bool { return i.Alg == alg && i.State == store.KeyStandby })
	if i < 0 {
		return Info{}, false
	}
	return infos[i], true
}

// A Schedule says when keys rotate by themselves.
type Schedule struct {
	Every         time.Duration // how long a key signs; zero: until somebody rotates it
	PublishBefore time.Duration // how long a key is published at least before it signs
}

// Mark notes on each active key when the next one is to sign. It is a time of the
// database's rows alone, so every node finds the same.
func (s Schedule) Mark(infos []Info) []Info {
	if s.Every == 0 {
		return infos
	}
	infos = slices.Clone(infos)
	for i, key := range infos {
		if standby, ok := standbyOf(infos, key.Alg); ok && key.State == store.KeyActive {
			infos[i].RotatesAt = latest(key.ActiveAt.Add(s.Every), standby.CreatedAt.Add(s.PublishBefore))
		}
	}
	return infos
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// RotateDue rotates what is due and returns the keys that sign now. Any number of
// nodes may call it at any time: the store lets a key sign only if it is still the
// standby key that the node judged, so one rotation happens however many find it due.
// Where nothing is due, the store is not asked.
func (m *Manager) RotateDue(ctx context.Context, s Schedule) ([]Info, error) {
	if len(m.due(s)) == 0 {
		return nil, nil
	}
	// This node may only not have heard yet that another one was faster.
	if err := m.Refresh(ctx); err != nil {
		return nil, err
	}
	var signing []Info
	for _, standby := range m.due(s) {
		err := m.Rotate(ctx, standby, "schedule")
		switch {
		case errors.Is(err, store.ErrConflict): // another node was faster
		case err != nil:
			return signing, err
		default:
			signing = append(signing, standby)
		}
	}
	return signing, nil
}

// due are the standby keys whose time to sign has come.
func (m *Manager) due(s Schedule) []Info {
	var due []Info
	infos, now := s.Mark(m.keys().infos), m.now()
	for _, key := range infos {
		if key.RotatesAt.IsZero() || now.Before(key.RotatesAt) {
			continue
		}
		standby, _ := standbyOf(infos, key.Alg)
		due = append(due, standby)
	}
	return due
}
