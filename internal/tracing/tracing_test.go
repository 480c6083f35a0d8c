package tracing_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/store"
	"github.com/symbolon-auth/symbolon/internal/tracing"
)

type handler struct{}

func (*handler) ServeHTTP(http.ResponseWriter, *http.Request) {}

type database struct{ store.Store }

// TestOffCostsNothing: without an endpoint nothing is wrapped, so nothing is paid.
func TestOffCostsNothing(t *testing.T) {
	tracer, err := tracing.Start(t.Context(), tracing.Options{})
	if err != nil || tracer != nil {
		t.Fatalf("%v, %v", tracer, err)
	}
	h, s, l := &handler{}, &database{}, slog.Default()
	if tracer.HTTP(h) != http.Handler(h) || tracer.Store(s, "sqlite") != store.Store(s) || tracer.Log(l) != l {
		t.Error("something is wrapped that is not traced")
	}
	tracer.Close()
}
