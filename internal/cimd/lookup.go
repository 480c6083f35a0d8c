package cimd

import (
	"context"
	"errors"
	"time"

	"github.com/symbolon-auth/symbolon/internal/jwks"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// retryAfterOutage is how long a document that bridges an outage is used before
// its host is asked again: a host that never answers must not slow every login.
const retryAfterOutage = 5 * time.Minute

// entry is a document that was valid.
type entry struct {
	client    oauth.Client
	checkAt   time.Time // when to ask the host again
	keepUntil time.Time // until when it bridges an outage
	keysAt    time.Time // when the keys were read from its jwks_uri
}

// entrySize is what an entry takes besides the document, roughly.
const entrySize = 1 << 10

// refresh asks the host and decides what holds now.
func (s *Source) refresh(ctx context.Context, clientID string) (oauth.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	known, had := s.documents.get(clientID)
	fetched, size, err := s.fetch(ctx, clientID, known)
	switch {
	case err == nil:
		s.documents.put(clientID, fetched, size)
		s.setWithdrawn(clientID, false)
		return fetched.client, nil
	case isOutage(err):
		return s.bridge(clientID, known, err)
	}
	// The publisher spoke: there is no document, or no valid one.
	s.documents.remove(clientID)
	_, pinned := s.pinned[clientID]
	s.setWithdrawn(clientID, true)
	switch _, invalid := errors.AsType[*oauth.Error](err); {
	case invalid:
		return oauth.Client{}, err
	case had || pinned:
		return oauth.Client{}, errWithdrawn(err)
	}
	return oauth.Client{}, errUnreachable(err)
}

// bridge answers with the last valid document, or a pinned one, while the host
// cannot be asked. Stale documents are used up to a bound; pinned ones are the
// operator's word.
func (s *Source) bridge(clientID string, known entry, cause error) (oauth.Client, error) {
	now := s.o.Now()
	if !now.Before(known.keepUntil) {
		client, ok := s.pinned[clientID]
		if !ok || s.isWithdrawn(clientID) {
			return oauth.Client{}, errUnreachable(cause)
		}
		known = entry{client: client, keepUntil: now.Add(retryAfterOutage)}
	}
	s.o.Log.Warn("a client metadata document cannot be read, the last known or pinned copy is used",
		"client", clientID, "cause", cause, "until", known.keepUntil)
	known.checkAt = now.Add(retryAfterOutage)
	if known.keepUntil.Before(known.checkAt) {
		known.checkAt = known.keepUntil
	}
	s.documents.put(clientID, known, MaxDocument)
	return known.client, nil
}

// fetch reads the document and its key set. before is what was known, for its keys.
func (s *Source) fetch(ctx context.Context, clientID string, before entry) (entry, int, error) {
	got, err := s.fetcher.get(ctx, clientID, MaxDocument)
	if err != nil {
		return entry{}, 0, err
	}
	client, err := ParseDocument(got.body)
	if errors.Is(err, errNotObject) {
		return entry{}, 0, gone(errNotObject.Error())
	}
	if err != nil {
		return entry{}, 0, err
	}
	if client.ID != clientID {
		return entry{}, 0, errInvalid("the member client_id is not the URL of the document, character by character")
	}
	now := s.o.Now()
	fresh, mayKeep := freshness(got.header)
	e := entry{client: client, checkAt: now.Add(fresh), keepUntil: now.Add(fresh)}
	if err := s.addKeys(ctx, &e, before); err != nil {
		return entry{}, 0, err
	}
	if mayKeep {
		e.keepUntil = e.keepUntil.Add(s.o.StaleIfError)
	}
	return e, len(got.body) + len(e.client.JWKS) + entrySize, nil
}

// addKeys fetches the key set behind jwks_uri, so that redeeming and refreshing
// need no remote host later. A client that can do without keys is not refused for
// lack of them.
func (s *Source) addKeys(ctx context.Context, e *entry, before entry) error {
	client, now := &e.client, s.o.Now()
	if client.JWKSURI == "" || !client.Accepts(oauth.AuthPrivateKeyJWT) {
		return nil
	}
	if what := s.Forbids(client.JWKSURI); what != "" {
		return errInvalid("the member jwks_uri " + what)
	}
	keys, err := s.fetchKeySet(ctx, client.JWKSURI)
	switch {
	case err == nil:
		client.JWKS, e.keysAt = keys, now
		return nil
	case errors.Is(err, jwks.ErrPrivate):
		return errInvalid("the member jwks_uri leads to a key set that " + err.Error())
	case isOutage(err) && before.client.JWKSURI == client.JWKSURI && now.Before(before.keysAt.Add(s.o.StaleIfError)):
		client.JWKS, e.keysAt = before.client.JWKS, before.keysAt
		return nil
	case client.Accepts(oauth.AuthNone):
		return nil
	}
	return err
}

// setWithdrawn remembers it for pinned documents only: others are just gone.
func (s *Source) setWithdrawn(clientID string, withdrawn bool) {
	if _, ok := s.pinned[clientID]; !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.withdrawn[clientID] = withdrawn
}

func (s *Source) isWithdrawn(clientID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.withdrawn[clientID]
}
