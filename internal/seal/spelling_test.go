// Every value has one spelling, and every bit of it counts.

package seal_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func TestEveryBitCounts(t *testing.T) {
	for _, k := range kinds(newRing(t, newSecret, oldSecret)) {
		value := k.mint()
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(value, k.prefix))
		if err != nil {
			t.Fatalf("%s is not base64url: %v", k.name, err)
		}
		for bit := range len(raw) * 8 {
			raw[bit/8] ^= 1 << (bit % 8)
			wantNotOurs(t, k.open(k.prefix+base64.RawURLEncoding.EncodeToString(raw)), "%s with bit %d flipped", k.name, bit)
			raw[bit/8] ^= 1 << (bit % 8)
		}
	}
}

// TestEveryCharacterCounts includes what only differs in the unused bits of the
// last character.
func TestEveryCharacterCounts(t *testing.T) {
	for _, k := range kinds(newRing(t, newSecret)) {
		value := k.mint()
		for i := len(k.prefix); i < len(value); i++ {
			for _, c := range alphabet {
				if byte(c) != value[i] {
					other := value[:i] + string(c) + value[i+1:]
					wantNotOurs(t, k.open(other), "%s with %q for %q at %d", k.name, c, value[i], i)
				}
			}
		}
	}
}

func TestOtherSpellingsAreRefused(t *testing.T) {
	for _, k := range kinds(newRing(t, newSecret)) {
		value := k.mint()
		bare := strings.TrimPrefix(value, k.prefix)
		others := []string{
			"", k.prefix, value + "=", value + "==", value + "A", value + "\x00", " " + value, value + " ",
			value[:len(value)-1], value + value, value + "\n", "\r\n" + value, value + ".",
			strings.ToUpper(k.prefix) + strings.ToLower(bare), strings.ToUpper(value), value + "%3D",
			k.prefix + strings.Repeat("A", len(bare)), k.prefix + strings.Repeat("A", 1<<16),
		}
		if k.prefix != "" {
			others = append(others, bare, k.prefix+value, strings.ToUpper(k.prefix)+bare)
		}
		for i := range value {
			for _, gap := range []string{"\n", "\r", "=", " ", "\x00", "\u200b", "+", "/"} {
				others = append(others, value[:i]+gap+value[i:])
			}
		}
		for i := range bare[:len(bare)-4] { // same length, with what Go's decoder skips
			others = append(others, k.prefix+bare[:i]+"\r\n\r\n"+bare[i:len(bare)-4])
		}
		for _, other := range others {
			wantNotOurs(t, k.open(other), "%s spelled %.90q", k.name, other)
		}
	}
}

func TestValuesFitIntoIDs(t *testing.T) {
	for _, k := range kinds(newRing(t, newSecret)) {
		value := k.mint()
		if strings.Trim(value, alphabet) != "" {
			t.Errorf("%s %q has characters outside of [A-Za-z0-9_-]", k.name, value)
		}
		if (k.name == "login_request_id" || k.name == "state") && len(value) > 64 {
			t.Errorf("%s has %d characters, at most 64 are allowed", k.name, len(value))
		}
	}
}
