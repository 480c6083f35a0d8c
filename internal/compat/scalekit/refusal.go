package scalekit

// Refusals as gRPC statuses.

import (
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/symbolon-auth/symbolon/internal/compat/scalekit/compatv1"
)

// A Refusal is why a call failed. Use CodeUnauthenticated for a missing or bad
// bearer and for nothing else: the Node SDK takes it as the order to fetch a token,
// and the Python SDK repeats it without end.
type Refusal struct {
	Code    string       // stable reason, see package attempt
	GRPC    connect.Code // status: 3, 5, 9, 16; 14 to have the caller back off
	Message string       // what the caller's engineer should read; not empty, no secret
}

func refused(status connect.Code, code, message string) *Refusal {
	return &Refusal{Code: code, GRPC: status, Message: message}
}

// errorInfoType is the type under which the SDKs look for the error code.
const errorInfoType = "type.googleapis.com/scalekit.v1.errdetails.ErrorInfo"

// status is the refusal with its details; connect repeats status and message in
// grpc-status-details-bin, as the SDKs demand.
func (r *Refusal) status() *connect.Error {
	err := connect.NewError(r.GRPC, errors.New(r.Message))
	if detail := r.detail(); detail != nil {
		err.AddDetail(detail)
	}
	return err
}

// detail is the ErrorInfo message, under the name that the SDKs know it by.
func (r *Refusal) detail() *connect.ErrorDetail {
	value, err := proto.Marshal(&compatv1.ErrorInfo{ErrorCode: r.Code})
	if err != nil {
		return nil // a code that is not UTF-8, which no reason is
	}
	detail, err := connect.NewErrorDetail(&anypb.Any{TypeUrl: errorInfoType, Value: value})
	if err != nil {
		return nil // only for what is not packed yet
	}
	return detail
}
