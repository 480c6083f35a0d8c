package symbolon

// The master secrets, as the operator's commands see them.

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// sealingMargin is more than clocks and reports of servers differ: a token that was
// made this long after a server spoke of the next secret may still be of the one before.
const sealingMargin = time.Minute

// recently covers whatever hangs on a secret for minutes: logins, consent pages,
// links to a user's page and the sessions there.
const recently = 30*time.Minute + sealingMargin

// inventory is all that is known of secrets, and all that is sealed, at one moment.
type inventory struct {
	now          time.Time
	file, ring   []string // fingerprints, as configured and without the retired
	known        store.Secrets
	keyCheck     string
	signing      []store.SigningKey
	registration []store.RegistrationKey
	opens        *seal.Ring
}

func (o operator) inventory(ctx context.Context) (v inventory, err error) {
	o.ring.mu.Lock()
	v.file, v.opens = o.ring.file.Fingerprints(), o.ring.current
	o.ring.mu.Unlock()
	v.ring, v.now = v.opens.Fingerprints(), o.config.Now()
	if v.known, err = o.store.Secrets(ctx); err != nil {
		return v, err
	}
	identity, err := o.store.Init(ctx, store.Identity{}, v.now)
	if err != nil {
		return v, err
	}
	v.keyCheck = identity.KeyCheck
	if v.signing, err = o.store.SigningKeys(ctx); err != nil {
		return v, err
	}
	v.registration, err = o.store.RegistrationKeys(ctx)
	v.known.Servers = slices.DeleteFunc(v.known.Servers, func(s store.RunningServer) bool {
		return !s.Live(v.now) || o.alone() && s.ID != o.ring.noting.ID
	})
	return v, err
}

// stored counts what is sealed with each secret of the ring.
func (v inventory) stored() map[string]admin.Hanging {
	found := map[string]admin.Hanging{}
	count := func(p seal.Purpose, add func(*admin.Hanging), sealed string, context ...string) {
		position, err := v.opens.Box(p).Under(sealed, context...)
		if err != nil {
			return // of a retired signing key whose time is over; nothing else gets here
		}
		h := found[v.ring[position]]
		add(&h)
		found[v.ring[position]] = h
	}
	count(seal.PurposeKeyCheck, func(h *admin.Hanging) { h.KeyCheck = true }, v.keyCheck)
	for _, k := range v.signing {
		count(seal.PurposeSigningKey, func(h *admin.Hanging) { h.SigningKeys++ }, k.Sealed, k.KID, k.Alg)
	}
	for _, k := range v.registration {
		count(seal.PurposeRegistrationKey, func(h *admin.Hanging) { h.RegistrationKeys++ }, k.Sealed, strconv.Itoa(int(k.Number)))
	}
	return found
}

// sealing reports whether some server seals with it now, as far as is known.
func (v inventory) sealing(fingerprint string) bool {
	return v.ring[0] == fingerprint ||
		slices.ContainsFunc(v.known.Servers, func(s store.RunningServer) bool { return s.Seals() == fingerprint })
}

// span is when refresh tokens may have been made with a secret; nil if never.
func (v inventory) span(k store.Secret, sealed bool) *store.Span {
	first := time.Time{} // when anything is known to have been sealed
	for _, other := range v.known.Secrets {
		if !other.SealingAt.IsZero() && other.Fingerprint != k.Fingerprint && (first.IsZero() || other.SealingAt.Before(first)) {
			first = other.SealingAt
		}
	}
	var s store.Span
	if !k.SealingAt.IsZero() && !first.IsZero() && first.Before(k.SealingAt) {
		s.From = k.SealingAt // otherwise it is the oldest, and may have sealed before that was written down
	}
	switch {
	case v.sealing(k.Fingerprint):
		s.Until = v.now
	case !k.SealedUntil.IsZero():
		s.Until = k.SealedUntil
	case !k.SealingAt.IsZero():
		s.Until = v.now // its server died, and nobody has noticed yet
	case sealed:
		s.Until = cmp.Or(first, v.now) // before anything was written down
	default:
		return nil
	}
	s.Until = s.Until.Add(sealingMargin)
	return &s
}

func (o operator) describe(ctx context.Context, v inventory, k store.Secret, stored admin.Hanging) (admin.Secret, error) {
	s := admin.Secret{
		Fingerprint: k.Fingerprint, KnownSince: k.KnownAt, SealingSince: k.SealingAt, Retired: k.RetiredAt, Hanging: stored,
	}
	if !v.sealing(k.Fingerprint) {
		s.SealedUntil = k.SealedUntil
	}
	sealed := !k.SealingAt.IsZero() || stored != (admin.Hanging{})
	switch {
	case !k.RetiredAt.IsZero():
		s.Use = admin.SecretRetired
		return s, nil
	case k.Fingerprint == v.ring[0]:
		s.Use = admin.SecretSeals
	case !slices.Contains(v.ring, k.Fingerprint):
		s.Use = admin.SecretMissing
	case sealed:
		s.Use = admin.SecretOpens
	default:
		s.Use = admin.SecretWaits
	}
	span := v.span(k, sealed)
	if span == nil {
		return s, nil
	}
	count, err := o.store.CountGrants(ctx, store.CountGrants{LiveAt: v.now, Rotated: span})
	s.Grants = count.Grants
	if !count.Endless {
		s.GrantsUntil = count.Until
	}
	return s, err
}

// Secrets implements admin.Operator.
func (o operator) Secrets(ctx context.Context) (admin.Secrets, error) {
	v, err := o.inventory(ctx)
	if err != nil {
		return admin.Secrets{}, err
	}
	all := admin.Secrets{Source: o.config.secretSource(), Shared: !o.alone(), Servers: []admin.SecretServer{}}
	for _, s := range v.known.Servers {
		all.Servers = append(all.Servers, admin.SecretServer{Name: s.Name, Secrets: s.Secrets, Seen: s.SeenAt})
	}
	stored := v.stored()
	for _, k := range v.ordered() {
		s, err := o.describe(ctx, v, k, stored[k.Fingerprint])
		if err != nil {
			return admin.Secrets{}, err
		}
		all.Secrets = append(all.Secrets, s)
	}
	return all, nil
}

// ordered is every secret: those configured in their order, then the others.
func (v inventory) ordered() []store.Secret {
	var list []store.Secret
	for _, name := range v.file {
		list = append(list, v.named(name))
	}
	for _, k := range v.known.Secrets {
		if !slices.Contains(v.file, k.Fingerprint) {
			list = append(list, k)
		}
	}
	return list
}

// named is what is known of a secret, which may be nothing.
func (v inventory) named(fingerprint string) store.Secret {
	for _, k := range v.known.Secrets {
		if k.Fingerprint == fingerprint {
			return k
		}
	}
	return store.Secret{Fingerprint: fingerprint}
}

// othersKnow refuses where a server runs that could not open what is sealed here: it
// would stop. Only a command on a shared database can be ahead of the servers.
func (o operator) othersKnow(ctx context.Context) error {
	if o.alone() {
		return nil
	}
	v, err := o.inventory(ctx)
	if err != nil {
		return err
	}
	for _, s := range v.known.Servers {
		if !s.Knows(v.ring[0]) {
			return admin.Refuse("servers_behind", fmt.Sprintf("the first secret of %s, %s, is not known to the server %s, which could not open what is sealed with it; "+
				"\"symbolon secret list\" shows the servers. Bring them the same file first; nothing was changed", o.config.secretSource(), v.ring[0], s.Name))
		}
	}
	return nil
}
