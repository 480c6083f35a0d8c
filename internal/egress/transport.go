package egress

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
)

const maxHeader = 32 << 10

// Transport makes a client of single connections: each request resolves, checks and
// dials anew. Use it directly, not below [http.Client]: then nothing follows redirects
// or keeps cookies. A proxy from the environment is not used, since it would dial where
// this process may not look. roots and resolver may be nil, which means the system's.
func Transport(check Control, roots *x509.CertPool, resolver *net.Resolver) *http.Transport {
	dialer := &net.Dialer{Control: check, Resolver: resolver}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		Protocols:              protocols,
	}
}
