package authorize

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Whatever is accepted can be chosen from: no two answers are one.
func FuzzParseUser(f *testing.F) {
	for _, seed := range []string{
		`{"sub":"a","email":"a@b"}`,
		`{"sub":"a","email":"a@b","organizations":[{"id":"o","name":"O","roles":["r"]},{"id":"p"}]}`,
		`{"sub":"a","email":"a@b","consent_options":[{"claim":"c","label":"C","required":true,"choices":[{"value":"v","label":"V","group":"G"}]}]}`,
		`{"sub":"a","email":"a@b","consentOptions":[{"claim":"c","choices":[{"value":"v"},{"value":"v"}]}]}`,
		`{"sub":"a","email":"a@b","organizations":[{"id":"o"},{"id":"o"}]}`,
		`{"organizations":[null],"consent_options":[{"choices":[null]}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		parsed, problem := parseUser(body)
		if problem != nil || validateUser(parsed.user) != nil {
			return
		}
		seen := map[string]bool{}
		for _, o := range parsed.user.Organizations() {
			if o.ID == "" || seen["o "+o.ID] {
				t.Errorf("organisation %q", o.ID)
			}
			seen["o "+o.ID] = true
		}
		for _, o := range parsed.user.Options() {
			if seen[o.Claim] || store.ProtectedClaim(o.Claim) || len(o.Choices) == 0 {
				t.Errorf("option %q", o.Claim)
			}
			seen[o.Claim] = true
		}
	})
}
