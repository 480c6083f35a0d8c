package limit

import (
	"crypto/sha256"
	"time"
)

// Failures remembers who presented wrong secrets for whom. A pair of source and
// client may fail as often as the rate says; then the source must wait before it
// is told again that a secret is wrong. Other sources and the source's other
// clients are not concerned, and neither is the right secret.
type Failures struct{ pairs *table }

// NewFailures makes Failures that remember about as many pairs as a [Class] does
// sources.
func NewFailures(r Rate) *Failures { return &Failures{newTable(r, defaultSources)} }

// Wait is how long source must wait before another wrong secret for the client is
// answered; 0 if it need not.
func (f *Failures) Wait(source, client string, now time.Time) time.Duration {
	bucket := f.pairs.find(pair(source, client))
	if bucket == nil {
		return 0
	}
	return until(bucket, 1, now)
}

// Failed takes a wrong secret into account.
func (f *Failures) Failed(source, client string, now time.Time) {
	f.pairs.get(pair(source, client)).AllowN(now, 1)
}

// pair is of one size, however long a client id is. No source has a NUL in it.
func pair(source, client string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + client))
	return string(sum[:16])
}
