package scalekit

// What connect is told, so that it frames the answer and leaves the request alone.

import (
	"fmt"
	"net/http"

	"google.golang.org/protobuf/proto"
)

// call is the request message as connect sees it: nothing, for it was parsed
// before, by decode.
type call struct{}

// codec is protobuf for what leaves and no-op for what comes in.
type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Unmarshal([]byte, any) error { return nil }

func (codec) Marshal(v any) ([]byte, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("scalekit: %T is no protobuf message", v)
	}
	return proto.Marshal(m)
}

// plainWriter stands between connect and net/http for two reasons. It removes the
// grpc-accept-encoding that connect leaves empty when no compression is offered.
// And it flushes through any middleware that can be unwrapped: over HTTP/1.1 an
// answer that is not flushed gets a Content-Length, and with that its trailers,
// the gRPC status among them, are lost.
type plainWriter struct{ http.ResponseWriter }

func (w *plainWriter) WriteHeader(status int) {
	w.tidy()
	w.ResponseWriter.WriteHeader(status)
}

func (w *plainWriter) Write(p []byte) (int, error) {
	w.tidy()
	return w.ResponseWriter.Write(p)
}

// Flush implements http.Flusher, which is what connect looks for.
func (w *plainWriter) Flush() {
	w.tidy()
	// A writer that cannot flush is answered for by HTTP/2, which needs no flush.
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *plainWriter) tidy() {
	if h := w.Header(); h.Get("Grpc-Accept-Encoding") == "" {
		h.Del("Grpc-Accept-Encoding")
	}
}
