package cimd

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// DefaultStaleIfError is how long an outage of a document's host is bridged.
const DefaultStaleIfError = 24 * time.Hour

// Options of a Source; BaseURL is required.
type Options struct {
	// BaseURL is this server's: a client_id on its host is refused, since fetching
	// it would call ourselves.
	BaseURL string
	// AllowLoopback also admits documents on localhost, 127.0.0.1 and [::1], by
	// https or http and on any port. For development: everybody who can reach this
	// server can then make it call services of its own machine.
	AllowLoopback bool
	// Ports of public hosts; empty: 443 alone.
	Ports []uint16
	// Pinned has documents (*.json in its root) that stand in for hosts that
	// cannot be reached from here. They replace built-in ones of the same client_id.
	Pinned fs.FS
	// StaleIfError is how long after its freshness ended a document is used
	// while its host is out; 0: 24 hours, negative: not at all.
	StaleIfError time.Duration
	Timeout      time.Duration  // of one lookup; 0: [DefaultTimeout]
	RootCAs      *x509.CertPool // nil: the system's
	Resolver     *net.Resolver  // nil: the system's
	Log          *slog.Logger   // nil: none
	Now          func() time.Time

	allowed []netip.Prefix // addresses that tests listen on
}

// A Source finds the clients that metadata documents describe. It is safe for
// concurrent use.
type Source struct {
	o       Options
	self    oauth.ClientIDURL
	port    string // of self
	fetcher *fetcher
	pinned  map[string]oauth.Client

	documents cache[entry]
	lookups   flight[oauth.Client]
	keySets   cache[keySet]
	refetches flight[keySet]

	mu        sync.Mutex
	withdrawn map[string]bool // pinned ids whose publisher took the document away
}

// New reads the pinned documents and makes a Source.
func New(o Options) (*Source, error) {
	o.complete()
	s := &Source{o: o, fetcher: newFetcher(o), withdrawn: map[string]bool{}}
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" {
		return nil, errors.New("cimd: the base URL is required")
	}
	if s.self, err = oauth.ParseClientIDURL(base.Scheme + "://" + base.Host + "/"); err != nil {
		return nil, fmt.Errorf("cimd: the base URL %s: %w", o.BaseURL, err)
	}
	s.port = portOf(base)
	if s.pinned, err = readPinned(o.Pinned); err != nil {
		return nil, err
	}
	if o.AllowLoopback {
		o.Log.Warn("client metadata documents on loopback addresses are allowed (cimd.allow_loopback): for development only")
	}
	return s, nil
}

func (o *Options) complete() {
	if len(o.Ports) == 0 {
		// Whatever else listens on a public host is no business of ours.
		o.Ports = []uint16{443}
	}
	if o.StaleIfError == 0 {
		o.StaleIfError = DefaultStaleIfError
	}
	o.StaleIfError = max(o.StaleIfError, 0)
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Client returns the client that the document at clientID describes. The error is
// an [*oauth.Error] with one of the reasons client_id_url_invalid,
// client_document_unreachable, client_document_invalid and
// client_document_withdrawn.
func (s *Source) Client(ctx context.Context, clientID string) (oauth.Client, error) {
	if what := s.Forbids(clientID); what != "" {
		return oauth.Client{}, errURL("The client_id " + what + ".")
	}
	if e, ok := s.documents.get(clientID); ok && s.o.Now().Before(e.checkAt) {
		return e.client, nil
	}
	client, err := s.lookups.do(ctx, clientID, func(ctx context.Context) (oauth.Client, error) {
		return s.refresh(ctx, clientID)
	})
	if err == nil {
		return client, nil
	}
	if refusal, ok := errors.AsType[*oauth.Error](err); ok {
		return oauth.Client{}, refusal
	}
	return oauth.Client{}, errUnreachable(err)
}

// Forbids says why rawURL must not be fetched, as the rest of a sentence; "" if it
// may be. It looks at the text only.
func (s *Source) Forbids(rawURL string) string {
	id, err := oauth.ParseClientIDURL(rawURL)
	if err != nil {
		return "is not an https URL with a path, without user name, fragment, dot segments and characters that must be percent-encoded"
	}
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return "is malformed"
	case s.isSelf(id, u):
		return "is on this server itself"
	case id.Loopback && !s.o.AllowLoopback:
		return "is on a loopback address, which a server reads only in development (cimd.allow_loopback)"
	case !id.Loopback && !slices.Contains(s.portNames(), portOf(u)):
		return "has a port that is not allowed; use 443"
	}
	return ""
}

// isSelf compares hosts. On a loopback address, where many servers share one host
// under three names, the port tells.
func (s *Source) isSelf(id oauth.ClientIDURL, u *url.URL) bool {
	if s.self.Loopback && id.Loopback {
		return portOf(u) == s.port
	}
	return id.Host == s.self.Host
}

func (s *Source) portNames() []string {
	names := make([]string, len(s.o.Ports))
	for i, port := range s.o.Ports {
		names[i] = strconv.Itoa(int(port))
	}
	return names
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}
