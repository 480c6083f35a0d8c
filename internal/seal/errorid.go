// The ids that error pages show.

package seal

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"
)

const errorPrefix = "err_"

// An error id is tag ‖ hidden report, and the report attempt ‖ time ‖ reason: 42
// bytes or 56 characters, which somebody has to copy from a page.
const (
	errorAttemptSize = 16
	errorReasonSize  = 4
	errorReportSize  = errorAttemptSize + timeSize + errorReasonSize
	errorSize        = MinMACSize + errorReportSize
)

// ErrorIDs makes and opens error ids. An error id is the whole report, hidden:
// showing an error to a stranger stores nothing, and any node can read it back.
//
// It is deterministic authenticated encryption: the tag of the report is also the
// nonce of the stream that hides it (the construction of RFC 5297, with HMAC). The
// same report gives the same id, and no random needs room in it.
type ErrorIDs struct {
	keys    []*macKey
	reasons map[[errorReasonSize]byte]string
}

// NewErrorIDs derives the keys of the ring's secrets. reasons are all codes that an
// id can name; an id carries four bytes of a code's digest.
func NewErrorIDs(r *Ring, reasons []string) *ErrorIDs {
	e := &ErrorIDs{keys: r.MAC(PurposeErrorID).keys, reasons: map[[errorReasonSize]byte]string{}}
	for _, reason := range reasons {
		e.reasons[reasonDigest(reason)] = reason
	}
	return e
}

// Seal is the error id of an attempt (empty if there is none) that was refused
// for this reason code at this time, kept to the millisecond.
func (e *ErrorIDs) Seal(attemptID, reason string, at time.Time) string {
	report := make([]byte, errorAttemptSize, errorReportSize)
	if raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(attemptID, attemptPrefix)); err == nil {
		copy(report, raw)
	}
	digest := reasonDigest(reason)
	report = append(appendTime(report, at), digest[:]...)
	key := e.keys[0]
	tag := key.sum(report, "tag")[:MinMACSize]
	hideReport(key, tag, report)
	return errorPrefix + encode(append(tag, report...))
}

// Open gives back what [ErrorIDs.Seal] was given, the time in UTC; whether it is
// too old is for the caller to say. A reason that this build does not know is "".
// Any failure is [ErrNotOurs].
func (e *ErrorIDs) Open(id string) (attemptID, reason string, at time.Time, err error) {
	raw, err := decodePrefixed(id, errorPrefix, errorSize)
	if err != nil {
		return "", "", time.Time{}, err
	}
	for _, key := range e.keys {
		report := append([]byte(nil), raw[MinMACSize:]...)
		hideReport(key, raw[:MinMACSize], report)
		if subtle.ConstantTimeCompare(raw[:MinMACSize], key.sum(report, "tag")[:MinMACSize]) == 1 {
			attemptID, reason, at = e.read(report)
			return attemptID, reason, at, nil
		}
	}
	return "", "", time.Time{}, ErrNotOurs
}

func (e *ErrorIDs) read(report []byte) (attemptID, reason string, at time.Time) {
	if attempt := [errorAttemptSize]byte(report); attempt != [errorAttemptSize]byte{} {
		attemptID = attemptPrefix + encode(attempt[:])
	}
	digest := [errorReasonSize]byte(report[errorAttemptSize+timeSize:])
	return attemptID, e.reasons[digest], parseTime(report[errorAttemptSize:])
}

// hideReport hides or uncovers a report under the stream of its tag.
func hideReport(key *macKey, tag, report []byte) {
	subtle.XORBytes(report, report, key.sum(tag, "stream"))
}

func reasonDigest(reason string) [errorReasonSize]byte {
	sum := sha256.Sum256([]byte(reason))
	return [errorReasonSize]byte(sum[:])
}
