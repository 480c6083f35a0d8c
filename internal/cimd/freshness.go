package cimd

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How long a document may be used without asking again, whatever its host says:
// a login of several steps must not fetch at each, and a withdrawal must be
// noticed within a day.
const (
	minFresh     = time.Minute
	maxFresh     = 24 * time.Hour
	defaultFresh = 15 * time.Minute
)

// freshness reads RFC 9111 §4.2. It counts max-age, not s-maxage: publishers mean
// their content delivery network by that. mayKeep is false for no-store: the
// document is then not kept for outages either. must-revalidate is not obeyed in
// that respect: static hosts send it by default, and nobody who publishes a
// client wants its logins to fail with their web server.
func freshness(h http.Header) (fresh time.Duration, mayKeep bool) {
	fresh = defaultFresh
	if expires, err := http.ParseTime(h.Get("Expires")); err == nil {
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			fresh = expires.Sub(date)
		}
	}
	mayKeep = true
	noCache := false
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store":
			mayKeep, noCache = false, true
		case "no-cache":
			noCache = true
		case "max-age":
			fresh = seconds(strings.Trim(value, `"`))
		}
	}
	if noCache {
		return minFresh, mayKeep
	}
	fresh -= seconds(h.Get("Age"))
	return min(max(fresh, minFresh), maxFresh), mayKeep
}

// seconds reads delta-seconds (RFC 9111 §1.2.2); what is malformed is stale.
func seconds(s string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}
