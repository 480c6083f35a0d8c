// Values minted by an earlier build. They must open for ever: a change of a
// purpose's name, a size or a framing signs out everybody and loses the signing
// keys, and this is where it shows.

package seal_test

import (
	"encoding/hex"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

func TestFormatOfALogin(t *testing.T) {
	logins := seal.NewLogins(newRing(t, oldSecret))
	want := named{
		request:     "lri_odhqxmhpcvZhegyot9E9q0JA2JURylH6nqBNr9hd6dEXnFsmT6s",
		state:       "odhqxmhpcvZhegyot9E9q6sOBn6EmJLi7jZ6eg5lkpsGdcBSWDM",
		attempt:     "req_c9saWkQvU6NYRJh4FF9llQ",
		flow:        "Hal1zcn-jPETUkMd",
		verifier:    "2XyXKt3U5X-58AlOPt83Jw",
		authRequest: "req_c9saWkQvU6NYRJh4FF9llQ2XyXKt3U5X-58AlOPt83Jw",
	}
	login, at, err := logins.OpenRequestID(want.request, conn)
	if err != nil || !at.Equal(noon) {
		t.Fatalf("began %v, %v", at, err)
	}
	if got := name(logins, login); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestFormatOfCodesAndTokens(t *testing.T) {
	ring := newRing(t, oldSecret)
	const code = "syc_W4mbPSPneAz5IQ6Pzzdw-cGWr1FTZq8m0j4FBClfBVk"
	if id, err := seal.NewCodes(ring).Open(code, epoch, client); err != nil || id != "W4mbPSPneAz5IQ6Pzzdw-Q" {
		t.Errorf("code of %q, %v", id, err)
	}
	const token = "syr_AQIDAAAAAAAAAAAAAAAAAAAAAAfe6Kb9_4XAut5Jt3SwKtv7"
	if got := seal.NewRefresh(ring).Token([16]byte{1, 2, 3}, 7, epoch, client); got != token {
		t.Errorf("refresh token %q, want %q", got, token)
	}
}

func TestFormatOfHiddenValues(t *testing.T) {
	ring := newRing(t, oldSecret)
	const id = "err_pHahe4KN0y-ZWERm30dW9JrnhhQsfN0RNd7tFyujSWUi4ZIjYjfUetNx"
	attempt, reason, at, err := newErrorIDs(ring).Open(id)
	if err != nil || attempt != "req_012345678901234567890w" || reason != "state_expired" || !at.Equal(noon) {
		t.Errorf("error id of %q %q %v, %v", attempt, reason, at, err)
	}
	const stored = "LCnNRTlY9ZZFYJ6OYYeroUwGmebo5ho3FYDvEsSjMi_V77YECZ3-KyL9rg"
	if plain, err := ring.Box(seal.PurposeSigningKey).Open(stored, "kid"); err != nil || string(plain) != "key" {
		t.Errorf("signing key %q, %v", plain, err)
	}
}

func TestFormatOfAStoredKey(t *testing.T) {
	key, err := seal.ParseKey([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "85554543bcadb5108154b82493dca73044e002372223962a4d3d8f835b00b960"
	if got := hex.EncodeToString(key.MAC(seal.PurposeClientID).Sum([]byte("m"), conn)); got != want {
		t.Errorf("tag %s, want %s", got, want)
	}
}
