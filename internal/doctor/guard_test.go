package doctor

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// A public target cannot send the doctor to a private address; a private one can.
func TestGuard(t *testing.T) {
	for _, address := range []string{"https://127.0.0.1:1/", "https://10.0.0.1:1/", "https://[::1]:1/", "https://169.254.169.254/", "https://[fd00::1]:1/"} {
		// A name that is nobody's counts as public.
		p := newProber(t.Context(), &url.URL{Host: "mcp.example.invalid"}, nil, time.Now)
		if r := p.send(t.Context(), http.MethodGet, address, "", http.Header{}); !errors.Is(r.Err, errPrivate) || connectionCode(r.Err) != "D609" {
			t.Errorf("%s: %v", address, r.Err)
		}
	}
	p := newProber(t.Context(), &url.URL{Host: "127.0.0.1:9"}, nil, time.Now)
	if r := p.send(t.Context(), http.MethodGet, "http://127.0.0.1:1/", "", http.Header{}); r.Err == nil || errors.Is(r.Err, errPrivate) {
		t.Errorf("a local target: %v", r.Err)
	}
}

func TestPrivateHost(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "10.1.2.3": true, "192.168.1.1": true, "100.64.0.1": true,
		"169.254.1.1": true, "8.8.8.8": false, "2606:4700::1": false, "mcp.example.invalid": false,
	} {
		if got := privateHost(t.Context(), host); got != want {
			t.Errorf("%s: %t", host, got)
		}
	}
}
