package cimd

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/jwks"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Whoever sends an assertion chooses its kid, so an unknown one may cause a fetch
// only so often.
const (
	minRefetch = time.Minute
	maxKeyAge  = 24 * time.Hour // then a rotated key set is asked for again
)

// keySet is what a jwks_uri last said, and when it was last asked.
type keySet struct {
	keys    jose.JSONWebKeySet
	fetched time.Time
	tried   time.Time
	failure error // of the last try
}

var errNoKey = errors.New("the client has no key with this kid")

// Keys returns the keys of client that may have signed an assertion with this kid
// ("": any): those that came with the client, as it was consented to, or, if they
// do not know the kid, what its jwks_uri says now. That is fetched at most once a
// minute for each client. The client may be pre-registered.
//
// The error is an [*oauth.Error] with reason assertion_invalid, or
// client_keys_unreachable while the jwks_uri cannot be read.
func (s *Source) Keys(ctx context.Context, client oauth.Client, kid string) (jose.JSONWebKeySet, error) {
	if len(client.JWKS) > 0 {
		own, err := jwks.Parse(client.JWKS)
		if err != nil {
			return jose.JSONWebKeySet{}, errKeyUnknown(err)
		}
		if found := withKeyID(own, kid); len(found.Keys) > 0 {
			return found, nil
		}
	}
	if client.JWKSURI == "" || s.Forbids(client.JWKSURI) != "" {
		return jose.JSONWebKeySet{}, errKeyUnknown(errNoKey)
	}
	now := s.o.Now()
	name := client.ID + "\n" + client.JWKSURI
	set, _ := s.keySets.get(name)
	if found := withKeyID(set.keys, kid); len(found.Keys) > 0 && now.Before(set.fetched.Add(maxKeyAge)) {
		return found, nil
	}
	set, err := s.refetches.do(ctx, name, func(ctx context.Context) (keySet, error) {
		return s.refetch(ctx, name, client.JWKSURI), nil
	})
	if err != nil {
		return jose.JSONWebKeySet{}, errKeysUnreachable(err)
	}
	found := withKeyID(set.keys, kid)
	switch {
	case len(found.Keys) > 0 && now.Before(set.fetched.Add(maxKeyAge+s.o.StaleIfError)):
		return found, nil
	case set.failure != nil:
		return jose.JSONWebKeySet{}, errKeysUnreachable(set.failure)
	}
	return jose.JSONWebKeySet{}, errKeyUnknown(errNoKey)
}

// refetch asks jwksURI, unless it was asked less than a minute ago. What was known
// survives a failure.
func (s *Source) refetch(ctx context.Context, name, jwksURI string) keySet {
	now := s.o.Now()
	set, ok := s.keySets.get(name)
	if ok && now.Before(set.tried.Add(minRefetch)) {
		return set
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	body, err := s.fetchKeySet(ctx, jwksURI)
	if err == nil {
		set.fetched = now
		set.keys, err = jwks.Parse(body)
	}
	set.tried, set.failure = now, err
	s.keySets.put(name, set, len(body)+entrySize)
	return set
}

// fetchKeySet returns a set as it is kept: public signature keys, at least one.
func (s *Source) fetchKeySet(ctx context.Context, jwksURI string) (json.RawMessage, error) {
	got, err := s.fetcher.get(ctx, jwksURI, jwks.MaxSize)
	if err != nil {
		return nil, err
	}
	keys, err := readKeySet(got.body)
	switch {
	case errors.Is(err, jwks.ErrPrivate):
		return nil, err
	case err != nil:
		return nil, gone("the key set " + err.Error())
	case keys == nil:
		return nil, gone("the key set has no public key for RS256, PS256, ES256 or EdDSA")
	}
	return keys, nil
}

func withKeyID(set jose.JSONWebKeySet, kid string) jose.JSONWebKeySet {
	if kid == "" {
		return set
	}
	return jose.JSONWebKeySet{Keys: set.Key(kid)}
}
