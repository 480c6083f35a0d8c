package symbolon

// Retiring a master secret: what is sealed with it is sealed anew, and it opens nothing more.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// RetireSecret implements admin.Operator.
func (o operator) RetireSecret(ctx context.Context, r admin.RetireSecret) (admin.Retirement, error) {
	for range applyAttempts {
		v, err := o.inventory(ctx)
		if err != nil {
			return admin.Retirement{}, err
		}
		plan, err := o.planRetirement(ctx, v, r.Fingerprint)
		if err != nil || r.DryRun || plan.Secret.Use == admin.SecretRetired {
			return plan, err
		}
		retire, err := v.retirement(r.Fingerprint, o.alone())
		if err != nil {
			return plan, err
		}
		err = o.store.RetireSecret(ctx, retire)
		if errors.Is(err, store.ErrConflict) {
			continue // a key was rotated meanwhile, or a server came
		}
		if err != nil {
			return plan, err
		}
		o.ring.mu.Lock()
		defer o.ring.mu.Unlock()
		return plan, o.retake(ctx)
	}
	return admin.Retirement{}, admin.Refuse("changed_meanwhile", "keys or servers changed at the same time, again and again; nothing was retired, try again")
}

// planRetirement says what a retirement changes, or why it must not be.
func (o operator) planRetirement(ctx context.Context, v inventory, fingerprint string) (admin.Retirement, error) {
	k := v.named(fingerprint)
	if k.KnownAt.IsZero() && !slices.Contains(v.file, fingerprint) {
		return admin.Retirement{}, admin.Refuse("unknown_secret", fmt.Sprintf("no master secret has the fingerprint %s; \"symbolon secret list\" shows them", fingerprint))
	}
	s, err := o.describe(ctx, v, k, v.stored()[fingerprint])
	plan := admin.Retirement{Secret: s, Sealing: v.ring[0]}
	if err != nil || s.Use == admin.SecretRetired {
		return plan, err
	}
	if s.Use == admin.SecretSeals {
		return plan, admin.Refuse("secret_seals", fingerprint+" is the secret that seals; let another one seal first: symbolon secret rotate")
	}
	if hindering := v.hindering(fingerprint); len(hindering) > 0 {
		return plan, admin.Refuse("servers_behind", fmt.Sprintf(
			"these servers still seal with %s, or do not know %s, which seals here: %s. Bring them the file of secrets first; nothing was retired",
			fingerprint, v.ring[0], strings.Join(hindering, ", ")))
	}
	plan.Recent = s.Use == admin.SecretOpens && v.now.Sub(cmp.Or(k.SealedUntil, v.now)) < recently
	return plan, nil
}

// hindering names the servers that a retirement would break.
func (v inventory) hindering(fingerprint string) []string {
	r := store.RetireSecret{Fingerprint: fingerprint, Sealing: v.ring[0], Now: v.now}
	var names []string
	for _, s := range v.known.Servers {
		if r.Hinders(s) {
			names = append(names, s.Name)
		}
	}
	return names
}

// retirement seals anew all that is stored.
func (v inventory) retirement(fingerprint string, alone bool) (store.RetireSecret, error) {
	r := store.RetireSecret{
		Fingerprint: fingerprint, Sealing: v.ring[0], Alone: alone, Now: v.now,
		SigningKeys: map[string]store.Resealed{}, RegistrationKeys: map[byte]store.Resealed{},
		Audit: []store.AuditEntry{{
			At: v.now, Actor: "operator", Action: "secret.retired", Object: "secret:" + fingerprint, Detail: map[string]string{"sealing": v.ring[0]},
		}},
	}
	reseal := func(p seal.Purpose, sealed string, context ...string) store.Resealed {
		to, _, err := v.opens.Box(p).Reseal(sealed, context...)
		if err != nil {
			return store.Resealed{From: sealed}
		}
		return store.Resealed{From: sealed, To: to}
	}
	r.KeyCheck = reseal(seal.PurposeKeyCheck, v.keyCheck)
	missing := r.KeyCheck.To == ""
	for _, k := range v.signing {
		re := reseal(seal.PurposeSigningKey, k.Sealed, k.KID, k.Alg)
		if re.To == "" && k.State == store.KeyRetired && v.now.Sub(k.RetiredAt) >= keys.Published {
			re.To = k.Sealed // nobody opens it any more, and its row goes with the next rotation
		}
		r.SigningKeys[k.KID] = re
		missing = missing || re.To == ""
	}
	for _, k := range v.registration {
		re := reseal(seal.PurposeRegistrationKey, k.Sealed, strconv.Itoa(int(k.Number)))
		r.RegistrationKeys[k.Number] = re
		missing = missing || re.To == ""
	}
	if missing {
		return r, keys.ErrSecret
	}
	return r, nil
}
