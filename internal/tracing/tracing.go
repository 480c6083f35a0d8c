// Package tracing tells an OpenTelemetry collector what requests took and where, over
// OTLP/HTTP.
//
// A span has the route of a request, its method and status, or the intent of the
// store: nothing that a caller sends, no id, no user. What a stranger may choose is
// neither a name nor a value here, and whoever reads traces learns no secret.
//
// A nil *Tracer is the usual one: it traces nothing and wraps nothing.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	// exportTimeout bounds one delivery, and so the end of the process.
	exportTimeout = 3 * time.Second
	// scope names this package as what measured.
	scope = "github.com/symbolon-auth/symbolon"
)

// Tracer makes spans and delivers them in the background. What cannot be delivered is
// dropped: no request waits, and the memory for it is bounded.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Options of a Tracer.
type Options struct {
	// Endpoint is the collector's base URL, to which /v1/traces is added. Empty means
	// that there is no tracer.
	Endpoint string
	Log      *slog.Logger
}

// Start makes a tracer, nil if there is no endpoint. Headers, certificates, sampler,
// service name and the like are what OpenTelemetry's environment variables say
// (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME …).
func Start(ctx context.Context, o Options) (*Tracer, error) {
	if o.Endpoint == "" {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(strings.TrimSuffix(o.Endpoint, "/")+"/v1/traces"),
		otlptracehttp.WithTimeout(exportTimeout),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "symbolon")),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("tracing: OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(about),
		sdktrace.WithBatcher(&reporting{SpanExporter: exporter, log: o.Log}, sdktrace.WithExportTimeout(exportTimeout)))
	return &Tracer{provider, provider.Tracer(scope)}, nil
}

// Close delivers what is left, for at most a few seconds.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), exportTimeout)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // what failed is logged where it was delivered
}

// reporting logs the first failure of a row and the recovery, in our own log.
type reporting struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing atomic.Bool
}

// ExportSpans implements sdktrace.SpanExporter.
func (r *reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := r.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil && !r.failing.Swap(true):
		r.log.WarnContext(ctx, "traces cannot be delivered and are dropped until they can; everything else goes on", "cause", err)
	case err == nil && r.failing.Swap(false):
		r.log.InfoContext(ctx, "traces are delivered again")
	}
	return nil
}
