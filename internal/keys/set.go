package keys

// All keys at one moment: an immutable index over the rows.

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/catalog"
	"github.com/symbolon-auth/symbolon/internal/seal"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Algorithms, RFC 7518 §3.1 and RFC 8037 §3.1.
const (
	RS256 = "RS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

// Algs are the algorithms in the order of the key set: the official SDKs know
// RS256 alone, so it comes first.
var Algs = []string{RS256, ES256, EdDSA}

// Published is how long a retired key stays in the key set: the longest life of
// a token, and an hour for clocks that disagree.
const Published = catalog.MaxAccessTokenTTL + time.Hour

// Info describes a key to the operator.
type Info struct {
	KID, Alg       string
	State          store.KeyState
	CreatedAt      time.Time // published since
	ActiveAt       time.Time // zero while standby
	RetiredAt      time.Time // zero until retired
	PublishedUntil time.Time // zero until retired
	RotatesAt      time.Time // when the standby key takes over; see [Schedule.Mark]
}

type set struct {
	infos   []Info // in the order of the key set
	keys    map[string]*key
	active  map[string]*key  // by alg
	headers map[string]match // by the first part of a token
	jwks    []byte
	etag    string
	expires time.Time // when the first retired key leaves; zero = never
}

// match is what a token's first part proves once the signature holds.
type match struct {
	key *key
	typ string
}

// load opens the rows. Keys that known holds already are not parsed again.
func load(rows []store.SigningKey, known *set, box *seal.Box, now time.Time) (*set, error) {
	keys := make(map[string]*key, len(rows))
	infos := make([]Info, 0, len(rows))
	for _, row := range rows {
		info := describe(row)
		if info.gone(now) {
			continue // rows wait for the next rotation; their secret may be gone
		}
		k := known.find(row)
		if k == nil {
			var err error
			if k, err = open(row, box); err != nil {
				return nil, err
			}
		}
		keys[row.KID] = k
		infos = append(infos, info)
	}
	return newSet(infos, keys, now)
}

func describe(row store.SigningKey) Info {
	info := Info{KID: row.KID, Alg: row.Alg, State: row.State, CreatedAt: row.CreatedAt, ActiveAt: row.ActiveAt, RetiredAt: row.RetiredAt}
	if row.State == store.KeyRetired {
		info.PublishedUntil = row.RetiredAt.Add(Published)
	}
	return info
}

// gone reports whether no token of the key can be alive any more.
func (i Info) gone(now time.Time) bool {
	return i.State == store.KeyRetired && !now.Before(i.PublishedUntil)
}

func (s *set) find(row store.SigningKey) *key {
	if s == nil {
		return nil
	}
	if k := s.keys[row.KID]; k != nil && k.sealed == row.Sealed && k.alg == row.Alg {
		return k
	}
	return nil
}

func newSet(infos []Info, keys map[string]*key, now time.Time) (*set, error) {
	s := &set{keys: map[string]*key{}, active: map[string]*key{}, headers: map[string]match{}}
	published := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, info := range slices.SortedFunc(slices.Values(infos), compareInfos) {
		if info.gone(now) {
			continue
		}
		k := keys[info.KID]
		s.infos = append(s.infos, info)
		s.keys[info.KID] = k
		published.Keys = append(published.Keys, k.public)
		for _, typ := range types {
			s.headers[k.header(typ)] = match{k, typ}
		}
		switch info.State {
		case store.KeyActive:
			if s.active[k.alg] != nil {
				return nil, fmt.Errorf("keys: %s has two active keys, %s and %s", k.alg, s.active[k.alg].kid, k.kid)
			}
			s.active[k.alg] = k
		case store.KeyRetired:
			if s.expires.IsZero() || info.PublishedUntil.Before(s.expires) {
				s.expires = info.PublishedUntil
			}
		}
	}
	return s, s.encode(published)
}

func (s *set) encode(published jose.JSONWebKeySet) error {
	var err error
	if s.jwks, err = json.Marshal(published); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	sum := sha256.Sum256(s.jwks)
	s.etag = `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	return nil
}

// at is s without the keys that have left by now.
func (s *set) at(now time.Time) (*set, error) {
	if s.expires.IsZero() || now.Before(s.expires) {
		return s, nil
	}
	return newSet(s.infos, s.keys, now)
}

var stateOrder = []store.KeyState{store.KeyActive, store.KeyStandby, store.KeyRetired}

// compareInfos orders the key set: every node, and every restart, publishes the
// same bytes.
func compareInfos(a, b Info) int {
	return cmp.Or(
		cmp.Compare(slices.Index(Algs, a.Alg), slices.Index(Algs, b.Alg)),
		cmp.Compare(slices.Index(stateOrder, a.State), slices.Index(stateOrder, b.State)),
		b.RetiredAt.Compare(a.RetiredAt),
		cmp.Compare(a.KID, b.KID),
	)
}
