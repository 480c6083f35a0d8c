package symbolon_test

// A certificate that is renewed while the server runs.

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
	"github.com/symbolon-auth/symbolon/symbolontest"
)

// pair is the content of a certificate's files.
type pair struct{ cert, key string }

func newPair(t *testing.T) pair {
	t.Helper()
	var c symbolon.Config
	symbolontest.TLS(t)(&c)
	return pair{content(t, c.TLS.CertFile), content(t, c.TLS.KeyFile)}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// install writes a pair as programs do that renew: one file after the other.
func (p pair) install(t *testing.T, files symbolon.TLS) {
	t.Helper()
	for path, text := range map[string]string{files.CertFile: p.cert, files.KeyFile: p.key} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// shown is the certificate that a server shows in a new handshake, raw.
func shown(t *testing.T, address string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // whichever it is, is what we ask
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return string(conn.ConnectionState().PeerCertificates[0].Raw)
}

func TestCertificateIsRenewed(t *testing.T) {
	x, admin := watched(t, symbolontest.TLS(t))
	address, files := strings.TrimPrefix(x.server.URL, "https://"), x.server.Config().TLS
	first := shown(t, address)
	if r := x.server.Get(admin + "/metrics"); !strings.Contains(r.Body, "\nsymbolon_certificate_not_after_seconds ") {
		t.Error("no metric says when the certificate expires")
	}

	next := newPair(t)
	pair{next.cert, newPair(t).key}.install(t, files)
	waitFor(t, "the log of a pair that does not fit", func() bool { return strings.Contains(x.server.Logs(), "cannot be used") })
	if shown(t, address) != first {
		t.Error("a broken pair has replaced the good one")
	}
	if r := x.server.Get("/keys"); r.Status != http.StatusOK {
		t.Errorf("/keys: %d", r.Status)
	}

	next.install(t, files)
	waitFor(t, "the new certificate", func() bool { return shown(t, address) != first })
}

// A file that is gone, or empty for a moment, is reported once and changes nothing.
func TestReloadCertificate(t *testing.T) {
	config := symbolontest.StartServer(t).Config()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config.BaseURL, config.Listen = "http://"+l.Addr().String(), ""
	config.Database = "sqlite:" + t.TempDir() + "/symbolon.db"
	symbolontest.TLS(t)(&config)
	server, err := symbolon.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	address, first := l.Addr().String(), shown(t, l.Addr().String())

	good := pair{content(t, config.TLS.CertFile), content(t, config.TLS.KeyFile)}
	for _, broken := range []pair{{"", good.key}, {good.cert, ""}, {good.cert, newPair(t).key}, {"no PEM", "no PEM"}} {
		broken.install(t, config.TLS)
		_ = server.ReloadCertificate() // no error if the server has looked by itself in between
		if shown(t, address) != first {
			t.Fatalf("%.20q is in use", broken.cert)
		}
	}
	if err := os.Remove(config.TLS.KeyFile); err != nil {
		t.Fatal(err)
	}
	_ = server.ReloadCertificate()
	if shown(t, address) != first {
		t.Fatal("no certificate without its file")
	}
	newPair(t).install(t, config.TLS)
	if err := server.ReloadCertificate(); err != nil || shown(t, address) == first { // whoever looked first
		t.Errorf("the new pair is not in use: %v", err)
	}
}

func waitFor(t *testing.T, what string, come func() bool) {
	t.Helper()
	for range 600 {
		if come() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not come", what)
}
