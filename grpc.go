package symbolon

import (
	"context"

	"connectrpc.com/connect"

	"github.com/symbolon-auth/symbolon/internal/authorize"
	"github.com/symbolon-auth/symbolon/internal/compat/scalekit"
	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// grpc mounts step 3 for the official SDKs, on the same port.
func (rt *router) grpc() {
	path, h := scalekit.Handler(rt.server.postUser)
	rt.add("POST "+path, rt.limited(callerBackend, scalekit.Busy, h))
}

// postUser adapts the gRPC call to the same step as the REST one.
func (s *steps) postUser(ctx context.Context, r scalekit.Request) (string, *scalekit.Refusal) {
	answer, problem := s.authorize.PostUser(ctx, authorize.UserPost{
		Bearers: r.Bearers, Source: r.Source, Connection: r.Connection, LoginRequestID: r.LoginRequestID,
		User: r.User, LoginFailed: r.LoginFailed, Declared: r.Declared, Unknown: r.Unknown, Transport: "grpc",
	})
	if problem != nil {
		return "", &scalekit.Refusal{Code: problem.Code, GRPC: grpcCode(problem), Message: problem.Detail}
	}
	return answer.AuthRequestID, nil
}

// grpcCode is the status of a refusal. Unauthenticated is for bearers alone: one
// SDK fetches a new token and retries on it without end.
func grpcCode(p *httpx.Problem) connect.Code {
	switch p.Status {
	case 401:
		return connect.CodeUnauthenticated
	case 404:
		return connect.CodeNotFound
	case 409, 410:
		return connect.CodeFailedPrecondition
	case 503:
		return connect.CodeUnavailable
	case 500:
		return connect.CodeInternal
	}
	return connect.CodeInvalidArgument
}
