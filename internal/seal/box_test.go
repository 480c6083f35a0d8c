// Boxes and MACs: what they are bound to.

package seal_test

import (
	"bytes"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

// contexts are pairwise different; several would be the same if simply joined.
var contexts = [][]string{
	nil,
	{""},
	{"", ""},
	{"ab"},
	{"a", "b"},
	{"", "ab"},
	{"ab", ""},
	{"a", "", "b"},
	{"b", "a"},
	{"a\x00b"},
	{"\x00\x00\x00\x00\x00\x00\x00\x01a"},
}

func TestBoxOpensInItsContextAlone(t *testing.T) {
	box := newRing(t, newSecret).Box(seal.PurposeFlowLogin)
	for i, from := range contexts {
		sealed := box.Seal([]byte("plain"), from...)
		for j, to := range contexts {
			plain, err := box.Open(sealed, to...)
			if i != j {
				wantNotOurs(t, err, "context %q opened as %q", from, to)
			} else if err != nil || string(plain) != "plain" {
				t.Errorf("context %q: %q, %v", from, plain, err)
			}
		}
	}
}

func TestBoxKeepsAnyLength(t *testing.T) {
	box := newRing(t, newSecret).Box(seal.PurposeFlowLogin)
	for _, size := range []int{0, 1, 2, 3, 4, 63, 64, 65, 7 << 10} {
		plain := bytes.Repeat([]byte{0xA5}, size)
		first, second := box.Seal(plain, conn), box.Seal(plain, conn)
		if first == second {
			t.Errorf("%d bytes: sealed to the same value twice", size)
		}
		if got, err := box.Open(first, conn); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: came back as %d bytes, %v", size, len(got), err)
		}
	}
}

func TestMACVerifiesItsContextAlone(t *testing.T) {
	mac := newRing(t, newSecret).MAC(seal.PurposeConsentForm)
	for i, from := range contexts {
		tag := mac.Sum([]byte("m"), from...)
		for j, to := range contexts {
			if got, want := mac.Verify(tag, []byte("m"), to...), i == j; got != want {
				t.Errorf("context %q verified as %q: %v, want %v", from, to, got, want)
			}
		}
	}
	if mac.Verify(mac.Sum([]byte("c"), "a", "b"), []byte("b"), "a", "c") {
		t.Error("message and context can change places")
	}
	if mac.Verify(mac.Sum([]byte("bc"), "a"), []byte("c"), "a", "b") || mac.Verify(mac.Sum([]byte("bc"), "a"), []byte("c"), "ab") {
		t.Error("a byte can move between message and context")
	}
}

func TestMACKeepsItsContextSlice(t *testing.T) {
	mac := newRing(t, newSecret).MAC(seal.PurposeConsentForm)
	context := append(make([]string, 0, 4), "a", "b")
	mac.Sum([]byte("message"), context...)
	if beyond := context[:3][2]; beyond != "" {
		t.Errorf("Sum wrote %q behind the caller's slice", beyond)
	}
}

func TestMACTagLengths(t *testing.T) {
	mac := newRing(t, newSecret).MAC(seal.PurposeConsentForm)
	tag := mac.Sum([]byte("m"))
	if len(tag) != seal.MACSize {
		t.Fatalf("a tag has %d bytes, want %d", len(tag), seal.MACSize)
	}
	for size := range len(tag) + 1 {
		if got, want := mac.Verify(tag[:size], []byte("m")), size >= seal.MinMACSize; got != want {
			t.Errorf("tag of %d bytes: %v, want %v", size, got, want)
		}
	}
	if mac.Verify(append(tag, 0), []byte("m")) {
		t.Error("a tag with a byte too many verified")
	}
	if mac.Verify(nil, []byte("m")) {
		t.Error("no tag verified")
	}
}
