// A login by its two values, and what is named after it.

package seal_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

func TestEitherValueFindsTheLogin(t *testing.T) {
	logins := seal.NewLogins(newRing(t, newSecret))
	login := seal.NewLogin()
	for _, at := range []time.Time{noon, {}, time.Unix(0, 0), time.Unix(-1, 0), noon.Add(time.Microsecond), noon.In(time.FixedZone("", 3600))} {
		for name, open := range map[string]func() (seal.Login, time.Time, error){
			"login_request_id": func() (seal.Login, time.Time, error) {
				return logins.OpenRequestID(logins.RequestID(login, at, conn), conn)
			},
			"state": func() (seal.Login, time.Time, error) {
				return logins.OpenState(logins.State(login, at, conn), conn)
			},
		} {
			got, began, err := open()
			if err != nil {
				t.Fatalf("%s at %v: %v", name, at, err)
			}
			if !got.Equal(login) || logins.AttemptID(got) != logins.AttemptID(login) {
				t.Errorf("%s opened to another login", name)
			}
			if want := at.Truncate(time.Millisecond); !began.Equal(want) || began.Location() != time.UTC {
				t.Errorf("%s: began %v, want %v in UTC", name, began, want)
			}
		}
	}
	if login.Equal(seal.NewLogin()) {
		t.Error("two logins are the same")
	}
}

func TestLoginBelongsToItsConnection(t *testing.T) {
	logins := seal.NewLogins(newRing(t, newSecret))
	login := seal.NewLogin()
	for _, other := range []string{"", "conn_acm", "conn_acme2", "CONN_ACME"} {
		_, _, err := logins.OpenRequestID(logins.RequestID(login, noon, conn), other)
		wantNotOurs(t, err, "login_request_id on %q", other)
		_, _, err = logins.OpenState(logins.State(login, noon, conn), other)
		wantNotOurs(t, err, "state on %q", other)
		if logins.VerifyVerifier(login, other, logins.Verifier(login, conn)) {
			t.Errorf("login_verifier verified on %q", other)
		}
		if logins.VerifyVerifier(login, other, logins.AuthRequestID(login, conn)) {
			t.Errorf("auth_request_id verified on %q", other)
		}
	}
}

// TestRepeatedValuesAreTheSame holds that the same user-details request can be
// answered with the same state and verifier at any time, on any node.
func TestRepeatedValuesAreTheSame(t *testing.T) {
	one, two := seal.NewLogins(newRing(t, newSecret)), seal.NewLogins(newRing(t, newSecret))
	request := one.RequestID(seal.NewLogin(), noon, conn)
	first, at, err := one.OpenRequestID(request, conn)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := two.OpenRequestID(request, conn)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := one.State(first, at, conn), two.State(second, at, conn); a != b {
		t.Errorf("state %s and %s", a, b)
	}
	if a, b := one.AuthRequestID(first, conn), two.AuthRequestID(second, conn); a != b {
		t.Errorf("auth_request_id %s and %s", a, b)
	}
}

func TestFormsOfALogin(t *testing.T) {
	logins := seal.NewLogins(newRing(t, newSecret))
	login := seal.NewLogin()
	for _, test := range []struct{ name, value, form string }{
		{"login_request_id", logins.RequestID(login, noon, conn), `^lri_[A-Za-z0-9_-]{51}$`},
		{"state", logins.State(login, noon, conn), `^[A-Za-z0-9_-]{51}$`},
		{"attempt id", logins.AttemptID(login), `^req_[A-Za-z0-9_-]{22}$`},
		{"flow id", logins.FlowID(login), `^[A-Za-z0-9_-]{16}$`},
		{"verifier", logins.Verifier(login, conn), `^[A-Za-z0-9_-]{22}$`},
		{"auth_request_id", logins.AuthRequestID(login, conn), `^req_[A-Za-z0-9_-]{44}$`},
		{"random id", seal.RandomID("grt_"), `^grt_[A-Za-z0-9_-]{22}$`},
	} {
		if !regexp.MustCompile(test.form).MatchString(test.value) {
			t.Errorf("%s is %q, want %s", test.name, test.value, test.form)
		}
	}
	if !strings.HasPrefix(logins.AuthRequestID(login, conn), logins.AttemptID(login)) {
		t.Error("auth_request_id does not begin with the attempt id")
	}
}

func TestVerifyVerifier(t *testing.T) {
	logins := seal.NewLogins(newRing(t, newSecret))
	login, other := seal.NewLogin(), seal.NewLogin()
	verifier, attempt := logins.Verifier(login, conn), logins.AttemptID(login)
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"bare", verifier, true},
		{"whole", attempt + verifier, true},
		{"empty", "", false},
		{"attempt id alone", attempt, false},
		{"attempt id twice", attempt + attempt, false},
		{"twice", verifier + verifier, false},
		{"with prefix", "req_" + verifier, false},
		{"behind another attempt", logins.AttemptID(other) + verifier, false},
		{"behind as many characters", strings.Repeat("A", len(attempt)) + verifier, false},
		{"of another login", logins.Verifier(other, conn), false},
		{"whole of another login", logins.AuthRequestID(other, conn), false},
		{"another's behind this attempt", attempt + logins.Verifier(other, conn), false},
		{"with a space", verifier + " ", false},
		{"cut", verifier[:21], false},
		{"flow id", logins.FlowID(login), false},
		{"state", logins.State(login, noon, conn), false},
	} {
		if got := logins.VerifyVerifier(login, conn, test.value); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
