package authorize

import (
	"errors"
	"maps"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// An attempt says what the page says. The cause is added where it is in words of
// ours; that of a fault here could quote a database.
func TestExplained(t *testing.T) {
	cause := errors.New("the host answered with status 403, not 200")
	for _, test := range []struct {
		refusal *oauth.Error
		want    map[string]string
	}{
		{oauth.E(oauth.UnauthorizedClient, "client_refused_by_policy", "Add it."), map[string]string{"scope": "a", "detail": "Add it."}},
		{
			oauth.E(oauth.InvalidClient, "client_document_unreachable", "Serve it.").With(cause),
			map[string]string{"scope": "a", "detail": "Serve it.", "cause": cause.Error()},
		},
		{oauth.E(oauth.ServerError, "internal", "Try again.").With(cause), map[string]string{"scope": "a", "detail": "Try again."}},
	} {
		if got := explained(map[string]string{"scope": "a"}, test.refusal); !maps.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.refusal.Reason, got, test.want)
		}
	}
	if got := explained(nil, oauth.E(oauth.InvalidRequest, "x", "Y.")); got["detail"] != "Y." {
		t.Errorf("without notes: %v", got)
	}
}
