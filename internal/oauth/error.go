package oauth

// The error of the protocol: what a client is told, what the operator sees,
// and what happened inside, kept apart until one place renders them.

import (
	"net/http"
	"strings"
)

// A Code is an error code on the wire.
type Code string

// Codes by the document that defines them.
const (
	// RFC 6749 §4.1.2.1 and §5.2.
	InvalidRequest          Code = "invalid_request"
	InvalidClient           Code = "invalid_client"
	InvalidGrant            Code = "invalid_grant"
	UnauthorizedClient      Code = "unauthorized_client"
	UnsupportedGrantType    Code = "unsupported_grant_type"
	UnsupportedResponseType Code = "unsupported_response_type"
	InvalidScope            Code = "invalid_scope"
	AccessDenied            Code = "access_denied"
	ServerError             Code = "server_error"
	TemporarilyUnavailable  Code = "temporarily_unavailable"

	// OpenID Connect Core §3.1.2.6: the answer to prompt=none.
	LoginRequired Code = "login_required"

	// RFC 6750 §3.1.
	InvalidToken      Code = "invalid_token"
	InsufficientScope Code = "insufficient_scope"

	// RFC 7009 §2.2.1.
	UnsupportedTokenType Code = "unsupported_token_type"

	// RFC 7591 §3.2.2.
	InvalidRedirectURI    Code = "invalid_redirect_uri"
	InvalidClientMetadata Code = "invalid_client_metadata"

	// RFC 8707 §2.
	InvalidTarget Code = "invalid_target"
)

// An Error is a refusal. Code and Description go to the client, Reason to the
// login attempt, Cause to the log; no other part ever leaves the process.
type Error struct {
	Code Code
	// Description tells an honest developer what to change. It holds only the
	// characters that RFC 6749 §5.2 allows if it was made by [E].
	Description string
	// Reason is a stable snake_case word for the operator's timeline, such as
	// "redirect_uri_not_registered". It may be finer than Code.
	Reason string
	// Cause is the internal error, if any.
	Cause error
	// Status is the HTTP status; 0 means the usual one for Code.
	Status int
}

// E makes an Error. Characters that error_description must not carry are
// replaced, so a description may quote what the client sent.
func E(code Code, reason, description string) *Error {
	return &Error{Code: code, Reason: reason, Description: strings.Map(descriptionRune, description)}
}

// With returns a copy of e that has cause as its internal error.
func (e *Error) With(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// WithStatus returns a copy of e that is answered with an HTTP status of its own.
func (e *Error) WithStatus(status int) *Error {
	c := *e
	c.Status = status
	return &c
}

// Error is for logs and tests: it includes the cause, so it is not for the wire.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Description != "" {
		s += ": " + e.Description
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the internal cause.
func (e *Error) Unwrap() error { return e.Cause }

// HTTPStatus is the status of a direct (not redirected) answer: RFC 6749 §5.2,
// RFC 6750 §3.1.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	switch e.Code {
	case InvalidClient, InvalidToken:
		return http.StatusUnauthorized
	case InsufficientScope:
		return http.StatusForbidden
	case ServerError:
		return http.StatusInternalServerError
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// Response is the JSON body of e.
func (e *Error) Response() ErrorResponse {
	return ErrorResponse{Error: e.Code, Description: e.Description}
}

// An ErrorResponse is the error body of RFC 6749 §5.2 and RFC 7591 §3.2.2.
type ErrorResponse struct {
	Error       Code   `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// descriptionRune keeps the error_description characters of RFC 6749 §5.2:
// %x20-21 / %x23-5B / %x5D-7E.
func descriptionRune(r rune) rune {
	switch {
	case r == '"':
		return '\''
	case r == '\\':
		return '/'
	case r < 0x20 || r > 0x7e:
		return '?'
	default:
		return r
	}
}

// quoteMax is how much of an offending value a description repeats, in bytes.
const quoteMax = 80

// quote shows a value of the client inside a description.
func quote(s string) string {
	if len(s) > quoteMax {
		s = s[:quoteMax] + "..."
	}
	return "'" + s + "'"
}
