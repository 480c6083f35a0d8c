package scalekit

// The HTTP side: one unary procedure, gRPC only, on any version of HTTP.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"

	"connectrpc.com/connect"

	"github.com/symbolon-auth/symbolon/internal/compat/scalekit/compatv1"
	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// Procedure is the path that the SDKs post to.
const Procedure = "/scalekit.v1.auth.AuthService/UpdateLoginUserDetails"

// maxBody bounds a call, the five bytes before the message included.
const maxBody = 64 << 10

// Post records that a user signed in. It returns the auth_request_id, or why not.
// It is called once for each call that can be parsed, whoever sent it: checking
// the bearers is its first duty.
type Post func(ctx context.Context, r Request) (authRequestID string, refusal *Refusal)

// Handler serves the call, and returns the path to serve it at.
func Handler(post Post) (path string, h http.Handler) {
	options := connect.WithHandlerOptions(
		connect.WithCodec(codec{}),
		// No SDK compresses; what is not there cannot be a bomb.
		connect.WithCompression("gzip", nil, nil),
	)
	return Procedure, &endpoint{
		unary:  connect.NewUnaryHandler(Procedure, answer(post), options),
		errors: connect.NewErrorWriter(),
	}
}

// answer makes Post a unary procedure.
func answer(post Post) func(context.Context, *connect.Request[call]) (*connect.Response[compatv1.UpdateLoginUserDetailsResponse], error) {
	return func(ctx context.Context, _ *connect.Request[call]) (*connect.Response[compatv1.UpdateLoginUserDetailsResponse], error) {
		request, _ := ctx.Value(requestKey{}).(Request)
		id, refusal := post(ctx, request)
		if refusal != nil {
			return nil, refusal.status()
		}
		return connect.NewResponse(&compatv1.UpdateLoginUserDetailsResponse{AuthRequestId: id}), nil
	}
}

// endpoint lets through to connect only what connect cannot refuse: connect's own
// refusals have no details, and without those the Python SDK crashes.
type endpoint struct {
	unary  http.Handler
	errors *connect.ErrorWriter
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
	case !isGRPC(r.Header.Get("Content-Type")):
		w.Header().Set("Accept-Post", "application/grpc, application/grpc+proto")
		w.WriteHeader(http.StatusUnsupportedMediaType)
	default:
		e.serveGRPC(w, r)
	}
}

func (e *endpoint) serveGRPC(w http.ResponseWriter, r *http.Request) {
	request, body, refusal := read(w, r)
	if refusal != nil {
		// The error is a broken connection, and there is nobody to tell.
		_ = e.errors.Write(w, r, refusal.status())
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, request))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !timeout.MatchString(r.Header.Get("Grpc-Timeout")) {
		r.Header = r.Header.Clone()
		r.Header.Del("Grpc-Timeout") // unreadable: a call without a deadline
	}
	e.unary.ServeHTTP(&plainWriter{ResponseWriter: w}, r)
}

// timeout is the grpc-timeout header: at most eight digits and a unit.
var timeout = regexp.MustCompile(`^[0-9]{1,8}[HMSmun]$`)

// requestKey carries the parsed Request through connect to the procedure.
type requestKey struct{}

// read takes the whole call off the wire and parses it.
func read(w http.ResponseWriter, r *http.Request) (request Request, body []byte, refusal *Refusal) {
	if encoding := r.Header.Get("Grpc-Encoding"); encoding != "" && encoding != "identity" {
		return Request{}, nil, refused(connect.CodeUnimplemented, "content_type_unsupported", "compressed messages are not accepted")
	}
	if httpx.TooLong(w, r, maxBody) {
		return Request{}, nil, tooLarge()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, is := errors.AsType[*http.MaxBytesError](err); is {
		return Request{}, nil, tooLarge()
	}
	if err != nil {
		return Request{}, nil, refused(connect.CodeInvalidArgument, "protobuf_invalid", "the body could not be read")
	}
	message, err := unframe(body)
	if err != nil {
		return Request{}, nil, refused(connect.CodeInvalidArgument, "protobuf_invalid", err.Error())
	}
	if request, err = decode(message, r); err != nil {
		return Request{}, nil, refused(connect.CodeInvalidArgument, "protobuf_invalid", err.Error())
	}
	return request, body, nil
}

func tooLarge() *Refusal {
	return refused(connect.CodeInvalidArgument, "body_too_large", "the message is larger than 64 KB")
}

// isGRPC accepts the two content types of gRPC with protobuf, exactly.
func isGRPC(contentType string) bool {
	return contentType == "application/grpc" || contentType == "application/grpc+proto"
}
