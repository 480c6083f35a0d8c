package keys_test

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/keys"
)

var claims = map[string]any{
	"iss": "https://auth.example.com/resources/res_todo", "sub": "user-1", "aud": []string{"https://mcp.example.com/mcp", "res_todo"},
	"client_id": "https://claude.ai/oauth/client.json", "scope": "todo:read todo:write", "scopes": []string{"todo:read", "todo:write"},
	"iat": 1785585600, "exp": 1785586200, "jti": "tkn_AAAAAAAAAAAAAAAAAAAAAA", "grant_id": "grt_AAAAAAAAAAAAAAAAAAAAAA",
}

func BenchmarkSign(b *testing.B) {
	m := ready(b, with(keys.Algs...), newClock())
	for _, alg := range keys.Algs {
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sign(b, m, alg, claims)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	m := ready(b, with(keys.Algs...), newClock())
	for _, alg := range keys.Algs {
		token := sign(b, m, alg, claims)
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Verify(token, keys.TypeAccessToken); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The first start on an empty database, and every later one.
func BenchmarkEnsure(b *testing.B) {
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			ready(b, &memory{}, newClock(), keys.Algs...)
		}
	})
	b.Run("again", func(b *testing.B) {
		s, c := &memory{}, newClock()
		ready(b, s, c, keys.Algs...)
		for b.Loop() {
			ready(b, s, c, keys.Algs...)
		}
	})
}
