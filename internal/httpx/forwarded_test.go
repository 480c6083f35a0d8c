package httpx_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/httpx"
)

// source is what httpx.Source says behind trusted proxies.
func source(t testing.TB, trusted []string, remote string, forwarded ...string) string {
	t.Helper()
	proxies, err := httpx.ParseProxies(trusted)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = remote
	for _, value := range forwarded {
		r.Header.Add("X-Forwarded-For", value)
	}
	var got string
	proxies.Client(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = httpx.Source(r) })).ServeHTTP(nil, r)
	if r.RemoteAddr != remote {
		t.Error("the caller's request was changed")
	}
	return got
}

func TestClientBehindProxies(t *testing.T) {
	inner := []string{"10.0.0.0/8", "127.0.0.1", "fd00::/8"}
	for _, tt := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"nobody in between", "192.0.2.1:4000", nil, "192.0.2.1"},
		{"a stranger who says otherwise", "192.0.2.1:4000", []string{"198.51.100.7"}, "192.0.2.1"},
		{"a proxy", "10.0.0.1:4000", []string{"198.51.100.7"}, "198.51.100.7"},
		{"a proxy that says nothing", "10.0.0.1:4000", nil, "10.0.0.1"},
		{"what the client wrote before", "10.0.0.1:4000", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"two proxies", "10.0.0.1:4000", []string{"203.0.113.9, 198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"two headers", "10.0.0.1:4000", []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		{"proxies alone", "10.0.0.1:4000", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"what is no address ends the chain", "10.0.0.1:4000", []string{"198.51.100.7, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"empty", "10.0.0.1:4000", []string{""}, "10.0.0.1"},
		{"a port", "127.0.0.1:4000", []string{"198.51.100.7:8000"}, "198.51.100.7"},
		{"IPv6 by its /64", "10.0.0.1:4000", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		{"IPv6 with brackets", "10.0.0.1:4000", []string{"[2001:db8:1:2:3:4:5:6]"}, "2001:db8:1:2::/64"},
		{"IPv6 with a port", "[fd00::1]:4000", []string{"[2001:db8:1:2::5]:80"}, "2001:db8:1:2::/64"},
		{"IPv4 in IPv6 is IPv4", "[::ffff:10.0.0.1]:4000", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"more hops than anybody has", "10.0.0.1:4000", []string{"198.51.100.7" + strings.Repeat(", 10.0.0.2", 100)}, "10.0.0.2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := source(t, inner, tt.remote, tt.forwarded...); got != tt.want {
				t.Errorf("source = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseProxyRefuses(t *testing.T) {
	for _, s := range []string{"", "proxy.example", "10.0.0.0/33", "0.0.0.0/0", "::/0", "::ffff:10.0.0.0/104", "fe80::1%eth0", "10.0.0.1:80"} {
		if p, err := httpx.ParseProxy(s); err == nil {
			t.Errorf("%q was read as %v", s, p)
		}
	}
}

func FuzzForwardedFor(f *testing.F) {
	for _, seed := range []string{"198.51.100.7", "a, 10.0.0.2", ",,", "[::1]:80", "::ffff:10.0.0.1", "fe80::1%eth0", "1.2.3.4,5.6.7.8, 10.0.0.9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := source(t, []string{"10.0.0.0/8"}, "192.0.2.1:4000", header); got != "192.0.2.1" {
			t.Errorf("a stranger became %s", got)
		}
		got := source(t, []string{"10.0.0.0/8"}, "10.0.0.1:4000", header)
		if _, err := netip.ParseAddr(got); err != nil {
			if _, err := netip.ParsePrefix(got); err != nil {
				t.Errorf("source %q is no address", got)
			}
		}
	})
}
