package campaign

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Verifier is an MCP server with an official SDK: it fetches the key set once, and never
// again as long as it lives.
type Verifier struct{ keys map[string]*rsa.PublicKey }

// NewVerifier fetches the key set of a node.
func NewVerifier(address string) (*Verifier, error) {
	set, err := fetchKeys(context.Background(), address)
	if err != nil {
		return nil, err
	}
	v := &Verifier{map[string]*rsa.PublicKey{}}
	for _, k := range set {
		n, errN := base64.RawURLEncoding.DecodeString(k.N)
		e, errE := base64.RawURLEncoding.DecodeString(k.E)
		if err := errors.Join(errN, errE); err != nil {
			return nil, err
		}
		v.keys[k.KID] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return v, nil
}

// Verify checks the signature of an RS256 token.
func (v *Verifier) Verify(token string) error {
	kid, err := KIDOf(token)
	if err != nil {
		return err
	}
	key := v.keys[kid]
	if key == nil {
		return fmt.Errorf("the key %s is not in the set that was fetched", kid)
	}
	cut := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[cut+1:])
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(token[:cut]))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature)
}

// KIDOf is the key that a token says it is signed with.
func KIDOf(token string) (string, error) {
	header, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		return "", err
	}
	var h struct{ KID, Alg string }
	if err := json.Unmarshal(raw, &h); err != nil {
		return "", err
	}
	if h.Alg != "RS256" {
		return "", fmt.Errorf("alg is %q", h.Alg)
	}
	return h.KID, nil
}

// publicKey is an RSA key as published.
type publicKey struct{ KID, N, E string }

func fetchKeys(ctx context.Context, address string) ([]publicKey, error) {
	w := wire{base: "http://" + address, http: http.DefaultTransport}
	a := w.once(ctx, http.MethodGet, "/keys", nil, "", nil)
	if !a.ok() {
		return nil, errors.New(a.String())
	}
	var set struct{ Keys []publicKey }
	err := json.Unmarshal(a.body, &set)
	return set.Keys, err
}

// PublishedKeys are the kids of a node's key set, the one that signs first.
func PublishedKeys(ctx context.Context, address string) ([]string, error) {
	set, err := fetchKeys(ctx, address)
	kids := make([]string, len(set))
	for i, k := range set {
		kids[i] = k.KID
	}
	return kids, err
}

// KeyWatch looks at the key set of every node, again and again, and notes when each key
// was there first.
type KeyWatch struct {
	addresses []string
	mu        sync.Mutex
	first     map[string]map[string]time.Time // by address and kid
}

// WatchKeys looks until ctx ends.
func WatchKeys(ctx context.Context, nodes []*Node) *KeyWatch {
	w := &KeyWatch{first: map[string]map[string]time.Time{}}
	for _, n := range nodes {
		w.addresses = append(w.addresses, n.Address)
		w.first[n.Address] = map[string]time.Time{}
		go w.look(ctx, n.Address)
	}
	return w
}

func (w *KeyWatch) look(ctx context.Context, address string) {
	for ctx.Err() == nil {
		kids, err := PublishedKeys(ctx, address)
		now := time.Now()
		w.mu.Lock()
		for _, kid := range kids {
			if err == nil && w.first[address][kid].IsZero() {
				w.first[address][kid] = now
			}
		}
		w.mu.Unlock()
		time.Sleep(pause)
	}
}

// Spread is the time from the first node that published a key to the last one; false
// while some have not.
func (w *KeyWatch) Spread(kid string) (time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var times []time.Time
	for _, address := range w.addresses {
		times = append(times, w.first[address][kid])
	}
	earliest, last := slices.MinFunc(times, time.Time.Compare), slices.MaxFunc(times, time.Time.Compare)
	return last.Sub(earliest), !earliest.IsZero()
}

// Known reports whether every node had published a key by then.
func (w *KeyWatch) Known(kid string, by time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !slices.ContainsFunc(w.addresses, func(address string) bool {
		first := w.first[address][kid]
		return first.IsZero() || first.After(by)
	})
}
