package symbolon_test

// Traces, as a collector gets them.

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// collected is what a collector was sent.
type collected struct {
	url string

	mu    sync.Mutex
	raw   strings.Builder
	spans []*trace.Span
}

func collect(t *testing.T) *collected {
	t.Helper()
	c := &collected{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
			t.Errorf("%s %s is no export of traces: %v", r.Method, r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw.Write(body)
		for _, r := range request.ResourceSpans {
			for _, s := range r.ScopeSpans {
				c.spans = append(c.spans, s.Spans...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// named are the spans of a name, and attributes one of them by name.
func (c *collected) named(name string) (spans []*trace.Span) {
	return slices.DeleteFunc(slices.Clone(c.spans), func(s *trace.Span) bool { return s.Name != name })
}

func attributes(list []*common.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		if m[a.Key] = a.Value.GetStringValue(); m[a.Key] == "" {
			m[a.Key] = a.Value.String()
		}
	}
	return m
}

func tracedTo(c *collected) func(*symbolon.Config) {
	return func(config *symbolon.Config) { config.Tracing.Endpoint = c.url }
}

func TestTraces(t *testing.T) {
	c := collect(t)
	x := &scene{T: t, server: symbolontest.StartServer(t, tracedTo(c))}
	x.client = x.server.Register(nil)
	x.tokens()
	x.server.Get("/healthz")
	x.server.Do("BREW", "/keys", "")
	x.breakDatabase()
	x.client.Refresh("rt_unknown")
	x.repairDatabase()
	x.server.Stop()

	for name, want := range map[string]int{
		"GET /consent/{flow}": 1, "PutLogin": 1, "Decide": 1, "RedeemCode": 1, "other /keys": 1, "GET /healthz": 0, "GET /readyz": 0,
	} {
		if got := len(c.named(name)); got != want {
			t.Errorf("%d spans %q, want %d", got, name, want)
		}
	}
	requests := c.named("POST /resources/{res_id}/oauth/token")
	if len(requests) != 2 {
		t.Fatalf("%d requests for tokens", len(requests))
	}
	redeemed, refused := requests[0], requests[1]
	if inner := c.named("RedeemCode")[0]; string(inner.ParentSpanId) != string(redeemed.SpanId) || string(inner.TraceId) != string(redeemed.TraceId) {
		t.Error("the intent is no part of its request")
	}
	if a := attributes(redeemed.Attributes); a["http.route"] != "/resources/{res_id}/oauth/token" || a["http.response.status_code"] != "int_value:200" {
		t.Errorf("attributes %v", a)
	}
	if refused.Status.GetCode() != trace.Status_STATUS_CODE_ERROR || redeemed.Status.GetCode() == trace.Status_STATUS_CODE_ERROR {
		t.Errorf("status of a 503: %v, of a 200: %v", refused.Status, redeemed.Status)
	}
	if !strings.Contains(c.raw.String(), "service.name") || !strings.Contains(c.raw.String(), "symbolon") {
		t.Error("nothing says which service this is")
	}
}

// A caller's trace is named, and neither continued nor believed.
func TestTracesBeginHere(t *testing.T) {
	c := collect(t)
	server := symbolontest.StartServer(t, tracedTo(c))
	const theirs = "0af7651916cd43dd8448eb211c80319c"
	server.Get("/keys", "Traceparent", "00-"+theirs+"-b7ad6b7169203331-00") // not sampled there
	server.Stop()
	if len(c.named("GET /keys")) != 1 {
		t.Fatalf("%d spans", len(c.named("GET /keys")))
	}
	span := c.named("GET /keys")[0]
	if hex.EncodeToString(span.TraceId) == theirs || len(span.ParentSpanId) != 0 {
		t.Error("the trace of a stranger is continued")
	}
	if len(span.Links) != 1 || hex.EncodeToString(span.Links[0].TraceId) != theirs {
		t.Errorf("links %v", span.Links)
	}
}

// Without a collector everything goes on, and the log says so once.
func TestTracesWithoutACollector(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	x := &scene{T: t, server: symbolontest.StartServer(t, func(config *symbolon.Config) { config.Tracing.Endpoint = gone.URL })}
	x.client = x.server.Register(nil)
	x.honest()
	x.server.Stop()
	if n := strings.Count(x.server.Logs(), "traces cannot be delivered"); n != 1 {
		t.Errorf("%d lines about it", n)
	}
}

// TestTracesHoldNoSecret: nothing of a user, nothing that was sealed, issued or
// configured, and nothing that a stranger chose.
func TestTracesHoldNoSecret(t *testing.T) {
	c := collect(t)
	x := &scene{T: t, server: symbolontest.StartServer(t, tracedTo(c))}
	secrets := x.secretsOf(6)
	for name, value := range symbolontest.Alice() {
		if text, ok := value.(string); ok {
			secrets[text] = name
		}
	}
	const stranger = "chosen-by-a-stranger"
	x.server.Get("/no/such/"+stranger+"?q="+url.QueryEscape(stranger), "User-Agent", stranger, "X-Forwarded-For", "198.51.100.7",
		"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Tracestate", "vendor="+stranger, "Baggage", "k="+stranger)
	secrets[stranger], secrets["198.51.100.7"], secrets["127.0.0.1"] = "stranger's value", "address", "address"
	x.server.Stop()

	if len(c.spans) < 100 {
		t.Fatalf("only %d spans", len(c.spans))
	}
	x.notIn("the traces", c.raw.String(), secrets)
}
