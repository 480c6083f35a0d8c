package symbolon

// The secrets and registration keys that this server uses, and how others take their
// place while it runs.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/keys"
	"github.com/symbolon-auth/symbolon/internal/register"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// ringEvery is how often the file of the secrets is looked at.
const ringEvery = 2 * time.Second

// ring is what the steps of now were made from.
type ring struct {
	mu       sync.Mutex // held while it changes
	file     *seal.Ring // as configured
	current  *seal.Ring // without what is retired
	rows     []store.RegistrationKey
	observed int64  // the version of the keys at which it was read; 0 = none
	seen     []byte // what the file held when it was last looked at, or its error
	// noting is the server as it is known to others; without id it is not.
	noting store.RunningServer
}

// unretired is the ring of a file without the secrets that were retired.
func (s *Server) unretired(ctx context.Context, file *seal.Ring) (*seal.Ring, error) {
	known, err := s.store.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	var retired []string
	for _, k := range known.Secrets {
		if !k.RetiredAt.IsZero() {
			retired = append(retired, k.Fingerprint)
		}
	}
	if left := file.Without(retired); left != nil {
		return left, nil
	}
	return nil, fmt.Errorf("%s: all master secrets in it were retired; bring the file from a server that runs, or from where the last rotation was made",
		s.config.secretSource())
}

// ensureRegistrationKey makes the first registration key where there is none.
func (s *Server) ensureRegistrationKey(ctx context.Context, ring *seal.Ring) error {
	_, raw := seal.NewKey()
	now := s.config.Now()
	_, err := s.store.EnsureRegistrationKey(ctx, store.RegistrationKey{
		Number: 1, Sealed: ring.Box(seal.PurposeRegistrationKey).Seal(raw, "1"), CreatedAt: now,
	}, now)
	return err
}

// take uses these secrets, and the registration keys of now, from now on. If they do
// not open what is stored, nothing changes. The caller holds s.ring.mu, or is alone.
func (s *Server) take(ctx context.Context, file, current *seal.Ring) error {
	rows, err := s.store.RegistrationKeys(ctx)
	if err != nil {
		return err
	}
	ids, err := s.registrationIDs(current, rows)
	if err != nil {
		return err
	}
	if _, err := s.identify(ctx, current); err != nil {
		return err
	}
	if err := s.keys.Use(ctx, current.Box(seal.PurposeSigningKey)); err != nil {
		return err
	}
	if err := s.note(ctx, current.Fingerprints()); err != nil {
		return err
	}
	s.ring.file, s.ring.current, s.ring.rows = file, current, rows
	s.steps.Store(s.assemble(current, ids))
	return nil
}

func (s *Server) registrationIDs(ring *seal.Ring, rows []store.RegistrationKey) (*register.IDs, error) {
	box := ring.Box(seal.PurposeRegistrationKey)
	opened := map[byte]register.Key{}
	for _, k := range rows {
		raw, err := box.Open(k.Sealed, strconv.Itoa(int(k.Number)))
		if err != nil {
			return nil, keys.ErrSecret
		}
		key, err := seal.ParseKey(raw)
		if err != nil {
			return nil, err
		}
		opened[k.Number] = register.Key{Key: key, At: k.CreatedAt}
	}
	return register.NewIDs(opened, s.config.BaseURL, s.config.Now)
}

// observeRing follows what another server, or a command, has changed: registration
// keys, and secrets that were retired. version is the counter of the keys.
func (s *Server) observeRing(ctx context.Context, version int64) error {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	if s.ring.observed == version {
		return nil
	}
	if err := s.retake(ctx); err != nil {
		return err
	}
	s.ring.observed = version
	return nil
}

// retake takes the secrets of now anew, if anything about them has changed.
func (s *Server) retake(ctx context.Context) error {
	current, err := s.unretired(ctx, s.ring.file)
	if err != nil {
		return err
	}
	rows, err := s.store.RegistrationKeys(ctx)
	if err != nil {
		return err
	}
	if slices.Equal(rows, s.ring.rows) && slices.Equal(current.Fingerprints(), s.ring.current.Fingerprints()) {
		return nil
	}
	return s.take(ctx, s.ring.file, current)
}

// ReloadSecrets reads the file of the master secrets now, rather than within two
// seconds. If it cannot be used, the server goes on with the secrets that it has.
// Secrets of the environment do not change.
func (s *Server) ReloadSecrets() error {
	changed, err := s.reloadSecrets(s.life)
	switch {
	case err != nil:
		s.log.Error("the changed file of master secrets cannot be used; the server goes on with the secrets that it has", "cause", err)
	case changed:
		names := s.fingerprints()
		s.log.Info("the server uses other master secrets from now on", "seals", names[0], "opens", names)
	}
	return err
}

func (s *Server) reloadSecrets(ctx context.Context) (changed bool, err error) {
	if s.config.Secret != "" {
		return false, nil
	}
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	content, err := os.ReadFile(s.config.SecretFile)
	if content = append([]byte("file: "), content...); err != nil { // never empty, as it is at first
		content = []byte("error: " + err.Error())
	}
	if bytes.Equal(content, s.ring.seen) {
		return false, nil
	}
	if err == nil {
		changed, err = s.takeFile(ctx)
	}
	if !errors.Is(err, store.ErrUnavailable) { // then it is tried again
		s.ring.seen = content
	}
	return changed, err
}

// takeFile takes the secrets of the file, if they are others.
func (s *Server) takeFile(ctx context.Context) (changed bool, err error) {
	secrets, err := s.config.secrets(false)
	if err != nil {
		return false, err
	}
	file, err := seal.NewRing(secrets...)
	if err != nil {
		return false, err
	}
	if slices.Equal(file.Fingerprints(), s.ring.file.Fingerprints()) {
		return false, nil
	}
	current, err := s.unretired(ctx, file)
	if err != nil {
		return false, err
	}
	return true, s.take(ctx, file, current)
}

// fingerprints are those of the secrets in use.
func (s *Server) fingerprints() []string {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	return s.ring.current.Fingerprints()
}

// watchSecrets looks at the file until ctx ends.
func (s *Server) watchSecrets(ctx context.Context) {
	ticker := time.NewTicker(ringEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = s.ReloadSecrets() // it has logged what is wrong
		}
	}
}
