package admin

import (
	"encoding/json"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// maxRequest bounds a request: the whole catalog of a large installation.
const maxRequest = 16 << 20

// handler has a method for each thing that commands ask.
type handler struct{ operator Operator }

// NewHandler is the API. It trusts whoever reaches it, so it must be given to
// [Listen] or [InProcess] and to nothing else.
func NewHandler(o Operator) http.Handler {
	h := &handler{o}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathApply, answer(h.apply))
	mux.HandleFunc("GET "+pathKeys, answer(h.keys))
	mux.HandleFunc("POST "+pathRotate, answer(h.rotate))
	mux.HandleFunc("POST "+pathRevoke, answer(h.revoke))
	mux.HandleFunc("GET "+pathSecrets, answer(h.secrets))
	mux.HandleFunc("POST "+pathRetireSecret, answer(h.retireSecret))
	mux.HandleFunc("GET "+pathRegistration, answer(h.registrationKeys))
	mux.HandleFunc("POST "+pathRegistration, answer(h.addRegistrationKey))
	mux.HandleFunc("POST "+pathRetireRegistration, answer(h.retireRegistrationKey))
	mux.HandleFunc("POST "+pathGrants, answer(h.grants))
	mux.HandleFunc("GET "+pathGrant, answer(h.grant))
	mux.HandleFunc("POST "+pathRevokeGrants, answer(h.revokeGrants))
	mux.HandleFunc("POST "+pathAudit, answer(h.audit))
	mux.HandleFunc("GET "+pathAttempts, answer(h.attempts))
	mux.HandleFunc("GET "+pathAttempt, answer(h.attempt))
	mux.HandleFunc("GET "+pathError, answer(h.errorID))
	mux.HandleFunc("GET "+pathWatch, h.watch)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, &Error{http.StatusNotFound, "unknown_command", "the running server does not know this command"})
	})
	return mux
}

// The paths, for handler and client.
const (
	pathApply              = "/v1/apply"
	pathKeys               = "/v1/keys"
	pathRotate             = "/v1/keys/rotate"
	pathRevoke             = "/v1/keys/revoke"
	pathSecrets            = "/v1/secrets"
	pathRetireSecret       = "/v1/secrets/retire"
	pathRegistration       = "/v1/registration-keys"
	pathRetireRegistration = "/v1/registration-keys/retire"
	pathGrants             = "/v1/grants"
	pathGrant              = "/v1/grant"
	pathRevokeGrants       = "/v1/grants/revoke"
	pathAudit              = "/v1/audit"
	pathAttempts           = "/v1/attempts"
	pathAttempt            = "/v1/attempt"
	pathError              = "/v1/error"
	pathWatch              = "/v1/attempts/watch"
)

// answer is a request that is read, carried out and answered as JSON.
func answer[T any](do func(r *http.Request) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		result, err := do(r)
		if err != nil {
			writeError(w, err)
			return
		}
		httpx.JSON(w, http.StatusOK, result)
	}
}

// read decodes a body. A member that is not known may be a restriction that a
// newer command relies on, so ignoring it would fail open.
func read[T any](r *http.Request) (T, error) {
	var request T
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&request); err != nil {
		return request, invalid("the running server does not understand the command, perhaps because they are of different releases: " + err.Error())
	}
	return request, nil
}
