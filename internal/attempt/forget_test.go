package attempt_test

import (
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func TestForgetDropsOneUser(t *testing.T) {
	odd := strings.Repeat("a\u202e", 200) // kept in another form than it came in
	r := attempt.New(attempt.Options{})
	for id, of := range map[string][2]string{
		"req_1": {"conn_1", "alice"}, "req_2": {"conn_1", "bob"}, "req_3": {"conn_2", "alice"}, "req_4": {"conn_1", ""}, "req_5": {"conn_1", odd},
	} {
		r.Record("10.0.0.1", store.AttemptSummary{ID: id, Connection: of[0], Sub: of[1]}, ok(0, "user_details"))
	}
	r.Forget("conn_1", "alice")
	r.Forget("conn_1", odd)
	for id, want := range map[string]bool{"req_1": false, "req_2": true, "req_3": true, "req_4": true, "req_5": false} {
		if _, found := r.Get(id); found != want {
			t.Errorf("%s is there: %v, want %v", id, found, want)
		}
	}
}
