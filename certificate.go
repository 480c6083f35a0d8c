package symbolon

// The server's own certificate, which is renewed while the server runs.

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificateEvery is how often the files are looked at. They are small, and read
// whole: a time of change says little where a link is switched to another directory.
const certificateEvery = 2 * time.Second

// certificate is the pair in the files, as it was when both last belonged together.
type certificate struct {
	files   TLS
	current atomic.Pointer[tls.Certificate]

	mu   sync.Mutex // held while the files are read
	seen []byte     // what the files held then, good or not; guarded by mu
}

// reload reads the files, and reports whether there is another pair. A pair that is
// broken, or half written, is an error once; the one before stays in use.
func (c *certificate) reload() (changed bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cert, err := os.ReadFile(c.files.CertFile)
	if err != nil {
		return false, c.once(err)
	}
	key, err := os.ReadFile(c.files.KeyFile)
	if err != nil {
		return false, c.once(err)
	}
	both := bytes.Join([][]byte{cert, key}, []byte{0})
	if bytes.Equal(both, c.seen) {
		return false, nil
	}
	c.seen = both
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false, fmt.Errorf("tls: %s and %s are not a certificate and its key: %w", c.files.CertFile, c.files.KeyFile, err)
	}
	c.current.Store(&pair)
	return true, nil
}

// once returns an error of reading the files, unless it was the last one returned.
func (c *certificate) once(err error) error {
	if said := []byte(err.Error()); !bytes.Equal(said, c.seen) {
		c.seen = said
		return fmt.Errorf("tls: %w", err)
	}
	return nil
}

// get is for [tls.Config].
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}

// notAfter is when the certificate expires; false if there is none.
func (c *certificate) notAfter() (at time.Time, ok bool) {
	if c == nil || c.current.Load() == nil {
		return time.Time{}, false
	}
	return c.current.Load().Leaf.NotAfter, true
}

// readCertificate gets the first pair, which must be a good one.
func (s *Server) readCertificate() error {
	if s.config.TLS.CertFile == "" {
		return nil
	}
	s.certificate = &certificate{files: s.config.TLS}
	_, err := s.certificate.reload()
	return err
}

// ReloadCertificate reads the files of [TLS] now, rather than within two seconds. If
// they do not belong together, the server goes on with the certificate that it has.
// Without TLS it does nothing.
func (s *Server) ReloadCertificate() error {
	if s.certificate == nil {
		return nil
	}
	changed, err := s.certificate.reload()
	switch {
	case err != nil:
		s.log.Error("the new certificate cannot be used; the server goes on with the one before", "cause", err)
	case changed:
		until, _ := s.certificate.notAfter()
		s.log.Info("the server uses another certificate from now on", "expires", until)
	}
	return err
}

// renewCertificate looks at the files until ctx ends.
func (s *Server) renewCertificate(ctx context.Context) {
	ticker := time.NewTicker(certificateEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = s.ReloadCertificate() // it has logged what is wrong
		}
	}
}
