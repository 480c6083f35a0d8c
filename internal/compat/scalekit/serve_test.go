package scalekit_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"connectrpc.com/connect"

	"github.com/symbolon-auth/symbolon/internal/compat/scalekit"
	"github.com/symbolon-auth/symbolon/internal/compat/scalekit/compatv1"
)

type (
	details = compatv1.UpdateLoginUserDetailsRequest
	result  = compatv1.UpdateLoginUserDetailsResponse
)

// transport is one way in which an SDK reaches the server.
type transport struct {
	name, proto string
	tls         bool
	protocols   func(*http.Protocols)
}

var transports = []transport{
	{"http1, as the Go SDK", "HTTP/1.1", false, func(p *http.Protocols) { p.SetHTTP1(true) }},
	{"h2c with prior knowledge, as the Node SDK", "HTTP/2.0", false, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }},
	{"h2 over TLS, as the Python SDK", "HTTP/2.0", true, func(p *http.Protocols) { p.SetHTTP2(true) }},
	{"http1 over TLS", "HTTP/1.1", true, func(p *http.Protocols) { p.SetHTTP1(true) }},
}

// serve starts one server that speaks every protocol on its port.
func serve(t *testing.T, withTLS bool, post scalekit.Post) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(scalekit.Handler(post))
	srv := httptest.NewUnstartedServer(mux)
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetHTTP1(true)
	srv.Config.Protocols.SetHTTP2(true)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	if withTLS {
		srv.EnableHTTP2 = true
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv
}

// clientFor speaks exactly the protocol of tr.
func clientFor(tr transport, srv *httptest.Server) *http.Client {
	protocols := new(http.Protocols)
	tr.protocols(protocols)
	rt := &http.Transport{Protocols: protocols}
	if tr.tls {
		trusted, _ := srv.Client().Transport.(*http.Transport)
		rt.TLSClientConfig = &tls.Config{RootCAs: trusted.TLSClientConfig.RootCAs}
	}
	return &http.Client{Transport: rt}
}

func dial(c *http.Client, srv *httptest.Server) *connect.Client[details, result] {
	return connect.NewClient[details, result](c, srv.URL+scalekit.Procedure, connect.WithGRPC())
}

func TestEveryTransport(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			var proto string
			srv := serve(t, tr.tls, func(_ context.Context, r scalekit.Request) (string, *scalekit.Refusal) {
				return "req_of_" + r.LoginRequestID, nil
			})
			inner := srv.Config.Handler
			srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				proto = r.Proto
				inner.ServeHTTP(w, r)
			})
			res, err := dial(clientFor(tr, srv), srv).CallUnary(t.Context(), connect.NewRequest(&details{LoginRequestId: "lri_1"}))
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Msg.GetAuthRequestId(); got != "req_of_lri_1" {
				t.Errorf("auth_request_id = %q", got)
			}
			if proto != tr.proto {
				t.Errorf("the test spoke %s, want %s", proto, tr.proto)
			}
		})
	}
}

func TestRefusalOnEveryTransport(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			srv := serve(t, tr.tls, func(context.Context, scalekit.Request) (string, *scalekit.Refusal) {
				return "", &scalekit.Refusal{Code: "bearer_missing", GRPC: connect.CodeUnauthenticated, Message: "fetch a token, “please”"}
			})
			_, err := dial(clientFor(tr, srv), srv).CallUnary(t.Context(), connect.NewRequest(&details{}))
			status, ok := errors.AsType[*connect.Error](err)
			if !ok || status.Code() != connect.CodeUnauthenticated || status.Message() != "fetch a token, “please”" {
				t.Fatalf("err = %v", err)
			}
			if len(status.Details()) != 1 || status.Details()[0].Type() != "scalekit.v1.errdetails.ErrorInfo" {
				t.Errorf("details = %v", status.Details())
			}
		})
	}
}

// The Python SDK appends the new token to the old one: both must reach the step.
func TestTwoAuthorizationHeaders(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			var got []string
			srv := serve(t, tr.tls, func(_ context.Context, r scalekit.Request) (string, *scalekit.Refusal) {
				got = r.Bearers
				return "req_1", nil
			})
			req := connect.NewRequest(&details{})
			req.Header().Add("Authorization", "Bearer new")
			req.Header().Add("Authorization", "Bearer old")
			if _, err := dial(clientFor(tr, srv), srv).CallUnary(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, []string{"new", "old"}) {
				t.Errorf("bearers = %q", got)
			}
		})
	}
}

func TestHandoffHeader(t *testing.T) {
	for value, want := range map[string]bool{"": false, "verifier": true, "Verifier": true, "state, verifier": true, "state": false} {
		var got scalekit.Request
		srv := serve(t, false, func(_ context.Context, r scalekit.Request) (string, *scalekit.Refusal) {
			got = r
			return "req_1", nil
		})
		req := connect.NewRequest(&details{})
		req.Header().Set("Symbolon-Handoff", value)
		if _, err := dial(srv.Client(), srv).CallUnary(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if got.Declared != want {
			t.Errorf("Symbolon-Handoff: %q: declared = %v", value, got.Declared)
		}
		if got.Source != "127.0.0.1" {
			t.Errorf("source = %q", got.Source)
		}
	}
}
