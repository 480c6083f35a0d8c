package oauth_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func TestChallenge(t *testing.T) {
	c, err := oauth.ParseChallenge(challenge, "S256")
	if err != nil || !c.Verify(verifier) || oauth.ChallengeOf(verifier) != c {
		t.Fatalf("the example of the RFC fails: %q, %v", c, err)
	}
	for _, v := range []string{
		"", verifier[:42], verifier + "A", verifier[:42] + "l", strings.ToUpper(verifier), challenge, verifier + "=", " " + verifier, verifier + "\n",
	} {
		if c.Verify(v) {
			t.Errorf("Verify(%q)", v)
		}
	}
	// Outside the grammar nothing verifies, not even with the right hash.
	for _, v := range []string{"", strings.Repeat("a", 42), strings.Repeat("a", 129), strings.Repeat("a", 42) + "=", strings.Repeat("é", 30), strings.Repeat(" ", 43)} {
		if oauth.ChallengeOf(v).Verify(v) {
			t.Errorf("Verify(%q)", v)
		}
	}
	for _, v := range []string{strings.Repeat("a", 43), strings.Repeat("-._~", 32)} {
		if !oauth.ChallengeOf(v).Verify(v) {
			t.Errorf("not Verify(%q)", v)
		}
	}
	if oauth.Challenge("").Verify(verifier) || oauth.Challenge(verifier).Verify(verifier) {
		t.Error("an empty or plain challenge verifies")
	}
}

func TestParseChallengeRefused(t *testing.T) {
	for _, tt := range []struct{ challenge, method, reason string }{
		{"", "", "code_challenge_missing"},
		{"", "S256", "code_challenge_missing"},
		{challenge, "", "code_challenge_method_not_s256"},
		{challenge, "plain", "code_challenge_method_not_s256"},
		{challenge, "s256", "code_challenge_method_not_s256"},
		{challenge, "S512", "code_challenge_method_not_s256"},
		{challenge, "S256 ", "code_challenge_method_not_s256"},
		{challenge + "=", "S256", "code_challenge_invalid"},
		{challenge[:42], "S256", "code_challenge_invalid"},
		{challenge + "A", "S256", "code_challenge_invalid"},
		{strings.ReplaceAll(challenge, "-", "+"), "S256", "code_challenge_invalid"},
		{challenge[:42] + "N", "S256", "code_challenge_invalid"}, // spare bits set
		{challenge[:42] + "\n", "S256", "code_challenge_invalid"},
		{challenge[:20] + "\n" + challenge[21:], "S256", "code_challenge_invalid"},
		{challenge[:42] + " ", "S256", "code_challenge_invalid"},
	} {
		c, err := oauth.ParseChallenge(tt.challenge, tt.method)
		if err == nil || err.Code != oauth.InvalidRequest || err.Reason != tt.reason || c != "" {
			t.Errorf("ParseChallenge(%q, %q) = %q, %v, want %s", tt.challenge, tt.method, c, err, tt.reason)
		}
	}
}

func FuzzParseChallenge(f *testing.F) {
	f.Add(challenge, "S256")
	f.Add(verifier, "plain")
	f.Fuzz(func(t *testing.T, s, method string) {
		c, err := oauth.ParseChallenge(s, method)
		if err != nil {
			return
		}
		b, decodeErr := base64.RawURLEncoding.DecodeString(string(c))
		if decodeErr != nil || len(b) != 32 || base64.RawURLEncoding.EncodeToString(b) != s || method != "S256" {
			t.Fatalf("accepted %q, %q", s, method)
		}
	})
}
