package doctor

// What carries the requests: addresses, certificates, clocks, caches.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// dayLong is how long a document may be kept.
	dayLong = 24 * time.Hour
	// renewal is how early automatic renewal would have happened: it renews a month
	// before the end.
	renewal = 14 * 24 * time.Hour
	// skew is more than the leeway that verifiers of tokens commonly give.
	skew = time.Minute
)

// unreachable records why there is no answer, with a code of its own where the cause
// is known.
func (e *examination) unreachable(code Code, r response) {
	if !e.examineConnection(r) {
		e.find(code, r.URL, "%s", r.says())
	}
}

// examineConnection names the cause of a connection that failed. It is false if the
// cause has no code.
func (e *examination) examineConnection(r response) bool {
	code := connectionCode(r.Err)
	if code == "" {
		return false
	}
	e.find(code, r.URL, "%s", r.says())
	return true
}

func connectionCode(err error) Code {
	var timeout interface{ Timeout() bool }
	switch {
	case isType[x509.CertificateInvalidError](err):
		if invalid, _ := errors.AsType[x509.CertificateInvalidError](err); invalid.Reason == x509.Expired {
			return "D601"
		}
		return "D602"
	case isType[x509.UnknownAuthorityError](err):
		return "D602"
	case isType[x509.HostnameError](err):
		return "D603"
	case err != nil && strings.Contains(err.Error(), "protocol version"):
		return "D605" // crypto/tls has no type for it
	case isType[tls.RecordHeaderError](err) || err != nil && notHTTP.MatchString(err.Error()):
		return "D612"
	case errors.Is(err, errClear):
		return "D607"
	case errors.Is(err, errPrivate):
		return "D609"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "D610"
	}
	return ""
}

// notHTTP are errors of net/http that have no types.
var notHTTP = regexp.MustCompile(`^(http: server gave HTTP response to HTTPS client|(net/http: )?HTTP/1\.x transport connection broken: |malformed HTTP )`)

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// sawConnection looks at the certificate and the clock of each origin once.
func (e *examination) sawConnection(r response) {
	u, err := url.Parse(r.URL)
	if err != nil || r.Err != nil || e.seen[u.Host] {
		return
	}
	e.seen[u.Host] = true
	at := u.Scheme + "://" + u.Host
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		ends := r.TLS.PeerCertificates[0].NotAfter
		e.check("D604", at, ends.Sub(e.options.Now()) >= renewal, "it ends on %s", ends.UTC().Format(time.DateOnly))
	}
	e.examineClock(r, at)
}

// examineClock reads Date. An answer from a cache carries the time at which it was made.
func (e *examination) examineClock(r response, at string) {
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil || r.Header.Get("Age") != "" {
		return
	}
	off := date.Sub(r.Time).Round(time.Second)
	e.check("D606", at, off.Abs() <= skew, "it is off by %s", off)
}

// examineCaching bounds how long a change of a document stays unnoticed.
func (e *examination) examineCaching(r response, most time.Duration) {
	for directive := range strings.SplitSeq(strings.Join(r.Header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		seconds, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 64)
		if strings.EqualFold(name, "max-age") && err == nil && seconds > int64(most/time.Second) {
			e.find("D611", r.URL, "max-age is %d seconds", seconds)
		}
	}
}

// examineClear asks the http port of an https server for the same, without anything
// that could be lost.
func (e *examination) examineClear(ctx context.Context, target *url.URL) {
	if target.Scheme != "https" || target.Port() != "" && target.Port() != "443" || e.probe.local {
		return
	}
	plain := "http://" + target.Hostname() + target.EscapedPath()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, plain, http.NoBody)
	if err != nil || e.probe.sent >= MaxRequests {
		return
	}
	e.probe.sent++
	r := e.probe.exchange(req, response{URL: plain})
	if r.Err == nil && !r.redirected() && r.Status != http.StatusForbidden && r.Status != http.StatusNotFound && r.Status < 500 {
		e.find("D608", plain, "it answers %s", r.says())
	}
}
