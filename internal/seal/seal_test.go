// What the tests share: rings, a context, and every kind of value with the way
// to mint and open it.

package seal_test

import (
	"errors"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

const (
	oldSecret = "the-old-secret-of-this-test-0123456789"
	newSecret = "the-new-secret-of-this-test-9876543210"

	conn   = "conn_acme"
	epoch  = "epoch-1"
	client = "cli_inspector"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 123e6, time.UTC)

func newRing(t testing.TB, secrets ...string) *seal.Ring {
	t.Helper()
	ring, err := seal.NewRing(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// newErrorIDs knows the reasons of the tests.
func newErrorIDs(r *seal.Ring) *seal.ErrorIDs {
	return seal.NewErrorIDs(r, []string{"", "reason", "state_expired", "unknown_client", "redirect_uri_not_registered"})
}

// kind is one kind of value. open is nil if it opened.
type kind struct {
	name, prefix string
	mint         func() string
	open         func(string) error
}

// kinds are the protocol values of a ring and one box of each purpose.
func kinds(r *seal.Ring) []kind {
	logins, codes, refresh, errorIDs := seal.NewLogins(r), seal.NewCodes(r), seal.NewRefresh(r), newErrorIDs(r)
	login := seal.NewLogin()
	verify := func(s string) error {
		if logins.VerifyVerifier(login, conn, s) {
			return nil
		}
		return seal.ErrNotOurs
	}
	all := []kind{
		{
			"login_request_id", "lri_",
			func() string { return logins.RequestID(login, noon, conn) },
			func(s string) error { _, _, err := logins.OpenRequestID(s, conn); return err },
		},
		{
			"state", "",
			func() string { return logins.State(login, noon, conn) },
			func(s string) error { _, _, err := logins.OpenState(s, conn); return err },
		},
		{"login_verifier", "", func() string { return logins.Verifier(login, conn) }, verify},
		{
			"code", "syc_",
			func() string { code, _ := codes.New(epoch, client); return code },
			func(s string) error { _, err := codes.Open(s, epoch, client); return err },
		},
		{
			"refresh token", "syr_",
			func() string { return refresh.Token(seal.NewFamily(), 7, epoch, client) },
			func(s string) error { _, _, err := refresh.Open(s, epoch, client); return err },
		},
		{
			"error id", "err_",
			func() string { return errorIDs.Seal(logins.AttemptID(login), "state_expired", noon) },
			func(s string) error { _, _, _, err := errorIDs.Open(s); return err },
		},
	}
	for name, purpose := range purposes {
		box := r.Box(purpose)
		all = append(all, kind{
			"box of " + name, "",
			func() string { return box.Seal([]byte("plain"), conn) },
			func(s string) error { _, err := box.Open(s, conn); return err },
		})
	}
	return all
}

func wantNotOurs(t *testing.T, err error, format string, args ...any) {
	t.Helper()
	if !errors.Is(err, seal.ErrNotOurs) {
		t.Errorf(format+": error %v, want ErrNotOurs", append(args, err)...)
	}
}
