package sqlite

import (
	"context"
	"slices"
	"time"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// NoteServer implements store.MasterSecrets.
func (s *Store) NoteServer(ctx context.Context, n store.NoteServer) error {
	return doNothing(doMany(ctx, s.writer, func(q *session) (struct{}, error) { return struct{}{}, noteServer(q, n) }))
}

// doNothing is for intents that answer nothing.
func doNothing(_ struct{}, err error) error { return err }

func noteServer(q *session, n store.NoteServer) error {
	servers, err := servers(q)
	if err != nil {
		return err
	}
	for _, e := range n.EndedBy(servers) {
		if err := endSealing(q, e); err != nil {
			return err
		}
	}
	_, err = q.exec(`INSERT INTO servers (id, name, secrets, started_at, seen_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET secrets = excluded.secrets, seen_at = excluded.seen_at`,
		n.Server.ID, n.Server.Name, asJSON(n.Server.Secrets), millis(n.Server.StartedAt), millis(n.Now))
	if err != nil {
		return err
	}
	for _, name := range n.Server.Secrets {
		if err := know(q, name, n.Now); err != nil {
			return err
		}
	}
	first, err := q.exec(`UPDATE secrets SET sealing_at = ? WHERE fingerprint = ? AND sealing_at = 0`, millis(n.Now), n.Server.Seals())
	if err != nil || first == 0 {
		return err
	}
	return record(q, n.AuditSealing())
}

func know(q *session, fingerprint string, now time.Time) error {
	_, err := q.exec(`INSERT INTO secrets (fingerprint, known_at, sealing_at, sealed_until, retired_at)
		VALUES (?, ?, 0, 0, 0) ON CONFLICT DO NOTHING`, fingerprint, millis(now))
	return err
}

func endSealing(q *session, e store.Ended) error {
	_, err := q.exec(`UPDATE secrets SET sealed_until = max(sealed_until, ?) WHERE fingerprint = ?`, millis(e.Until), e.Fingerprint)
	if err == nil && e.Server != "" {
		_, err = q.exec(`DELETE FROM servers WHERE id = ?`, e.Server)
	}
	return err
}

// EndServer implements store.MasterSecrets.
func (s *Store) EndServer(ctx context.Context, id string, now time.Time) error {
	return doNothing(do(ctx, s.writer, func(q *session) (none struct{}, err error) {
		servers, err := servers(q)
		for _, server := range servers {
			if server.ID == id && err == nil {
				err = endSealing(q, store.Ended{Server: id, Fingerprint: server.Seals(), Until: now})
			}
		}
		return none, err
	}))
}

// Secrets implements store.MasterSecrets.
func (s *Store) Secrets(ctx context.Context) (store.Secrets, error) {
	return read(ctx, s, func(q *session) (all store.Secrets, err error) {
		if all.Servers, err = servers(q); err != nil {
			return all, err
		}
		err = q.rows(`SELECT fingerprint, known_at, sealing_at, sealed_until, retired_at FROM secrets ORDER BY known_at, fingerprint`, nil,
			func(scan scanner) error {
				var k store.Secret
				err := scan(&k.Fingerprint, into(&k.KnownAt), into(&k.SealingAt), into(&k.SealedUntil), into(&k.RetiredAt))
				all.Secrets = append(all.Secrets, k)
				return err
			})
		return all, err
	})
}

func servers(q *session) ([]store.RunningServer, error) {
	var found []store.RunningServer
	err := q.rows(`SELECT id, name, secrets, started_at, seen_at FROM servers ORDER BY started_at, id`, nil, func(scan scanner) error {
		var r store.RunningServer
		err := scan(&r.ID, &r.Name, asJSON(&r.Secrets), into(&r.StartedAt), into(&r.SeenAt))
		found = append(found, r)
		return err
	})
	return found, err
}

// RetireSecret implements store.MasterSecrets.
func (s *Store) RetireSecret(ctx context.Context, r store.RetireSecret) error {
	return doNothing(doMany(ctx, s.writer, func(q *session) (none struct{}, err error) {
		if err := mayRetire(q, r); err != nil {
			return none, err
		}
		if _, err := q.exec(`UPDATE instance SET key_check = ?`, r.KeyCheck.To); err != nil {
			return none, err
		}
		for _, kid := range r.KIDs() {
			if _, err := q.exec(`UPDATE signing_keys SET sealed = ? WHERE kid = ?`, r.SigningKeys[kid].To, kid); err != nil {
				return none, err
			}
		}
		for _, number := range r.Numbers() {
			if _, err := q.exec(`UPDATE registration_keys SET sealed = ? WHERE number = ?`, r.RegistrationKeys[number].To, number); err != nil {
				return none, err
			}
		}
		if err := know(q, r.Fingerprint, r.Now); err != nil {
			return none, err
		}
		if _, err := q.exec(`UPDATE secrets SET retired_at = ? WHERE fingerprint = ?`, millis(r.Now), r.Fingerprint); err != nil {
			return none, err
		}
		if err := record(q, r.Audit); err != nil {
			return none, err
		}
		return none, countKeyChange(q)
	}))
}

// mayRetire is store.ErrConflict unless all is as it was when r was made.
func mayRetire(q *session, r store.RetireSecret) error {
	servers, err := servers(q)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(servers, r.Hinders) {
		return store.ErrConflict
	}
	var keyCheck string
	if _, err := q.row(`SELECT key_check FROM instance`, nil, &keyCheck); err != nil {
		return err
	}
	signing, err := signingKeys(q)
	if err != nil {
		return err
	}
	registration, err := registrationKeys(q)
	if err == nil && !r.Covers(keyCheck, signing, registration) {
		err = store.ErrConflict
	}
	return err
}
