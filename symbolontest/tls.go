package symbolontest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon"
)

// TLS makes a server speak https under a certificate for 127.0.0.1 that only the
// test trusts:
//
//	symbolontest.StartServer(t, symbolontest.TLS(t))
func TLS(t testing.TB) func(*symbolon.Config) {
	t.Helper()
	dir := t.TempDir()
	files := symbolon.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	if err := writeCertificate(files); err != nil {
		t.Fatal(err)
	}
	return func(c *symbolon.Config) {
		c.BaseURL = strings.Replace(c.BaseURL, "http://", "https://", 1)
		c.TLS = files
	}
}

func writeCertificate(files symbolon.TLS) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:     []string{"localhost"},
		IsCA:         true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(files.CertFile, "CERTIFICATE", certificate); err != nil {
		return err
	}
	return writePEM(files.KeyFile, "PRIVATE KEY", private)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// newHTTPClient follows no redirects and trusts the certificate in certFile, if any.
func newHTTPClient(t testing.TB, certFile string) *http.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	if certFile != "" {
		text, err := os.ReadFile(certFile)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(text)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: stayHere}
}

func stayHere(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
