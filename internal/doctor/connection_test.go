package doctor_test

// Certificates, addresses, and what an examination refuses to do.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/doctor"
)

// certificate is a self-signed one for 127.0.0.1, but for what a fault changes.
func certificate(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "doctor"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestCertificates(t *testing.T) {
	for _, tt := range []struct {
		name    string
		want    doctor.Code // "": healthy
		change  func(*x509.Certificate)
		version uint16
		trusted bool
	}{
		{name: "good", trusted: true, change: func(*x509.Certificate) {}},
		{name: "expired", want: "D601", trusted: true, change: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }},
		{name: "self-signed", want: "D602", change: func(*x509.Certificate) {}},
		{name: "another name", want: "D603", trusted: true, change: func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} }},
		{name: "ends soon", want: "D604", trusted: true, change: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(3 * 24 * time.Hour) }},
		{name: "TLS 1.1", want: "D605", trusted: true, change: func(*x509.Certificate) {}, version: tls.VersionTLS11},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			c := certificate(t, tt.change)
			w.TLS = &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS10, MaxVersion: tt.version}
			w.Config.ErrorLog = log.New(io.Discard, "", 0) // the refusals are what is tested
			w.StartTLS()
			w.start(nil)
			roots := x509.NewCertPool()
			if tt.trusted {
				roots.AddCert(c.Leaf)
			}
			r := w.examine(func(o *doctor.Options) { o.Roots = roots })
			if tt.want == "" {
				if !r.Healthy() || len(r.Findings()) > 0 {
					t.Errorf("a healthy server is said to have:\n%s", describe(r))
				}
				return
			}
			fault{want: tt.want, connects: tt.want == "D604"}.check(t, r)
		})
	}
}

func TestUnreachable(t *testing.T) {
	w := newWorld(t)
	w.start(nil)
	r := w.examine(func(o *doctor.Options) { o.Target = "http://127.0.0.1:1/mcp" })
	fault{want: "D101"}.check(t, r)
	if r.Requests != 1 || len(r.Clients) != 0 {
		t.Errorf("%d requests and %d verdicts about a server that is not there", r.Requests, len(r.Clients))
	}
}

// http is for this machine: nothing is sent in clear to any other.
func TestClear(t *testing.T) {
	w := newWorld(t)
	w.start(nil)
	r := w.examine(func(o *doctor.Options) { o.Target = "http://mcp.example.invalid/mcp" })
	fault{want: "D607"}.check(t, r)
	if r.Requests != 0 {
		t.Errorf("%d requests were sent in clear", r.Requests)
	}
}

// An answer that does not end holds the doctor no longer than a client.
func TestBounds(t *testing.T) {
	w := newWorld(t)
	w.start(answered("/.well-known/oauth-protected-resource/mcp", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(`{"resource":"` + strings.Repeat("x", 2<<20) + `"}`))
	}))
	r := w.examine()
	if found := codes(r); !slices.Contains(found, "D106") || !strings.Contains(describe(r), "longer than 1 MB") {
		t.Errorf("found %v\n%s", found, describe(r))
	}
}

// A page that redirects for ever, or names ever new URLs, ends at the budget.
func TestBudget(t *testing.T) {
	w := newWorld(t)
	n := 0
	w.start(func(w *world) {
		w.paths["*"] = func(rw http.ResponseWriter, r *http.Request) {
			n++
			http.Redirect(rw, r, r.URL.Path+"x", http.StatusFound)
		}
		delete(w.paths, "/.well-known/oauth-authorization-server")
	})
	if r := w.examine(); r.Requests > doctor.MaxRequests {
		t.Errorf("%d requests", r.Requests)
	}
}

func TestTarget(t *testing.T) {
	for _, target := range []string{"", "mcp.example.com/mcp", "ftp://example.com", "https://user@example.com", "https://", "https://example.com/#x", "file:///etc/passwd"} {
		if _, err := doctor.Examine(t.Context(), doctor.Options{Target: target}); !errors.Is(err, doctor.ErrTarget) {
			t.Errorf("%q: %v", target, err)
		}
	}
}
