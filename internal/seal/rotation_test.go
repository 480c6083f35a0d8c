// The ring changes while values are under way.

package seal_test

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

// named is everything computed from a login.
type named struct{ request, state, attempt, flow, verifier, authRequest string }

func name(l *seal.Logins, v seal.Login) named {
	return named{
		l.RequestID(v, noon, conn), l.State(v, noon, conn),
		l.AttemptID(v), l.FlowID(v), l.Verifier(v, conn), l.AuthRequestID(v, conn),
	}
}

// TestLoginSurvivesRotation opens a login under every ring that has its secret,
// by either value: it must bear all the names that it had when it began.
func TestLoginSurvivesRotation(t *testing.T) {
	login := seal.NewLogin()
	began := name(seal.NewLogins(newRing(t, oldSecret)), login)
	if began == name(seal.NewLogins(newRing(t, newSecret)), login) {
		t.Fatal("the secret makes no difference")
	}
	for ringName, ring := range map[string]*seal.Ring{
		"appended": newRing(t, oldSecret, newSecret),
		"rotated":  newRing(t, newSecret, oldSecret),
		"third":    newRing(t, newSecret, "a-third-secret-in-between-0123456789", oldSecret),
	} {
		logins := seal.NewLogins(ring)
		byRequest, _, err := logins.OpenRequestID(began.request, conn)
		if err != nil {
			t.Fatalf("%s: login_request_id: %v", ringName, err)
		}
		byState, _, err := logins.OpenState(began.state, conn)
		if err != nil {
			t.Fatalf("%s: state: %v", ringName, err)
		}
		if got := name(logins, byRequest); got != began {
			t.Errorf("%s: by login_request_id\n got %+v\nwant %+v", ringName, got, began)
		}
		if got := name(logins, byState); got != began {
			t.Errorf("%s: by state\n got %+v\nwant %+v", ringName, got, began)
		}
		if !byRequest.Equal(login) || !byState.Equal(login) {
			t.Errorf("%s: opened to another login", ringName)
		}
		for _, s := range []string{began.verifier, began.authRequest} {
			if !logins.VerifyVerifier(byState, conn, s) {
				t.Errorf("%s: %s no longer verifies", ringName, s)
			}
		}
	}
	retired := seal.NewLogins(newRing(t, newSecret))
	_, _, err := retired.OpenRequestID(began.request, conn)
	wantNotOurs(t, err, "login_request_id under a retired secret")
	_, _, err = retired.OpenState(began.state, conn)
	wantNotOurs(t, err, "state under a retired secret")
}

func TestFirstSecretSeals(t *testing.T) {
	alone := map[string]kind{}
	for _, k := range kinds(newRing(t, newSecret)) {
		alone[k.name] = k
	}
	for _, k := range kinds(newRing(t, newSecret, oldSecret)) {
		if k.name == "login_verifier" {
			continue // belongs to one login, see TestLoginSurvivesRotation
		}
		if err := alone[k.name].open(k.mint()); err != nil {
			t.Errorf("%s minted beside an old secret needs the old secret: %v", k.name, err)
		}
	}
}

func TestValuesSurviveRotation(t *testing.T) {
	old, retired := kinds(newRing(t, oldSecret)), kinds(newRing(t, newSecret))
	rotated := map[string]kind{}
	for _, k := range kinds(newRing(t, newSecret, oldSecret)) {
		rotated[k.name] = k
	}
	values := map[string]string{}
	for _, k := range old {
		if k.name == "login_verifier" {
			continue // belongs to one login, see TestLoginSurvivesRotation
		}
		values[k.name] = k.mint()
		if err := rotated[k.name].open(values[k.name]); err != nil {
			t.Errorf("%s does not survive a new first secret: %v", k.name, err)
		}
	}
	for _, k := range retired {
		if k.name != "login_verifier" {
			wantNotOurs(t, k.open(values[k.name]), "%s under a retired secret", k.name)
		}
	}
}

func TestMACSurvivesRotation(t *testing.T) {
	tag := newRing(t, oldSecret).MAC(seal.PurposePortal).Sum([]byte("m"), conn)[:seal.MinMACSize]
	if !newRing(t, newSecret, oldSecret).MAC(seal.PurposePortal).Verify(tag, []byte("m"), conn) {
		t.Error("a tag does not survive a new first secret")
	}
	if newRing(t, newSecret).MAC(seal.PurposePortal).Verify(tag, []byte("m"), conn) {
		t.Error("a tag under a retired secret verified")
	}
}

func TestResealMovesToTheFirstSecret(t *testing.T) {
	stored := newRing(t, oldSecret).Box(seal.PurposeSigningKey).Seal([]byte("key"), "kid")
	rotated := newRing(t, newSecret, oldSecret).Box(seal.PurposeSigningKey)
	moved, changed, err := rotated.Reseal(stored, "kid")
	if err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	plain, err := newRing(t, newSecret).Box(seal.PurposeSigningKey).Open(moved, "kid")
	if err != nil || string(plain) != "key" {
		t.Errorf("under the first secret alone: %q, %v", plain, err)
	}
	again, changed, err := rotated.Reseal(moved, "kid")
	if err != nil || changed || again != moved {
		t.Errorf("resealed twice: changed %v, %v", changed, err)
	}
	_, _, err = rotated.Reseal(stored, "other")
	wantNotOurs(t, err, "reseal in another context")
}
