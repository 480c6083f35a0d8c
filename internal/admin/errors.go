package admin

import (
	"errors"
	"net/http"

	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// Error is a refusal in words for the operator: what is wrong and what to do.
type Error struct {
	Status  int    // HTTP status
	Code    string // stable
	Message string
}

func (e *Error) Error() string { return e.Message }

// Refuse makes an error of the operator's own: something to correct and repeat.
func Refuse(code, message string) *Error {
	return &Error{Status: http.StatusConflict, Code: code, Message: message}
}

// notFound is the answer for an id that leads nowhere.
func notFound(message string) *Error {
	return &Error{Status: http.StatusNotFound, Code: "not_found", Message: message}
}

func invalid(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "invalid_request", Message: message}
}

// writeError tells the operator everything: nobody else can be on the other end.
func writeError(w http.ResponseWriter, err error) {
	refusal, ok := errors.AsType[*Error](err)
	switch {
	case ok:
	case errors.Is(err, store.ErrUnavailable):
		refusal = &Error{http.StatusServiceUnavailable, "unavailable", "the database cannot be used now: " + err.Error()}
	default:
		refusal = &Error{http.StatusInternalServerError, "internal", err.Error()}
	}
	httpx.WriteProblem(w, httpx.Problem{Status: refusal.Status, Code: refusal.Code, Detail: refusal.Message})
}
