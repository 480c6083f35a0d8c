package token

import (
	"reflect"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// A company's question must not become what a token says anyway.
func TestEveryClaimIsProtected(t *testing.T) {
	for field := range reflect.TypeFor[claims]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !store.ProtectedClaim(name) {
			t.Errorf("a consent option may be called %q", name)
		}
	}
}
