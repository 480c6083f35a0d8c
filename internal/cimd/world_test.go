package cimd_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/symbolon-auth/symbolon/internal/cimd"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// A world is a publisher's HTTPS server at 127.0.0.1, which the Source under test
// takes for the internet, a name server, and a clock. Everything else is as in
// production: real sockets, real TLS, the real guard.
type world struct {
	*testing.T
	Source  *cimd.Source
	options cimd.Options
	Log     *logBuffer
	port    string
	hits    atomic.Int32 // requests that reached the publisher
	conns   atomic.Int32
	serve   atomic.Pointer[http.HandlerFunc]

	mu    sync.Mutex
	now   time.Time
	names func(name string, query int) []string // addresses, or one "→name" alias
	asked map[string]int
}

const host = "client.example"

func newWorld(t *testing.T, change ...func(*cimd.Options)) *world {
	w := &world{T: t, Log: new(logBuffer), now: time.Unix(1_900_000_000, 0), asked: map[string]int{}}
	w.Resolve(func(string, int) []string { return []string{"127.0.0.1"} })
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.hits.Add(1)
		(*w.serve.Load())(rw, r)
	}))
	server.Config.ErrorLog = log.New(new(logBuffer), "", 0)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			w.conns.Add(1)
		}
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(time.Hour, host, "*.example")}}
	server.StartTLS()
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.port = u.Port()
	w.Serve(http.NotFound)
	w.options = cimd.Options{
		BaseURL: "https://auth.example", Ports: []uint16{w.Port()}, RootCAs: roots(), Resolver: w.resolver(),
		Log: slog.New(slog.NewTextHandler(w.Log, nil)), Now: w.Now,
	}.Reach(netip.MustParsePrefix("127.0.0.1/32"))
	for _, f := range change {
		f(&w.options)
	}
	w.reopen(t, w.options.Pinned)
	return w
}

// reopen makes a new Source, which remembers nothing.
func (w *world) reopen(t *testing.T, pinned fs.FS) {
	t.Helper()
	w.options.Pinned = pinned
	var err error
	if w.Source, err = cimd.New(w.options); err != nil {
		t.Fatal(err)
	}
}

// URL is a client id on the publisher's server.
func (w *world) URL(path string) string { return w.At(host, path) }

func (w *world) At(name, path string) string { return "https://" + name + ":" + w.port + path }

func (w *world) Port() uint16 {
	n, err := strconv.ParseUint(w.port, 10, 16)
	if err != nil {
		w.Fatal(err)
	}
	return uint16(n)
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) Serve(h http.HandlerFunc) { w.serve.Store(&h) }

// Publish serves documents and key sets by path as application/json.
func (w *world) Publish(byPath map[string]string, header ...string) {
	w.Serve(func(rw http.ResponseWriter, r *http.Request) {
		body, ok := byPath[r.URL.Path]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			rw.Header().Set(header[i], header[i+1])
		}
		_, _ = rw.Write([]byte(body))
	})
}

// Status answers everything with a status.
func (w *world) Status(code int) {
	w.Serve(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(code) })
}

// Hits are the requests since the last call.
func (w *world) Hits() int { return int(w.hits.Swap(0)) }

// document is a good one, with more members.
func document(id string, more ...string) string {
	members := []string{fmt.Sprintf(`"client_id":%q,"client_name":"Example","redirect_uris":["https://app.example/callback"]`, id)}
	return "{" + strings.Join(append(members, more...), ",") + "}"
}

func (w *world) Good(id string) oauth.Client {
	w.Helper()
	client, err := w.Source.Client(w.Context(), id)
	if err != nil {
		w.Fatalf("%s: %v", id, err)
	}
	if client.ID != id || client.Kind != oauth.MetadataDocument {
		w.Fatalf("client = %+v", client)
	}
	return client
}

func (w *world) Refused(id, reason string) *oauth.Error {
	w.Helper()
	client, err := w.Source.Client(w.Context(), id)
	refusal, ok := errors.AsType[*oauth.Error](err)
	if !ok || client.ID != "" {
		w.Fatalf("%s: %+v, %v", id, client, err)
	}
	if refusal.Reason != reason || refusal.Code != oauth.InvalidClient {
		w.Fatalf("%s: %s %s (%v), want %s", id, refusal.Code, refusal.Reason, refusal, reason)
	}
	return refusal
}

// Resolve sets what names resolve to; query counts from 0 for each name.
func (w *world) Resolve(names func(name string, query int) []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names = names
}

// resolver asks the world's own name server, as any resolver would: by UDP.
func (w *world) resolver() *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = conn.Close() })
	go w.answerNames(conn)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (w *world) answerNames(conn net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		var query dnsmessage.Message
		if query.Unpack(buffer[:n]) != nil || len(query.Questions) != 1 {
			continue
		}
		if packed, err := w.answerName(query); err == nil {
			_, _ = conn.WriteTo(packed, from)
		}
	}
}

func (w *world) answerName(query dnsmessage.Message) ([]byte, error) {
	question := query.Questions[0]
	w.mu.Lock()
	name := strings.TrimSuffix(question.Name.String(), ".")
	count := name + question.Type.String()
	addresses := w.names(name, w.asked[count])
	w.asked[count]++
	w.mu.Unlock()
	header := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 0}
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: query.ID, Response: true, RecursionAvailable: true},
		Questions: query.Questions,
	}
	for _, address := range addresses {
		if alias, ok := strings.CutPrefix(address, "→"); ok {
			target := dnsmessage.MustNewName(alias + ".")
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.CNAMEResource{CNAME: target}})
			header.Name = target
			continue
		}
		switch ip := netip.MustParseAddr(address); {
		case ip.Is4() && question.Type == dnsmessage.TypeA:
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: ip.As4()}})
		case ip.Is6() && question.Type == dnsmessage.TypeAAAA:
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	return reply.Pack()
}

// trap listens where nobody may connect and counts who does.
func trap(t *testing.T, address string) *atomic.Int32 {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("cannot listen on %s: %v", address, err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	accepts := new(atomic.Int32)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepts.Add(1)
			_ = conn.Close()
		}
	}()
	return accepts
}

var authority = sync.OnceValue(func() *tls.Certificate { return issue(nil, time.Hour) })

func roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(authority().Leaf)
	return pool
}

// certificate is one of the world's authority; a negative lifetime has expired.
func certificate(lifetime time.Duration, names ...string) tls.Certificate {
	return *issue(authority(), lifetime, names...)
}

func issue(parent *tls.Certificate, lifetime time.Duration, names ...string) *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "REMOTE-SECRET"}, DNSNames: names,
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(lifetime),
		IsCA: parent == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	signer, by := any(key), template
	if parent != nil {
		signer, by = parent.PrivateKey, parent.Leaf
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, key.Public(), signer)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func slogDiscard() *log.Logger { return log.New(new(logBuffer), "", 0) }
