package httpx

import (
	"errors"
	"io"
	"mime"
	"net/http"
)

// Errors of reading a body, for the caller to phrase in its own protocol.
var (
	ErrTooLarge  = errors.New("the body is too large")
	ErrMediaType = errors.New("the Content-Type is not the expected one")
	ErrBody      = errors.New("the body could not be read")
)

// Body reads a whole request body of at most limit bytes, if its Content-Type is
// mediaType (parameters such as charset are ignored).
func Body(w http.ResponseWriter, r *http.Request, mediaType string, limit int64) ([]byte, error) {
	got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || got != mediaType {
		return nil, ErrMediaType
	}
	if TooLong(w, r, limit) {
		return nil, ErrTooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		return body, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, ErrTooLarge
	}
	return nil, ErrBody
}

// TooLong reports whether a request says of itself that its body is longer than limit. It
// is not to be waited for: not by the handler, nor by net/http, which on HTTP/1.1 answers
// only once it has read what the handler did not, unless the connection ends.
func TooLong(w http.ResponseWriter, r *http.Request, limit int64) bool {
	if r.ContentLength <= limit {
		return false
	}
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	return true
}

// BodyStatus is the HTTP status for an error of Body.
func BodyStatus(err error) int {
	switch {
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrMediaType):
		return http.StatusUnsupportedMediaType
	}
	return http.StatusBadRequest
}

// Media types of requests and answers.
const (
	TypeForm    = "application/x-www-form-urlencoded"
	TypeJSON    = "application/json"
	TypeProblem = "application/problem+json" // RFC 9457
)
