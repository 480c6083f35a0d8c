package httpx_test

import (
	"net/http"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

func TestLists(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"state"}, false},
		{[]string{"verifiers"}, false},
		{[]string{"state verifier"}, false},
		{[]string{"verifier"}, true},
		{[]string{"Verifier"}, true},
		{[]string{" verifier\t"}, true},
		{[]string{"verifier;v=1"}, true},
		{[]string{"state, verifier"}, true},
		{[]string{"verifier,verifier"}, true},
		{[]string{"state", "verifier"}, true},
	} {
		h := http.Header{"Symbolon-Handoff": c.lines}
		if got := httpx.Lists(h, "Symbolon-Handoff", "verifier"); got != c.want {
			t.Errorf("%q: %v", c.lines, got)
		}
	}
}
