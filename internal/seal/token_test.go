// Codes, refresh tokens, error ids and stored keys.

package seal_test

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

// strangers are epochs and clients for which a value was not made; the last two
// join to the same text as the right ones.
var strangers = []struct{ epoch, client string }{
	{"epoch-2", client},
	{epoch, "cli_other"},
	{"", client},
	{epoch, ""},
	{client, epoch},
	{epoch + client, ""},
	{epoch + client[:1], client[1:]},
}

func TestCode(t *testing.T) {
	codes := seal.NewCodes(newRing(t, newSecret))
	code, id := codes.New(epoch, client)
	if !regexp.MustCompile(`^syc_[A-Za-z0-9_-]{43}$`).MatchString(code) || len(id) != 22 {
		t.Errorf("code %q with id %q", code, id)
	}
	if got, err := codes.Open(code, epoch, client); err != nil || got != id {
		t.Errorf("opened to %q, %v; want %q", got, err, id)
	}
	for _, s := range strangers {
		_, err := codes.Open(code, s.epoch, s.client)
		wantNotOurs(t, err, "code for %+v", s)
	}
	for _, s := range []string{id, "syc_" + id, "syc_" + id + id[:21]} {
		_, err := codes.Open(s, epoch, client)
		wantNotOurs(t, err, "id %q as a code", s)
	}
}

func TestRefreshToken(t *testing.T) {
	refresh := seal.NewRefresh(newRing(t, newSecret))
	family := seal.NewFamily()
	seen := map[string]bool{}
	for _, generation := range []uint32{0, 1, 2, 255, 256, math.MaxUint32} {
		token := refresh.Token(family, generation, epoch, client)
		if !regexp.MustCompile(`^syr_[A-Za-z0-9_-]{48}$`).MatchString(token) || seen[token] {
			t.Errorf("token %q", token)
		}
		seen[token] = true
		if again := refresh.Token(family, generation, epoch, client); again != token {
			t.Errorf("the successor is %q once and %q again", token, again)
		}
		gotFamily, gotGeneration, err := refresh.Open(token, epoch, client)
		if err != nil || gotFamily != family || gotGeneration != generation {
			t.Errorf("generation %d opened to %x %d, %v", generation, gotFamily, gotGeneration, err)
		}
		for _, s := range strangers {
			_, _, err := refresh.Open(token, s.epoch, s.client)
			wantNotOurs(t, err, "token for %+v", s)
		}
	}
}

func TestErrorID(t *testing.T) {
	errorIDs := newErrorIDs(newRing(t, newSecret))
	for _, test := range []struct{ attempt, reason string }{
		{"req_012345678901234567890w", "redirect_uri_not_registered"},
		{"", "unknown_client"},
		{"req_012345678901234567890w", ""},
		{"", ""},
	} {
		id := errorIDs.Seal(test.attempt, test.reason, noon.Add(time.Microsecond))
		attempt, reason, at, err := errorIDs.Open(id)
		if err != nil || attempt != test.attempt || reason != test.reason || !at.Equal(noon) {
			t.Errorf("%+v came back as %q %q %v, %v", test, attempt, reason, at, err)
		}
		if strings.Trim(id, alphabet) != "" || len(id) != 60 {
			t.Errorf("id %q", id)
		}
	}
	// A reason that another build knew: the attempt still opens.
	if attempt, reason, _, err := errorIDs.Open(errorIDs.Seal("req_012345678901234567890w", "gone", noon)); err != nil || attempt == "" || reason != "" {
		t.Errorf("unknown reason: %q %q %v", attempt, reason, err)
	}
}

func TestKeySurvivesStorage(t *testing.T) {
	key, raw := seal.NewKey()
	stored, err := seal.ParseKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	tag := key.MAC(seal.PurposeClientID).Sum([]byte("metadata"), conn)
	if !stored.MAC(seal.PurposeClientID).Verify(tag, []byte("metadata"), conn) {
		t.Error("a stored key does not verify what it made")
	}
	if stored.MAC(seal.PurposeClientSecret).Verify(tag, []byte("metadata"), conn) {
		t.Error("a client id verified as a client secret")
	}
	other, _ := seal.NewKey()
	if other.MAC(seal.PurposeClientID).Verify(tag, []byte("metadata"), conn) {
		t.Error("another key verified it")
	}
	for _, size := range []int{0, 31, 33} {
		if _, err := seal.ParseKey(make([]byte, size)); err == nil {
			t.Errorf("a key of %d bytes was accepted", size)
		}
	}
}
