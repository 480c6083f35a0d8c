// Whatever opens was made here: it must be made again, character for character.

package seal_test

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

// seed adds a value of each kind, and what is near it.
func seed(f *testing.F, values ...string) {
	for _, k := range kinds(newRing(f, newSecret, oldSecret)) {
		values = append(values, k.mint())
	}
	for _, value := range values {
		f.Add(value)
		f.Add(value + "\n")
		f.Add(value[:len(value)-1] + "_")
	}
	f.Add("")
	f.Add("lri_")
}

func FuzzOpenLogin(f *testing.F) {
	logins := seal.NewLogins(newRing(f, newSecret, oldSecret))
	old := seal.NewLogins(newRing(f, oldSecret))
	seed(f, old.RequestID(seal.NewLogin(), noon, conn), old.State(seal.NewLogin(), noon, conn))
	f.Fuzz(func(t *testing.T, s string) {
		if v, at, err := logins.OpenRequestID(s, conn); err == nil && logins.RequestID(v, at, conn) != s {
			t.Errorf("login_request_id %q has two spellings", s)
		}
		if v, at, err := logins.OpenState(s, conn); err == nil && logins.State(v, at, conn) != s {
			t.Errorf("state %q has two spellings", s)
		}
	})
}

func FuzzVerifyVerifier(f *testing.F) {
	logins := seal.NewLogins(newRing(f, newSecret))
	login := seal.NewLogin()
	seed(f, logins.Verifier(login, conn), logins.AuthRequestID(login, conn))
	f.Fuzz(func(t *testing.T, s string) {
		want := s == logins.Verifier(login, conn) || s == logins.AuthRequestID(login, conn)
		if got := logins.VerifyVerifier(login, conn, s); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	})
}

func FuzzOpenCode(f *testing.F) {
	codes := seal.NewCodes(newRing(f, newSecret))
	code, id := codes.New(epoch, client)
	seed(f, code)
	f.Fuzz(func(t *testing.T, s string) {
		// The processes of one fuzzing run share the secret but not the code.
		if got, err := codes.Open(s, epoch, client); err == nil && (got == id) != (s == code) {
			t.Errorf("code %q opened to %q", s, got)
		}
	})
}

func FuzzOpenRefresh(f *testing.F) {
	refresh := seal.NewRefresh(newRing(f, newSecret))
	seed(f, refresh.Token(seal.NewFamily(), 1, epoch, client))
	f.Fuzz(func(t *testing.T, s string) {
		family, generation, err := refresh.Open(s, epoch, client)
		if err == nil && refresh.Token(family, generation, epoch, client) != s {
			t.Errorf("refresh token %q has two spellings", s)
		}
	})
}

func FuzzOpenErrorID(f *testing.F) {
	errorIDs := newErrorIDs(newRing(f, newSecret))
	attemptID := seal.RandomID("req_")
	id := errorIDs.Seal(attemptID, "reason", noon)
	seed(f, id)
	f.Fuzz(func(t *testing.T, s string) {
		// As with codes, other processes of one fuzzing run seal their own.
		got, _, _, err := errorIDs.Open(s)
		if err == nil && (got == attemptID) != (s == id) {
			t.Errorf("error id %q has two spellings", s)
		}
	})
}

func FuzzOpenBox(f *testing.F) {
	box := newRing(f, newSecret, oldSecret).Box(seal.PurposeFlowLogin)
	seed(f, box.Seal(nil, conn), box.Seal(make([]byte, 100), conn))
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := box.Open(s, conn); err == nil {
			if current, changed, err := box.Reseal(s, conn); err != nil || changed || current != s {
				t.Errorf("%q opens but is not current: %v %v", s, changed, err)
			}
		}
		if _, err := box.Open(box.Seal([]byte(s), s), s); err != nil {
			t.Errorf("%q does not come back: %v", s, err)
		}
	})
}
