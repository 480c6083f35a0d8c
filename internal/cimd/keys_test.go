package cimd_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// keySet is the JSON of a set with fresh keys of these kids.
func keySet(t *testing.T, kids ...string) string {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, kid := range kids {
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: public, KeyID: kid, Use: "sig"})
	}
	body, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func (w *world) Keys(client oauth.Client, kid string) (int, string) {
	w.Helper()
	set, err := w.Source.Keys(w.Context(), client, kid)
	if err == nil {
		return len(set.Keys), ""
	}
	refusal, ok := errors.AsType[*oauth.Error](err)
	if !ok || len(set.Keys) > 0 {
		w.Fatalf("Keys = %d, %v", len(set.Keys), err)
	}
	return 0, refusal.Reason
}

const jwtOnly = `"token_endpoint_auth_method":"private_key_jwt"`

// TestAttackM15: the keys come with the client, so redeeming and refreshing need no
// remote host.
func TestAttackM15(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	w.Publish(map[string]string{
		"/client.json": document(id, jwtOnly, `"jwks_uri":"`+w.URL("/jwks.json")+`"`),
		"/jwks.json":   keySet(t, "one", "two"),
	})
	kept, err := json.Marshal(w.Good(id))
	if err != nil {
		t.Fatal(err)
	}
	var client oauth.Client // as the grant keeps it
	if err := json.Unmarshal(kept, &client); err != nil {
		t.Fatal(err)
	}
	w.Status(500)
	w.Hits()
	w.reopen(t, nil) // nothing in memory either
	for kid, want := range map[string]int{"one": 1, "two": 1, "": 2} {
		if n, reason := w.Keys(client, kid); n != want || reason != "" {
			t.Errorf("kid %q: %d keys, %s", kid, n, reason)
		}
	}
	if w.Hits() != 0 {
		t.Error("a known key was fetched")
	}
}

// TestAttackC14: 10,000 assertions with random kids, one fetch a minute.
func TestAttackC14(t *testing.T) {
	w := newWorld(t)
	client := oauth.Client{ID: "cli_one", Kind: oauth.Preregistered, AuthMethod: oauth.AuthPrivateKeyJWT, JWKSURI: w.URL("/jwks.json")}
	w.Publish(map[string]string{"/jwks.json": keySet(t, "one")})
	var group sync.WaitGroup
	for worker := range 10 {
		group.Go(func() {
			for i := range 1000 {
				_, err := w.Source.Keys(t.Context(), client, fmt.Sprintf("guess-%d-%d", worker, i))
				if refusal, ok := errors.AsType[*oauth.Error](err); !ok || refusal.Reason != "assertion_invalid" {
					t.Errorf("%v", err)
					return
				}
			}
		})
	}
	group.Wait()
	if hits := w.Hits(); hits != 1 {
		t.Errorf("%d fetches", hits)
	}
	w.Pass(time.Minute)
	w.Publish(map[string]string{"/jwks.json": keySet(t, "one", "new")})
	if n, reason := w.Keys(client, "new"); n != 1 {
		t.Errorf("a rotated key is not found: %s", reason)
	}
	for range 100 {
		w.Keys(client, "guess")
	}
	if hits := w.Hits(); hits != 1 {
		t.Errorf("%d fetches in the second minute", hits)
	}
	// Another client is not held up by it.
	other := client
	other.ID = "cli_two"
	if n, reason := w.Keys(other, "new"); n != 1 {
		t.Errorf("another client: %s", reason)
	}
}

func TestKeysInAnOutage(t *testing.T) {
	w := newWorld(t)
	client := oauth.Client{ID: "cli_one", AuthMethod: oauth.AuthPrivateKeyJWT, JWKSURI: w.URL("/jwks.json")}
	w.Status(503)
	for range 20 {
		if _, reason := w.Keys(client, "one"); reason != "client_keys_unreachable" {
			t.Fatalf("reason %s", reason)
		}
	}
	if w.Hits() != 1 {
		t.Error("a failing host is asked more than once a minute")
	}
	w.Pass(time.Minute)
	w.Publish(map[string]string{"/jwks.json": keySet(t, "one")})
	if n, reason := w.Keys(client, "one"); n != 1 {
		t.Fatal(reason)
	}
	w.Status(503)
	w.Pass(25 * time.Hour)
	if n, reason := w.Keys(client, "one"); n != 1 {
		t.Errorf("an outage of an hour ended the keys: %s", reason)
	}
	w.Pass(24 * time.Hour)
	if _, reason := w.Keys(client, "one"); reason != "client_keys_unreachable" {
		t.Errorf("keys of the day before yesterday: %s", reason)
	}
	// A key that was removed is not accepted for longer than a day.
	w.Publish(map[string]string{"/jwks.json": keySet(t, "other")})
	w.Pass(time.Minute)
	if _, reason := w.Keys(client, "one"); reason != "assertion_invalid" {
		t.Errorf("a removed key: %s", reason)
	}
}

func TestKeysThatAreNeverFetched(t *testing.T) {
	w := newWorld(t)
	inside := trap(t, "127.0.0.2:"+w.port)
	for _, uri := range []string{
		"", "http://" + host + "/jwks", "https://127.0.0.1/jwks", "http://127.0.0.2:" + w.port + "/", w.At("auth.example", "/keys"), "https://" + host + ":22/", "file:///etc/passwd",
	} {
		if _, reason := w.Keys(oauth.Client{ID: "cli_x", JWKSURI: uri}, "one"); reason != "assertion_invalid" {
			t.Errorf("%s: %s", uri, reason)
		}
	}
	w.Resolve(func(string, int) []string { return []string{"127.0.0.2"} })
	if _, reason := w.Keys(oauth.Client{ID: "cli_x", JWKSURI: w.URL("/jwks")}, "one"); reason != "client_keys_unreachable" {
		t.Errorf("inside: %s", reason)
	}
	if inside.Load() != 0 || w.Hits() != 0 {
		t.Error("connected")
	}
	if _, reason := w.Keys(oauth.Client{ID: "cli_x", JWKS: json.RawMessage(`{"keys":[` + publicKey + `]}`)}, "unknown"); reason != "assertion_invalid" {
		t.Errorf("inline keys: %s", reason)
	}
}

// TestKeysOfADocument: what a document that cannot be completed with keys means.
func TestKeysOfADocument(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	uri := `"jwks_uri":"` + w.URL("/jwks.json") + `"`
	either := `"token_endpoint_auth_methods_supported":["none","private_key_jwt"]`
	private := `{"keys":[` + privateKey + `]}`
	for _, c := range []struct{ methods, keys, reason string }{
		{jwtOnly, keySet(t, "one"), ""},
		{jwtOnly, `{"keys":[]}`, unreachable},
		{jwtOnly, `{}`, unreachable},
		{jwtOnly, "", unreachable},
		{jwtOnly, private, invalid},
		{either, keySet(t, "one"), ""},
		{either, `{"keys":[]}`, ""}, // as a public client
		{either, "", ""},
		{either, private, invalid},
	} {
		files := map[string]string{"/client.json": document(id, c.methods, uri)}
		if c.keys != "" {
			files["/jwks.json"] = c.keys
		}
		w.Publish(files)
		w.reopen(t, nil)
		if c.reason != "" {
			w.Refused(id, c.reason)
			continue
		}
		client := w.Good(id)
		if hasKeys := strings.Contains(c.keys, "one"); (client.JWKS != nil) != hasKeys {
			t.Errorf("%+v: keys %s", c, client.JWKS)
		}
	}
}

// TestKeysSurviveAnOutageOfTheirHost: the document is renewed, its keys are kept.
func TestKeysSurviveAnOutageOfTheirHost(t *testing.T) {
	w := newWorld(t)
	id := w.URL("/client.json")
	body := document(id, jwtOnly, `"jwks_uri":"`+w.URL("/jwks.json")+`"`)
	w.Publish(map[string]string{"/client.json": body, "/jwks.json": keySet(t, "one")})
	w.Good(id)
	w.Serve(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/jwks.json" {
			rw.WriteHeader(500)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		fmt.Fprint(rw, body)
	})
	w.Pass(time.Hour)
	if w.Good(id).JWKS == nil {
		t.Error("the keys are lost")
	}
	for range 30 { // renewed each hour, the keys grow old
		w.Pass(time.Hour)
		_, _ = w.Source.Client(t.Context(), id)
	}
	w.Pass(48 * time.Hour)
	w.Refused(id, unreachable)
}
