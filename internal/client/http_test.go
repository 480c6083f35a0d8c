package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/client"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// What a token endpoint must not get away with. The refresh token is in every request and must be in no error.
func TestAnswers(t *testing.T) {
	followed := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer elsewhere.Close()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "redirect"},
		{"too long", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(strings.Repeat(" ", 1<<20+1)))
		}, "longer than 1 MB"},
		{"a web page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`{"access_token":"a","token_type":"Bearer"}`))
		}, "not JSON"},
		{"broken JSON", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"access_token":`))
		}, "not the JSON"},
		{"not Bearer", func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, map[string]string{"access_token": "a", "token_type": "mac"})
		}, "type Bearer"},
		{"a proxy's error", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<h1>Bad gateway</h1>", http.StatusBadGateway)
		}, "HTTP 502"},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "refresh: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.answer)
			defer server.Close()
			var trace recorder
			d := client.Discovery{Server: oauth.Metadata{TokenEndpoint: server.URL + "/token?tenant=hidden"}}
			_, err := client.New(client.Options{Trace: trace.add}).Refresh(t.Context(), d, client.Registration{ClientID: "c"}, "the-refresh", "")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Refresh: %v, want %q", err, tt.want)
			}
			if shown := err.Error() + trace.String(); strings.Contains(shown, "the-refresh") || strings.Contains(shown, "hidden") {
				t.Errorf("shows what it must not: %s", shown)
			}
			if len(trace.steps) != 1 || trace.steps[0].Err == nil {
				t.Errorf("trace: %s", &trace)
			}
		})
	}
	if followed {
		t.Error("a token request followed a redirect")
	}
}

// Nothing is sent in clear over a network, not even to find out.
func TestClearText(t *testing.T) {
	for _, target := range []string{"http://192.0.2.1/mcp", "http://localhost.evil.example/mcp", "ftp://127.0.0.1/mcp", "http://user:pw@127.0.0.1/mcp", "/mcp"} {
		var trace recorder
		_, err := client.New(client.Options{Trace: trace.add}).Discover(t.Context(), target)
		if err == nil || len(trace.steps) != 1 || trace.steps[0].Status != 0 {
			t.Errorf("Discover(%s): %v\n%s", target, err, &trace)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestOpenBrowserRefuses(t *testing.T) {
	for _, target := range []string{"http://as.example/authorize", "file:///etc/passwd", "javascript:alert(1)", "-flag"} {
		if err := client.OpenBrowser(t.Context(), target); err == nil {
			t.Errorf("OpenBrowser(%q) opened it", target)
		}
	}
}
