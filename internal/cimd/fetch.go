package cimd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/symbolon-auth/symbolon/internal/egress"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Bounds of one fetch.
const (
	// DefaultTimeout is for everything: name, connection, TLS and the whole body.
	DefaultTimeout = 5 * time.Second
	userAgent      = "Symbolon (OAuth client metadata)"
)

// fetcher gets JSON documents from URLs that strangers name.
type fetcher struct {
	timeout  time.Duration
	slots    *slots
	public   *http.Transport
	loopback *http.Transport // nil: not allowed
}

func newFetcher(o Options) *fetcher {
	f := &fetcher{timeout: o.Timeout, slots: newSlots(), public: egress.Transport(egress.Public(o.Ports, o.allowed...), o.RootCAs, o.Resolver)}
	if o.AllowLoopback {
		f.loopback = egress.Transport(egress.Loopback, o.RootCAs, o.Resolver)
	}
	return f
}

// A failure is why there is no document, in words of ours.
type failure struct {
	what string
	// gone: the publisher answered that there is none. Otherwise it could not be
	// asked, which says nothing about the document.
	gone bool
}

func (f *failure) Error() string { return f.what }

func outage(what string) error { return &failure{what: what} }
func gone(what string) error   { return &failure{what: what, gone: true} }

// isOutage reports whether err leaves open what the document says.
func isOutage(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && !f.gone
}

// An answer is a JSON body with the header fields that say how long it is good.
type answer struct {
	body   []byte
	header http.Header
}

// get fetches rawURL, which obeys [oauth.ParseClientIDURL]. An answer is one with
// status 200, a JSON media type, no content coding and at most limit bytes.
func (f *fetcher) get(ctx context.Context, rawURL string, limit int) (answer, error) {
	id, err := oauth.ParseClientIDURL(rawURL)
	if err != nil {
		return answer{}, gone("the URL is malformed")
	}
	transport := f.public
	if id.Loopback {
		if transport = f.loopback; transport == nil {
			return answer{}, outage(egress.ErrBlocked.Error())
		}
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	ctx, release, err := f.slots.acquire(ctx, id.Host)
	if err != nil {
		return answer{}, outage(tooMany)
	}
	defer release()
	got, err := f.fetch(ctx, transport, rawURL, limit)
	if err != nil && errors.Is(context.Cause(ctx), errGaveWay) {
		return answer{}, outage(tooMany)
	}
	return got, err
}

const tooMany = "too many fetches are under way"

func (f *fetcher) fetch(ctx context.Context, transport *http.Transport, rawURL string, limit int) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return answer{}, gone("the URL is malformed")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", userAgent)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return answer{}, classify(err)
	}
	defer func() { _ = resp.Body.Close() }() // read only: nothing is lost
	return read(resp, limit)
}

// classify keeps of an error what kind it is. Its text could quote certificates
// and header lines of the remote host.
func classify(err error) error {
	if errors.Is(err, egress.ErrBlocked) {
		return outage(egress.ErrBlocked.Error())
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return outage("the host did not answer in time")
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return outage("the name of the host does not resolve")
	}
	if isTLS(err) {
		return outage("TLS 1.2 or newer with a valid certificate for the host could not be established")
	}
	return outage("the connection failed, or the answer was not HTTP")
}

func isTLS(err error) bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	alert, ok := errors.AsType[*net.OpError](err) // crypto/tls reports alerts so
	return certificate || record || ok && strings.HasSuffix(alert.Op, " error")
}

func read(resp *http.Response, limit int) (answer, error) {
	switch {
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone:
		return answer{}, gone(fmt.Sprintf("the host answered with status %d", resp.StatusCode))
	case resp.StatusCode != http.StatusOK:
		return answer{}, outage(fmt.Sprintf("the host answered with status %d, not 200", resp.StatusCode))
	case !isJSON(resp.Header):
		return answer{}, gone("the answer is not application/json, or it is compressed")
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	switch {
	case len(body) > limit:
		return answer{}, gone(fmt.Sprintf("the answer is larger than %d KB", limit>>10))
	case err != nil:
		return answer{}, outage("the answer broke off or took too long")
	}
	return answer{body: body, header: resp.Header}, nil
}

// isJSON asks for application/json or application/…+json, each as it is.
func isJSON(h http.Header) bool {
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return false
	}
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (media == "application/json" ||
		strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))
}
