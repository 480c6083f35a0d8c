package tracing

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// HTTP makes a span of each request that next answers, a http.ServeMux or what wraps
// one. Probes are not worth one.
func (t *Tracer) HTTP(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			next.ServeHTTP(w, r)
			return
		}
		ctx, span := t.tracer.Start(r.Context(), httpx.Method(r), trace.WithSpanKind(trace.SpanKindServer), trace.WithLinks(caller(r)...))
		answer, traced := &httpx.Observed{ResponseWriter: w}, r.WithContext(ctx)
		defer func() { // also if a handler aborts the connection
			describe(span, httpx.Method(traced), httpx.Route(traced), answer.Status())
			span.End()
		}()
		next.ServeHTTP(answer, traced)
	})
}

// caller is the trace that a request says to be part of (W3C Trace Context). It is
// linked and not continued: a stranger must not decide what is sampled, or write
// into a trace of ours. Its state, a text of the stranger's, is left out.
func caller(r *http.Request) []trace.Link {
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	remote := trace.SpanContextFromContext(ctx)
	if !remote.IsValid() {
		return nil
	}
	return []trace.Link{{SpanContext: remote.WithTraceState(trace.TraceState{})}}
}

func describe(span trace.Span, method, route string, status int) {
	span.SetName(method + " " + route)
	span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route),
		attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}
