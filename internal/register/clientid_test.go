package register_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/knownclients"
	"github.com/symbolon-auth/symbolon/internal/oauth"
	"github.com/symbolon-auth/symbolon/internal/register"
	"github.com/symbolon-auth/symbolon/internal/seal"
)

const (
	baseURL   = "https://auth.example"
	agent     = `{"client_name":"Agent","redirect_uris":["https://agent.example/cb"],"token_endpoint_auth_method":"none"}`
	secretive = `{"client_name":"Agent","redirect_uris":["https://agent.example/cb"],"token_endpoint_auth_method":"client_secret_post"}`
	signing   = `{"client_name":"Agent","redirect_uris":["https://agent.example/cb"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://agent.example/keys"}`
)

func newIDs(t testing.TB, base string, keys ...string) *register.IDs {
	t.Helper()
	numbered := map[byte]register.Key{}
	for i, raw := range keys {
		key, err := seal.ParseKey([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		numbered[byte(i+1)] = register.Key{Key: key}
	}
	ids, err := register.NewIDs(numbered, base, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

const (
	firstKey  = "0123456789abcdef0123456789abcdef"
	secondKey = "fedcba9876543210fedcba9876543210"
)

func parse(t testing.TB, body string) oauth.RegistrationRequest {
	t.Helper()
	r, refusal := oauth.ParseRegistration([]byte(body))
	if refusal != nil {
		t.Fatalf("%s: %v", body, refusal)
	}
	return r
}

func issue(t testing.TB, ids *register.IDs, body, server string) (id, secret string) {
	t.Helper()
	id, secret, err := ids.Issue(parse(t, body), server)
	if err != nil {
		t.Fatal(err)
	}
	return id, secret
}

// What the first release issued opens for ever: a client keeps its id, and stops
// working without a word if it does not.
func TestFormatOfClientIDs(t *testing.T) {
	ids := newIDs(t, baseURL, firstKey)
	cursor := oauth.Client{
		Kind: oauth.Dynamic, Name: "Cursor", AuthMethod: oauth.AuthNone,
		RedirectURIs: []string{"cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback"},
		GrantTypes:   []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken},
	}
	web := oauth.Client{
		Kind: oauth.Dynamic, Name: "Agent ✓", AuthMethod: oauth.AuthClientSecretPost, ApplicationType: "web",
		URI: "https://agent.example/", PolicyURI: "https://agent.example/privacy", TosURI: "https://agent.example/tos",
		RedirectURIs: []string{"https://agent.example/cb"}, GrantTypes: []string{oauth.GrantAuthorizationCode},
	}
	signing := oauth.Client{
		Kind: oauth.Dynamic, Name: "Agent", AuthMethod: oauth.AuthPrivateKeyJWT, JWKSURI: "https://agent.example/keys",
		RedirectURIs: []string{"https://agent.example/cb"}, GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken},
	}
	for id, want := range map[string]struct {
		client         oauth.Client
		server, secret string
	}{
		"dyn_AQEEFwAAAAAACgAMACn6n2wHAb5Yc5eDE3X6WfQ":            {cursor, "", ""},
		"dyn_AQEEFwByZXNfdG9kbwAAAAAKAAwA51lsP6AiGaXWY0zfXu5ccA": {cursor, "res_todo", ""},
		"dyn_AQET1wEg9ybLa9pBZ2VudCDinJMAAAFhZ2VudC5leGFtcGxlLwABYWdlbnQuZXhhbXBsZS9wcml2YWN5AAFhZ2VudC5leGFtcGxlL3RvcwABYWdlbnQuZXhhbXBsZS9jYgAktujVIZUYf480aIBZYwII": {
			web, "", "5QsZgNBC-QwTVb0zgLatwVJQTLNaq6z3TBkzIAsqpyg",
		},
		"dyn_AQEkQWdlbnQAAAAAAAFhZ2VudC5leGFtcGxlL2tleXMAAWFnZW50LmV4YW1wbGUvY2IAQfpYsUds0r422NPkKdF5sA": {signing, "", ""},
	} {
		got, ok := ids.Open(id)
		want.client.ID = id
		if want.server != "" {
			want.client.MCPServers = []string{want.server}
		}
		if want.secret != "" {
			sum := sha256.Sum256([]byte(want.secret))
			want.client.SecretHashes = [][]byte{sum[:]}
		}
		if !ok || !reflect.DeepEqual(got, want.client) {
			t.Errorf("%s opens (%v) as\n%+v, want\n%+v", id, ok, got, want.client)
		}
	}
}

func TestIssuedIDsOpen(t *testing.T) {
	ids := newIDs(t, baseURL, firstKey)
	for _, body := range []string{agent, secretive, signing} {
		for _, server := range []string{"", "res_todo"} {
			id, secret := issue(t, ids, body, server)
			request := parse(t, body)
			want := request.Client(id)
			if server != "" {
				want.MCPServers = []string{server}
			}
			if secret != "" {
				sum := sha256.Sum256([]byte(secret))
				want.SecretHashes = [][]byte{sum[:]}
			}
			if got, ok := ids.Open(id); !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("%s opens (%v) as\n%+v, want\n%+v", body, ok, got, want)
			}
		}
	}
}

func TestTheSameRegistrationGetsTheSameID(t *testing.T) {
	ids := newIDs(t, baseURL, firstKey)
	for body, same := range map[string]bool{agent: true, signing: true, secretive: false} {
		first, firstSecret := issue(t, ids, body, "")
		second, secondSecret := issue(t, ids, body, "")
		if (first == second) != same || firstSecret != "" && firstSecret == secondSecret {
			t.Errorf("%s: %s and %s", body, first, second)
		}
	}
	first, _ := issue(t, ids, agent, "")
	if other, _ := issue(t, ids, agent, "res_todo"); other == first {
		t.Error("two issuers, one id")
	}
	if other, _ := issue(t, ids, strings.Replace(agent, "/cb", "/cc", 1), ""); other == first {
		t.Error("two redirect URIs, one id")
	}
}

func TestIDsBelongToOneInstallation(t *testing.T) {
	ids := newIDs(t, baseURL, firstKey)
	id, _ := issue(t, ids, agent, "")
	if _, ok := newIDs(t, "https://other.example", firstKey).Open(id); ok {
		t.Error("another base URL opens it")
	}
	if _, ok := newIDs(t, baseURL, secondKey).Open(id); ok {
		t.Error("another key opens it")
	}
	both := newIDs(t, baseURL, firstKey, secondKey)
	if _, ok := both.Open(id); !ok {
		t.Error("after a new key it does not open")
	}
	if next, _ := issue(t, both, agent, ""); next == id {
		t.Error("the new key does not issue")
	}
}

func TestEveryBitOfAnIDCounts(t *testing.T) {
	ids := newIDs(t, baseURL, firstKey)
	for _, body := range []string{agent, secretive, signing} {
		id, _ := issue(t, ids, body, "res_todo")
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(id, register.Prefix))
		if err != nil {
			t.Fatal(err)
		}
		for bit := range 8 * len(raw) {
			raw[bit/8] ^= 1 << (bit % 8)
			if _, ok := ids.Open(register.Prefix + base64.RawURLEncoding.EncodeToString(raw)); ok {
				t.Fatalf("%s opens with bit %d turned", id, bit)
			}
			raw[bit/8] ^= 1 << (bit % 8)
		}
		for _, other := range []string{id + "=", id + "\n", " " + id, strings.TrimPrefix(id, register.Prefix), strings.ToUpper(id), id[:len(id)-1], id + "A"} {
			if _, ok := ids.Open(other); ok {
				t.Errorf("%q opens", other)
			}
		}
	}
}

// Client ids travel in URLs and cookies.
func TestIDsOfKnownClientsAreShort(t *testing.T) {
	ids, registrations := newIDs(t, baseURL, firstKey), 0
	for _, known := range knownclients.All() {
		if known.Registration.DCR.Body == nil {
			continue
		}
		body, err := json.Marshal(known.Registration.DCR.Body)
		if err != nil {
			t.Fatal(err)
		}
		registrations++
		id, _ := issue(t, ids, strings.NewReplacer("{port}", "49150", "{server}", "todo").Replace(string(body)), "res_0123456789abcdefghijkl")
		if len(id) > 255 {
			t.Errorf("%s: %d characters: %s", known.ID, len(id), id)
		}
	}
	if registrations < 10 {
		t.Errorf("only %d known clients register", registrations)
	}
}

func TestNoIDIsTooLong(t *testing.T) {
	ids, refused := newIDs(t, baseURL, firstKey), 0
	for n := range 1000 {
		r := parse(t, agent)
		r.RedirectURIs = []string{"https://agent.example/" + strings.Repeat("a", n)}
		id, _, err := ids.Issue(r, "res_todo")
		switch {
		case err != nil:
			refused++
		case len(id) > register.MaxClientID:
			t.Fatalf("%d characters", len(id))
		default:
			if _, ok := ids.Open(id); !ok {
				t.Fatalf("%d characters do not open", len(id))
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was too long")
	}
}

func FuzzOpen(f *testing.F) {
	ids := newIDs(f, baseURL, firstKey)
	for _, body := range []string{agent, secretive, signing} {
		id, _ := issue(f, ids, body, "res_todo")
		f.Add(id)
		f.Add(id[:len(id)/2])
	}
	f.Add("dyn_")
	f.Add("dyn_AQEE\n")
	f.Fuzz(func(t *testing.T, id string) {
		client, ok := ids.Open(id)
		if !ok {
			return
		}
		if client.ID != id || client.Kind != oauth.Dynamic || len(client.RedirectURIs) == 0 || len(id) > register.MaxClientID {
			t.Errorf("%q opens as %+v", id, client)
		}
		if (client.AuthMethod == oauth.AuthPrivateKeyJWT) != (client.JWKSURI != "") || client.AuthMethod.Secret() != (client.SecretHashes != nil) {
			t.Errorf("%q cannot authenticate: %+v", id, client)
		}
	})
}

// A key that another server may not know yet issues nothing.
func TestNewKeyWaitsForTheOthers(t *testing.T) {
	now := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	keys := map[byte]register.Key{}
	for number, raw := range map[byte]string{1: firstKey, 2: secondKey} {
		key, err := seal.ParseKey([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		keys[number] = register.Key{Key: key, At: now.Add(time.Duration(number-1) * time.Hour)}
	}
	ids, err := register.NewIDs(keys, baseURL, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		at   time.Duration
		want byte
	}{{0, 1}, {time.Hour, 1}, {time.Hour + 4*time.Second, 1}, {time.Hour + 5*time.Second, 2}} {
		now = keys[1].At.Add(tt.at)
		id, _ := issue(t, ids, agent, "")
		if !begins(id, register.Prefixes(tt.want)) || begins(id, register.Prefixes(3-tt.want)) {
			t.Errorf("after %s: %s, want key %d: %q", tt.at, id, tt.want, register.Prefixes(tt.want))
		}
		if _, ok := ids.Open(id); !ok {
			t.Errorf("after %s: its own id does not open", tt.at)
		}
	}
}

func TestPrefixesTellKeysApart(t *testing.T) {
	seen := map[string]int{}
	for number := range 256 {
		for _, prefix := range register.Prefixes(byte(number)) {
			if other, ok := seen[prefix]; ok {
				t.Fatalf("%s begins ids of the keys %d and %d", prefix, other, number)
			}
			seen[prefix] = number
		}
	}
}

func begins(id string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(id, p) })
}
