package doctor_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode"
)

// Whatever a server answers, the doctor ends, and what it repeats drives no terminal.
func FuzzAnswers(f *testing.F) {
	f.Add("Bearer resource_metadata=\"x\"", `{"resource":null,"authorization_servers":[null,1,"\u001b[2J"]}`, `{"issuer":{"a":1},"code_challenge_methods_supported":"S256"}`)
	f.Add("Bearer", `[]`, `{"issuer":"","token_endpoint":"::","authorization_endpoint":"http://[","jwks_uri":"x y"}`)
	f.Add(`Basic a=b, Bearer scope="\"`, `{}`, "\xff")
	f.Fuzz(func(t *testing.T, challenge, resource, metadata string) {
		if strings.ContainsFunc(challenge, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Skip("no header has this")
		}
		w := newWorld(t)
		w.start(func(w *world) {
			w.challenge = []string{challenge}
			w.paths["/.well-known/oauth-protected-resource/mcp"] = says200(strings.ReplaceAll(resource, "ISSUER", w.URL))
			w.paths["/.well-known/oauth-authorization-server"] = says200(metadata)
		})
		for _, r := range w.examine().Results {
			if strings.ContainsFunc(r.At+r.Detail, func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("%q %q", r.At, r.Detail)
			}
		}
	})
}

func says200(body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(body))
	}
}
