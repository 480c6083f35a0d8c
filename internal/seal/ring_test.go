// The ring: which secrets it takes, and that nothing prints them.

package seal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

func TestNewRingSaysWhatToDo(t *testing.T) {
	for _, test := range []struct {
		name    string
		secrets []string
		want    string
	}{
		{"none", nil, "openssl rand"},
		{"empty", []string{""}, "has 0 characters"},
		{"short", []string{strings.Repeat("x", 31)}, "has 31 characters, at least 32"},
		{"short but for white space", []string{"  " + strings.Repeat("x", 31) + "\n"}, "has 31 characters"},
		{"short in characters, not in bytes", []string{strings.Repeat("ü", 31)}, "has 31 characters"},
		{"second short", []string{newSecret, "short"}, "master secret 2 of 2"},
		{"twice", []string{newSecret, oldSecret, newSecret}, "1 and 3 are the same"},
		{"twice but for white space", []string{newSecret, newSecret + "\r\n"}, "1 and 2 are the same"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := seal.NewRing(test.secrets...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			for _, secret := range test.secrets {
				if secret != "" && strings.Contains(err.Error(), strings.TrimSpace(secret)) {
					t.Errorf("the error %q names the secret", err)
				}
			}
		})
	}
	if _, err := seal.NewRing(strings.Repeat("x", seal.MinSecretLength)); err != nil {
		t.Errorf("exactly %d characters: %v", seal.MinSecretLength, err)
	}
}

func TestWhiteSpaceAroundASecretDoesNotCount(t *testing.T) {
	sealed := newRing(t, newSecret+"\r\n").Box(seal.PurposeKeyCheck).Seal(nil)
	if _, err := newRing(t, "\t"+newSecret).Box(seal.PurposeKeyCheck).Open(sealed); err != nil {
		t.Error(err)
	}
}

// TestNothingPrintsSecrets renders all that holds a secret in the ways that a log
// line or an error might.
func TestNothingPrintsSecrets(t *testing.T) {
	ring := newRing(t, newSecret)
	key, raw := seal.NewKey()
	logins := seal.NewLogins(ring)
	login, _, err := logins.OpenState(logins.State(seal.NewLogin(), noon, conn), conn)
	if err != nil {
		t.Fatal(err)
	}
	const sealed = "[sealed]"
	for _, test := range []struct {
		value any
		want  string
	}{{ring, sealed}, {key, sealed}, {login, sealed}} {
		for _, verb := range []string{"%v", "%+v", "%s", "%#v"} {
			if got := fmt.Sprintf(verb, test.value); got != test.want {
				t.Errorf("%s of %T is %q", verb, test.value, got)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", test.value)
		if !strings.Contains(log.String(), `"value":"[sealed]"`) {
			t.Errorf("slog of %T is %s", test.value, log.String())
		}
	}
	// What only holds pointers to keys prints addresses, no lists of bytes.
	for _, value := range []any{ring.MAC(seal.PurposeState), logins, key.MAC(seal.PurposeState), seal.NewCodes(ring)} {
		if got := fmt.Sprintf("%+v %v", value, value); strings.Contains(got, "[[") || strings.Count(got, " ") > 20 {
			t.Errorf("%T prints %s", value, got)
		}
	}
	if out, err := json.Marshal(login); err == nil {
		t.Errorf("a Login was marshalled to %s, want an error", out)
	}
	if len(raw) != 32 {
		t.Errorf("a key has %d bytes, want 32", len(raw))
	}
}
