package postgres

import (
	"context"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// SigningKeys implements store.Keys.
func (s *Store) SigningKeys(ctx context.Context) ([]store.SigningKey, error) {
	return do(ctx, s, signingKeys)
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
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		k.KID, k.Alg, string(k.State), k.Public, k.Sealed, millis(k.CreatedAt), millis(k.ActiveAt), millis(k.RetiredAt))
	return err
}

// lockKeys lets one node at a time change keys, with a row that all of them have.
// Statements that follow see what the one before has done.
func lockKeys(q *session) error {
	_, err := q.exec(`SELECT keys FROM versions FOR UPDATE`)
	return err
}

// EnsureSigningKeys implements store.Keys.
func (s *Store) EnsureSigningKeys(ctx context.Context, candidates []store.SigningKey, _ time.Time) ([]store.SigningKey, error) {
	return transaction(ctx, s, func(q *session) ([]store.SigningKey, error) {
		if err := lockKeys(q); err != nil {
			return nil, err
		}
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
		return s.changedKeys(q)
	})
}

// changedKeys lets the other nodes know, and reads the keys again.
func (s *Store) changedKeys(q *session) ([]store.SigningKey, error) {
	if err := s.countKeyChange(q); err != nil {
		return nil, err
	}
	return signingKeys(q)
}

func (s *Store) countKeyChange(q *session) error {
	if _, err := q.exec(`UPDATE versions SET keys = keys + 1`); err != nil {
		return err
	}
	return s.notify(q)
}

// RotateSigningKey implements store.Keys.
func (s *Store) RotateSigningKey(ctx context.Context, r store.RotateSigningKey) ([]store.SigningKey, error) {
	return transaction(ctx, s, func(q *session) ([]store.SigningKey, error) {
		if err := lockKeys(q); err != nil {
			return nil, err
		}
		if err := succeed(q, r); err != nil {
			return nil, err
		}
		_, err := q.exec(`DELETE FROM signing_keys WHERE alg = $1 AND state = 'retired' AND retired_at < $2`,
			r.Alg, millis(r.DropRetiredBefore))
		if err != nil {
			return nil, err
		}
		if err := record(q, r.Audit); err != nil {
			return nil, err
		}
		return s.changedKeys(q)
	})
}

// succeed moves the three keys on, oldest first, so that never two sign.
func succeed(q *session, r store.RotateSigningKey) error {
	_, err := q.exec(`UPDATE signing_keys SET state = 'retired', retired_at = $1 WHERE alg = $2 AND state = 'active'`,
		millis(r.Now), r.Alg)
	if err != nil {
		return err
	}
	n, err := q.exec(`UPDATE signing_keys SET state = 'active', active_at = $1 WHERE kid = $2 AND alg = $3 AND state = 'standby'`,
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
	return transaction(ctx, s, func(q *session) ([]store.SigningKey, error) {
		if err := lockKeys(q); err != nil {
			return nil, err
		}
		if err := withdraw(q, r); err != nil {
			return nil, err
		}
		if err := record(q, r.Audit); err != nil {
			return nil, err
		}
		return s.changedKeys(q)
	})
}

// withdraw deletes the key and fills its place.
func withdraw(q *session, r store.RevokeSigningKey) error {
	n, err := q.exec(`DELETE FROM signing_keys WHERE kid = $1 AND alg = $2 AND state = $3`, r.KID, r.Alg, string(r.State))
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
	return transaction(ctx, s, func(q *session) ([]store.RegistrationKey, error) {
		if err := lockKeys(q); err != nil {
			return nil, err
		}
		n, err := q.exec(`INSERT INTO registration_keys (number, sealed, created_at)
			SELECT $1::integer, $2, $3::bigint WHERE NOT EXISTS (SELECT 1 FROM registration_keys)`,
			int32(candidate.Number), candidate.Sealed, millis(candidate.CreatedAt))
		if err != nil {
			return nil, err
		}
		if n == 1 {
			if err := s.countKeyChange(q); err != nil {
				return nil, err
			}
		}
		return registrationKeys(q)
	})
}

// RegistrationKeys implements store.Keys.
func (s *Store) RegistrationKeys(ctx context.Context) ([]store.RegistrationKey, error) {
	return do(ctx, s, registrationKeys)
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
	return doNothing(transaction(ctx, s, func(q *session) (none struct{}, err error) {
		if err := lockKeys(q); err != nil {
			return none, err
		}
		n, err := q.exec(`INSERT INTO registration_keys (number, sealed, created_at)
			SELECT $1::integer, $2, $3::bigint WHERE NOT EXISTS (SELECT 1 FROM registration_keys WHERE number >= $1::integer)`,
			int32(k.Number), k.Sealed, millis(k.CreatedAt))
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return none, err
		}
		if err := record(q, audit); err != nil {
			return none, err
		}
		return none, s.countKeyChange(q)
	}))
}

// RetireRegistrationKey implements store.Keys.
func (s *Store) RetireRegistrationKey(ctx context.Context, r store.RetireRegistrationKey) (int64, error) {
	return transaction(ctx, s, func(q *session) (int64, error) {
		if err := lockKeys(q); err != nil {
			return 0, err
		}
		n, err := q.exec(`DELETE FROM registration_keys WHERE number = $1
			AND EXISTS (SELECT 1 FROM registration_keys WHERE number > $1)`, int32(r.Number))
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
		return int64(len(ended)), s.countKeyChange(q)
	})
}
