// An access token, verified with the authorization server's published keys alone (RFC 9068 §4).
package mcpserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/modelcontextprotocol/go-sdk/auth"
)

// refetchPause is the least time between two fetches of the keys. Any stranger can name a key that does not
// exist; that must not become a flood at the authorization server.
const refetchPause = 5 * time.Second

// errNoKeys says that a token could not be judged at all.
var errNoKeys = errors.New("the authorization server's keys cannot be fetched; try again")

// algorithms are asymmetric only: a token "signed" with a public key as HMAC secret, or not at all, must not parse.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

type verifier struct {
	issuer, audience string
	now              func() time.Time
	keys             *keys
}

func newVerifier(c Config) *verifier {
	return &verifier{
		issuer:   c.TokenIssuer,
		audience: c.URL,
		now:      c.Now,
		keys:     &keys{url: c.JWKSURL, http: c.HTTPClient, now: c.Now},
	}
}

// verify returns the user and the scopes of a token. Its errors are for the client's eyes: they say what is
// wrong with the token without repeating any of it.
func (v *verifier) verify(ctx context.Context, raw string) (*auth.TokenInfo, error) {
	token, err := jwt.ParseSigned(raw, algorithms)
	if err != nil {
		return nil, errors.New("the token is not one of this authorization server")
	}
	header := token.Headers[0]
	key, err := v.keys.find(ctx, header.KeyID)
	if err != nil {
		return nil, err
	}
	var claims struct {
		jwt.Claims
		Scope string `json:"scope"`
	}
	if err := token.Claims(key, &claims); err != nil {
		return nil, errors.New("the token's signature does not verify")
	}
	typ, _ := header.ExtraHeaders[jose.HeaderType].(string)
	switch {
	case strings.TrimPrefix(strings.ToLower(typ), "application/") != "at+jwt":
		return nil, errors.New("the token is not an access token") // an ID token, say
	case claims.Issuer != v.issuer:
		return nil, errors.New("the token comes from another issuer")
	case !claims.Audience.Contains(v.audience):
		return nil, errors.New("the token is for another MCP server")
	case claims.Expiry == nil || !v.now().Before(claims.Expiry.Time()):
		return nil, errors.New("the token has expired")
	case claims.Subject == "":
		return nil, errors.New("the token names no user")
	}
	return &auth.TokenInfo{UserID: claims.Subject, Scopes: strings.Fields(claims.Scope), Expiration: claims.Expiry.Time()}, nil
}

// keys caches the key set. Keys are published long before they sign, so a refetch is rare: at the first token,
// and when a token names a key that is not here.
type keys struct {
	url  string
	http *http.Client
	now  func() time.Time

	fetching sync.Mutex // held while fetching: one request at a time, others wait for its outcome
	next     time.Time  // under fetching: no fetch before

	mu  sync.RWMutex
	set jose.JSONWebKeySet
}

func (k *keys) find(ctx context.Context, kid string) (jose.JSONWebKey, error) {
	if key, ok := k.cached(kid); ok {
		return key, nil
	}
	err := k.refetch(ctx, kid)
	if key, ok := k.cached(kid); ok {
		return key, nil
	}
	if err != nil || k.empty() {
		return jose.JSONWebKey{}, errNoKeys
	}
	return jose.JSONWebKey{}, errors.New("the token is signed with an unknown key")
}

func (k *keys) cached(kid string) (jose.JSONWebKey, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	found := k.set.Key(kid)
	if kid == "" || len(found) == 0 {
		return jose.JSONWebKey{}, false
	}
	return found[0], true
}

func (k *keys) empty() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return len(k.set.Keys) == 0
}

func (k *keys) refetch(ctx context.Context, kid string) error {
	k.fetching.Lock()
	defer k.fetching.Unlock()
	if _, ok := k.cached(kid); ok || k.now().Before(k.next) {
		return nil // somebody else has just fetched
	}
	k.next = k.now().Add(refetchPause)
	set, err := k.fetch(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.set = set
	return nil
}

func (k *keys) fetch(ctx context.Context) (jose.JSONWebKeySet, error) {
	// One caller hanging up must not fail the fetch that others wait for.
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, k.url, nil)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	resp, err := k.http.Do(req)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return jose.JSONWebKeySet{}, errors.New(resp.Status)
	}
	var set jose.JSONWebKeySet
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&set)
	return set, err
}
