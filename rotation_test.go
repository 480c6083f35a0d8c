package symbolon_test

// Signing keys that change while everything runs.

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/internal/admin"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// published are the kids of the key set, the one that signs first.
func (x *scene) published() []string {
	x.Helper()
	var set struct {
		Keys []struct{ KID string }
	}
	r := x.server.Get("/keys")
	if err := json.Unmarshal([]byte(r.Body), &set); err != nil {
		x.Fatalf("%v: %s", err, r.Body)
	}
	kids := make([]string, len(set.Keys))
	for i, k := range set.Keys {
		kids[i] = k.KID
	}
	return kids
}

// signer of a token.
func (x *scene) signedBy(token string) string {
	x.Helper()
	header, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		x.Fatal(err)
	}
	var h struct{ KID string }
	if err := json.Unmarshal(raw, &h); err != nil {
		x.Fatal(err)
	}
	return h.KID
}

func TestKeysRotateBySchedule(t *testing.T) {
	x, monitor := watched(t, func(c *symbolon.Config) {
		c.Keys = symbolon.Keys{RotateEvery: 48 * time.Hour}
		c.MCPServers[0].AccessTokenTTL = 24 * time.Hour
	})
	due := func() string {
		return fmt.Sprintf(`symbolon_signing_key_rotation_due_seconds{alg="RS256"} %v`, float64(x.server.Clock.Now().Add(48*time.Hour).Unix()))
	}
	if metrics := x.server.Get(monitor + "/metrics").Body; !strings.Contains(metrics, due()) {
		t.Errorf("no %s", due())
	}
	known := x.published() // a verifier asks once
	x.server.Clock.Advance(48*time.Hour - time.Minute)
	time.Sleep(1500 * time.Millisecond)
	if got := x.published(); !slices.Equal(got, known) {
		t.Fatalf("rotated before its time: %v, then %v", known, got)
	}
	_, before := x.tokens()
	x.server.Clock.Advance(time.Minute)
	waitFor(t, "the rotation", func() bool { return len(x.published()) == 3 })
	_, after := x.tokens()
	if x.signedBy(before.Access) != known[0] || x.signedBy(after.Access) != known[1] {
		t.Errorf("%s and then %s sign, want %v", x.signedBy(before.Access), x.signedBy(after.Access), known)
	}
	for name, token := range map[string]string{"before": before.Access, "after": after.Access} {
		if !x.server.Active(token) {
			t.Errorf("the token from %s is refused", name)
		}
	}
	var actor string
	if x.query("SELECT actor FROM audit WHERE action = 'keys.rotated'", &actor); actor != "schedule" {
		t.Errorf("rotated by %q", actor)
	}
	time.Sleep(1500 * time.Millisecond)
	if got := x.published(); len(got) != 3 {
		t.Errorf("rotated again: %v", got)
	}
	if metrics := x.server.Get(monitor + "/metrics").Body; !strings.Contains(metrics, strings.Split(due(), "}")[0]) {
		t.Error("nothing is due any more")
	}
}

// A key that got out leaves the key set, and what it signed is worth nothing.
func TestRevokedKey(t *testing.T) {
	server := symbolontest.StartServer(t)
	x := &scene{t, server, server.Register(nil)}
	_, tokens := x.tokens()
	machine, kids := x.server.App.Token(), x.published()
	asks := func(token string) int {
		return x.server.PostJSON("/api/v1/connections/"+symbolontest.ConnectionID+"/users:grants", `{"sub":"nobody"}`,
			"Authorization", "Bearer "+token).Status
	}
	if !x.server.Active(tokens.Access) || asks(machine) != http.StatusOK {
		t.Fatal("refused before")
	}
	x.server.Stop()
	t.Run("revoke", func(t *testing.T) {
		c := operate(t, x.server.Config())
		if _, err := c.RevokeKey(t.Context(), admin.Revoke{KID: kids[0], State: "standby"}); err == nil || !strings.Contains(err.Error(), "changed at the same time") {
			t.Errorf("agreed to something else: %v", err)
		}
		list, err := c.RevokeKey(t.Context(), admin.Revoke{KID: kids[0], State: "active"})
		if err != nil || len(list) != 2 || list[0].KID != kids[1] {
			t.Fatalf("%v, %v", list, err)
		}
	})
	x.server.Restart()
	if got := x.published(); slices.Contains(got, kids[0]) || len(got) != 2 || got[0] != kids[1] {
		t.Errorf("published %v", got)
	}
	if x.server.Active(tokens.Access) {
		t.Error("introspection says that a token of a revoked key is active")
	}
	if status := asks(machine); status != http.StatusUnauthorized {
		t.Errorf("a machine token of a revoked key: %d", status)
	}
	if fresh := x.client.MustRefresh(tokens.Refresh); !x.server.Active(fresh.Access) || x.signedBy(fresh.Access) != kids[1] {
		t.Error("refreshing brings no good token")
	}
	var object, detail string
	x.query("SELECT object, detail FROM audit WHERE action = 'keys.revoked'", &object, &detail)
	if object != "signing_key:"+kids[0] || !strings.Contains(detail, kids[1]) {
		t.Errorf("audit: %s %s", object, detail)
	}
}
