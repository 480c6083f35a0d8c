package sqlite

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// SigningKeys implements store.Keys.
func (s *Store) SigningKeys(ctx context.Context) ([]store.SigningKey, error) {
	return read(ctx, s, signingKeys)
}

func signingKeys(q *session) ([]store.SigningKey, error) {
	var keys []store.SigningKey
	err := q.rows(`SELECT kid, alg, state, public, sealed, created_at, active_at, retired_at
		FROM signing_keys ORDER BY alg, created_at, kid`, nil, func(scan scanner) error {
		var k store.SigningKey
		err := scan(&k.KID, &k.Alg, &k.State, &k.Public, &k.Sealed,
			into(&k.CreatedAt), into(&k.ActiveAt), into(&k.RetiredAt))
		keys = append(keys, k)
		return err
	})
	return keys, err
}

func insertSigningKey(q *session, k store.SigningKey) error {
	_, err := q.exec(`INSERT INTO signing_keys (kid, alg, state, public, sealed, created_at, active_at, retired_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		k.KID, k.Alg, string(k.State), k.Public, k.Sealed, millis(k.CreatedAt), millis(k.ActiveAt), millis(k.RetiredAt))
	return err
}

// EnsureSigningKeys implements store.Keys.
func (s *Store) EnsureSigningKeys(ctx context.Context, candidates []store.SigningKey, _ time.Time) ([]store.SigningKey, error) {
	return doMany(ctx, s.writer, func(q *session) ([]store.SigningKey, error) {
		keys, err := signingKeys(q)
		if err != nil {
			return nil, err
		}
		known := map[string]bool{}
		for _, k := range keys {
			known[k.Alg] = true
		}
		added := false
		for _, k := range candidates {
			if known[k.Alg] {
				continue
			}
			if err := insertSigningKey(q, k); err != nil {
				return nil, err
			}
			added = true
		}
		if !added {
			return keys, nil
		}
		return changedKeys(q)
	})
}

// changedKeys lets the other readers know, and reads the keys again.
func changedKeys(q *session) ([]store.SigningKey, error) {
	if err := countKeyChange(q); err != nil {
		return nil, err
	}
	return signingKeys(q)
}

func countKeyChange(q *session) error {
	_, err := q.exec(`UPDATE versions SET keys = keys + 1`)
	return err
}

// RotateSigningKey implements store.Keys.
func (s *Store) RotateSigningKey(ctx context.Context, r store.RotateSigningKey) ([]store.SigningKey, error) {
	return doMany(ctx, s.writer, func(q *session) ([]store.SigningKey, error) {
		if err := succeed(q, r); err != nil {
			return nil, err
		}
		_, err := q.exec(`DELETE FROM signing_keys WHERE alg = ? AND state = 'retired' AND retired_at < ?`,
			r.Alg, millis(r.DropRetiredBefore))
		if err != nil {
			return nil, err
		}
		if err := record(q, r.Audit); err != nil {
			return nil, err
		}
		return changedKeys(q)
	})
}

// succeed moves the three keys on, oldest first, so that never two sign.
func succeed(q *session, r store.RotateSigningKey) error {
	_, err := q.exec(`UPDATE signing_keys SET state = 'retired', retired_at = ? WHERE alg = ? AND state = 'active'`,
		millis(r.Now), r.Alg)
	if err != nil {
		return err
	}
	n, err := q.exec(`UPDATE signing_keys SET state = 'active', active_at = ? WHERE kid = ? AND alg = ? AND state = 'standby'`,
		millis(r.Now), r.Activate, r.Alg)
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	if err != nil {
		return err
	}
	return insertSigningKey(q, r.Standby)
}

// RevokeSigningKey implements store.Keys.
func (s *Store) RevokeSigningKey(ctx context.Context, r store.RevokeSigningKey) ([]store.SigningKey, error) {
	return doMany(ctx, s.writer, func(q *session) ([]store.SigningKey, error) {
		if err := withdraw(q, r); err != nil {
			return nil, err
		}
		if err := record(q, r.Audit); err != nil {
			return nil, err
		}
		return changedKeys(q)
	})
}

// withdraw deletes the key and fills its place.
func withdraw(q *session, r store.RevokeSigningKey) error {
	n, err := q.exec(`DELETE FROM signing_keys WHERE kid = ? AND alg = ? AND state = ?`, r.KID, r.Alg, string(r.State))
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	switch {
	case err != nil || r.State == store.KeyRetired:
		return err
	case r.State == store.KeyActive:
		return succeed(q, store.RotateSigningKey{Alg: r.Alg, Activate: r.Activate, Standby: r.Standby, Now: r.Now})
	}
	return insertSigningKey(q, r.Standby)
}

// EnsureRegistrationKey implements store.Keys.
func (s *Store) EnsureRegistrationKey(ctx context.Context, candidate store.RegistrationKey, _ time.Time) ([]store.RegistrationKey, error) {
	return doMany(ctx, s.writer, func(q *session) ([]store.RegistrationKey, error) {
		n, err := q.exec(`INSERT INTO registration_keys (number, sealed, created_at)
			SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM registration_keys)`,
			candidate.Number, candidate.Sealed, millis(candidate.CreatedAt))
		if err != nil {
			return nil, err
		}
		if n == 1 {
			if err := countKeyChange(q); err != nil {
				return nil, err
			}
		}
		return registrationKeys(q)
	})
}

// RegistrationKeys implements store.Keys.
func (s *Store) RegistrationKeys(ctx context.Context) ([]store.RegistrationKey, error) {
	return read(ctx, s, registrationKeys)
}

func registrationKeys(q *session) ([]store.RegistrationKey, error) {
	var keys []store.RegistrationKey
	err := q.rows(`SELECT number, sealed, created_at FROM registration_keys ORDER BY number`, nil,
		func(scan scanner) error {
			var k store.RegistrationKey
			err := scan(&k.Number, &k.Sealed, into(&k.CreatedAt))
			keys = append(keys, k)
			return err
		})
	return keys, err
}

// AddRegistrationKey implements store.Keys.
func (s *Store) AddRegistrationKey(ctx context.Context, k store.RegistrationKey, audit []store.AuditEntry) error {
	return doNothing(doMany(ctx, s.writer, func(q *session) (none struct{}, err error) {
		n, err := q.exec(`INSERT INTO registration_keys (number, sealed, created_at)
			SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM registration_keys WHERE number >= ?)`,
			k.Number, k.Sealed, millis(k.CreatedAt), k.Number)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return none, err
		}
		if err := record(q, audit); err != nil {
			return none, err
		}
		return none, countKeyChange(q)
	}))
}

// RetireRegistrationKey implements store.Keys.
func (s *Store) RetireRegistrationKey(ctx context.Context, r store.RetireRegistrationKey) (int64, error) {
	return doMany(ctx, s.writer, func(q *session) (int64, error) {
		n, err := q.exec(`DELETE FROM registration_keys WHERE number = ?
			AND EXISTS (SELECT 1 FROM registration_keys WHERE number > ?)`, r.Number, r.Number)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return 0, err
		}
		ended, err := revoke(q, store.Revoke{ClientPrefixes: r.ClientPrefixes, Reason: store.ReasonRegistrationRetired, Now: r.Now})
		if err != nil {
			return 0, err
		}
		if err := record(q, store.AuditCounted(r.Audit, len(ended))); err != nil {
			return 0, err
		}
		return int64(len(ended)), countKeyChange(q)
	})
}
