package deploy

// The proxies of deploy/, each in front of a server of its own.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/e2e/durability/campaign"
)

// proxied is a server behind a proxy, which speaks TLS.
type proxied struct {
	*campaign.Node
	base    string // https://localhost:…
	address string // of the proxy
	roots   *x509.CertPool
	cert    string // PEM file
	log     *output
	dir     string
}

// proxies start, for a server, the proxy whose file is shipped. Only addresses, names and
// certificates are replaced.
var proxies = map[string]func(t *testing.T, p *proxied, certificate, key string) *exec.Cmd{
	"nginx": startNginx, "Caddy": startCaddy, "HAProxy": startHAProxy,
}

// eachProxy runs a test behind each of the proxies.
func eachProxy(t *testing.T, more map[string]any, test func(t *testing.T, p *proxied)) {
	t.Parallel()
	for name, start := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, behind(t, start, more))
		})
	}
}

func behind(t *testing.T, start func(*testing.T, *proxied, string, string) *exec.Cmd, more map[string]any) *proxied {
	t.Helper()
	p := &proxied{address: campaign.FreeAddress(t), log: &output{}, dir: t.TempDir()}
	_, port, err := net.SplitHostPort(p.address)
	if err != nil {
		t.Fatal(err)
	}
	p.base = "https://localhost:" + port
	settings := map[string]any{"trusted_proxies": []string{"127.0.0.1"}}
	maps.Copy(settings, more)
	p.Node = campaign.NewNode(t, campaign.Settings{BaseURL: p.base, More: settings})
	p.Up(t)
	certificate, key := p.certify(t)
	cmd := start(t, p, certificate, key)
	cmd.Stdout, cmd.Stderr = p.log, p.log
	run(t, cmd)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the proxy said:\n%.4000s", p.logged(t))
		}
	})
	p.await(t)
	return p
}

// run starts a program and ends it with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: run e2e/deploy/setup", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		stuck := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer stuck.Stop()
		_ = cmd.Wait() // how a stopped program ends says nothing
	})
}

func startNginx(t *testing.T, p *proxied, certificate, key string) *exec.Cmd {
	common := write(t, filepath.Join(p.dir, "symbolon-proxy.conf"), read(t, "nginx-proxy.conf"))
	site := write(t, filepath.Join(p.dir, "symbolon.conf"), with(t, read(t, "nginx.conf"),
		"127.0.0.1:3010", p.Address, "listen 443 ", "listen "+p.address+" ", "listen [::]:443 ssl http2;", "",
		"auth.example.com;", "localhost;", "/etc/nginx/symbolon-proxy.conf", common,
		"/etc/ssl/auth.example.com.pem", certificate, "/etc/ssl/auth.example.com.key", key, "/var/log/nginx/", p.dir+"/"))
	main := write(t, filepath.Join(p.dir, "nginx.conf"), fmt.Sprintf(`
		daemon off; master_process off; pid %[1]s/nginx.pid; error_log stderr;
		events { worker_connections 4096; }
		http {
			access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f;
			uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
			include %[2]s;
		}`, p.dir, site))
	return exec.Command(program("nginx"), "-c", main, "-e", "stderr")
}

func startCaddy(t *testing.T, p *proxied, certificate, key string) *exec.Cmd {
	file := write(t, filepath.Join(p.dir, "Caddyfile"), with(t, read(t, "Caddyfile"),
		"127.0.0.1:3010", p.Address, "auth.example.com {", p.base+" {\n\tbind 127.0.0.1\n\ttls "+certificate+" "+key,
		"{\n\tlog default {", "{\n\tadmin off\n\tauto_https disable_redirects\n\tlog default {"))
	cmd := exec.Command(program("caddy"), "run", "--config", file, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+p.dir, "XDG_DATA_HOME="+p.dir, "XDG_CONFIG_HOME="+p.dir)
	return cmd
}

func startHAProxy(t *testing.T, p *proxied, certificate, key string) *exec.Cmd {
	both := filepath.Join(p.dir, "auth.pem")
	var text []byte
	for _, file := range []string{certificate, key} {
		part, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, part...)
	}
	write(t, both, string(text))
	cmd := exec.Command(program("haproxy"), "-db", "-f", shipped(t, "haproxy.cfg"))
	cmd.Env = append(os.Environ(), "SYMBOLON_BIND="+p.address+" ssl crt "+both+" alpn h2,http/1.1",
		"SYMBOLON_NODE_1="+p.Address, "SYMBOLON_NODE_2="+p.Address, "SYMBOLON_NODE_3="+p.Address)
	return cmd
}

// program finds what Debian does not put on everybody's PATH.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return "/usr/sbin/" + name
}

// certify writes a certificate for localhost that is its own root.
func (p *proxied) certify(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}))
	p.roots = x509.NewCertPool()
	p.roots.AppendCertsFromPEM([]byte(text))
	p.cert = write(t, filepath.Join(p.dir, "cert.pem"), text)
	return p.cert, write(t, filepath.Join(p.dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// await waits until the proxy passes requests on.
func (p *proxied) await(t *testing.T) {
	t.Helper()
	c := &http.Client{Transport: p.transport("", false), Timeout: time.Second}
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		resp, err := c.Get(p.base + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Since(begun) > campaign.Patience {
			t.Fatalf("the proxy does not come up: %v", err)
		}
	}
}

// transport reaches the proxy, from an address of this machine ("" is any), with HTTP/2
// or without.
func (p *proxied) transport(from string, h2 bool) *http.Transport {
	d := net.Dialer{Timeout: 5 * time.Second}
	if from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!h2)
	protocols.SetHTTP2(h2)
	return &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.roots}, Protocols: protocols,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, p.address)
		},
	}
}

// logged is everything that the proxy wrote, on its output or into its files.
func (p *proxied) logged(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString(p.log.String())
	files, err := filepath.Glob(filepath.Join(p.dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		more, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(string(more))
	}
	return text.String()
}

// output is what a program prints, read while it runs.
type output struct {
	mu  sync.Mutex
	buf strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
