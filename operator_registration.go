package symbolon

// The keys of dynamic registration, as the operator's commands see them.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/register"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// maxRegistrationKey is the highest number: it is a byte of each client id.
const maxRegistrationKey = 255

// RegistrationKeys implements admin.Operator.
func (o operator) RegistrationKeys(ctx context.Context) ([]admin.RegistrationKey, error) {
	v, err := o.inventory(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]admin.RegistrationKey, len(v.registration))
	for i, k := range v.registration {
		count, err := o.store.CountGrants(ctx, store.CountGrants{LiveAt: v.now, Of: store.Revoke{ClientPrefixes: register.Prefixes(k.Number)}})
		if err != nil {
			return nil, err
		}
		list[i] = admin.RegistrationKey{Number: int(k.Number), Since: k.CreatedAt, Issues: i == len(list)-1, Grants: count.Grants}
		if position, err := v.opens.Box(seal.PurposeRegistrationKey).Under(k.Sealed, strconv.Itoa(int(k.Number))); err == nil {
			list[i].Secret = v.ring[position]
		}
	}
	return list, nil
}

// AddRegistrationKey implements admin.Operator.
func (o operator) AddRegistrationKey(ctx context.Context) error {
	if err := o.othersKnow(ctx); err != nil {
		return err
	}
	o.ring.mu.Lock()
	defer o.ring.mu.Unlock()
	rows, err := o.store.RegistrationKeys(ctx)
	if err != nil {
		return err
	}
	newest := rows[len(rows)-1].Number
	if newest == maxRegistrationKey {
		return admin.Refuse("no_number_left", "there were 255 registration keys, and no number is left for another one")
	}
	number := strconv.Itoa(int(newest) + 1)
	_, raw := seal.NewKey()
	now := o.config.Now()
	err = o.store.AddRegistrationKey(ctx, store.RegistrationKey{
		Number: newest + 1, Sealed: o.ring.current.Box(seal.PurposeRegistrationKey).Seal(raw, number), CreatedAt: now,
	}, []store.AuditEntry{{At: now, Actor: "operator", Action: "registration_key.added", Object: "registration_key:" + number}})
	if errors.Is(err, store.ErrConflict) {
		return admin.Refuse("changed_meanwhile", "somebody else added a key at the same time; see \"symbolon keys registration list\"")
	}
	if err != nil {
		return err
	}
	return o.retake(ctx)
}

// RetireRegistrationKey implements admin.Operator.
func (o operator) RetireRegistrationKey(ctx context.Context, r admin.RetireRegistration) (admin.RegistrationKey, error) {
	list, err := o.RegistrationKeys(ctx)
	if err != nil {
		return admin.RegistrationKey{}, err
	}
	i := slices.IndexFunc(list, func(k admin.RegistrationKey) bool { return k.Number == r.Number })
	if i < 0 {
		return admin.RegistrationKey{}, admin.Refuse("unknown_key", fmt.Sprintf("there is no registration key %d; \"symbolon keys registration list\" shows them", r.Number))
	}
	if list[i].Issues {
		return list[i], admin.Refuse("key_issues", fmt.Sprintf("clients register under key %d; make another one first: symbolon keys registration add", r.Number))
	}
	if r.DryRun {
		return list[i], nil
	}
	number, now := byte(r.Number), o.config.Now()
	ended, err := o.store.RetireRegistrationKey(ctx, store.RetireRegistrationKey{
		Number: number, ClientPrefixes: register.Prefixes(number), Now: now,
		Audit: []store.AuditEntry{{At: now, Actor: "operator", Action: "registration_key.retired", Object: fmt.Sprintf("registration_key:%d", number)}},
	})
	if errors.Is(err, store.ErrConflict) {
		return list[i], admin.Refuse("changed_meanwhile", "somebody else changed the keys at the same time; see \"symbolon keys registration list\"")
	}
	if err != nil {
		return list[i], err
	}
	list[i].Grants = ended
	o.ring.mu.Lock()
	defer o.ring.mu.Unlock()
	return list[i], o.retake(ctx)
}
