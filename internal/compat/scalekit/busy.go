package scalekit

import (
	"net/http"
	"strconv"

	"connectrpc.com/connect"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Busy answers a call that is refused unread. It is a gRPC status in the headers
// alone ("Trailers-Only"): clients retry RESOURCE_EXHAUSTED and UNAVAILABLE later, and
// take a plain 429 or 503 for a broken proxy.
func Busy(w http.ResponseWriter, _ *http.Request, refusal *oauth.Error) {
	code := connect.CodeUnavailable
	if refusal.HTTPStatus() == http.StatusTooManyRequests {
		code = connect.CodeResourceExhausted
	}
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set("Grpc-Status", strconv.Itoa(int(code)))
	h.Set("Grpc-Message", refusal.Description) // ASCII without percent signs
	w.WriteHeader(http.StatusOK)
}
