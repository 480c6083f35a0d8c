// The ids that error pages show.

package seal

import (
	"strings"
	"time"
)

const errorPrefix = "err_"

// MaxErrorID is the length of the longest error id that is opened, in
// characters. It is more than other ids have: the report is inside.
const MaxErrorID = 256

// ErrorIDs makes and opens error ids. An error id is the whole report, hidden:
// showing an error to a stranger stores nothing, and any node can read it back.
type ErrorIDs struct{ box *Box }

// NewErrorIDs derives the keys of the ring's secrets.
func NewErrorIDs(r *Ring) *ErrorIDs { return &ErrorIDs{r.Box(PurposeErrorID)} }

// Seal is the error id of an attempt (empty if there is none) that was refused
// for this reason code at this time, kept to the millisecond.
func (e *ErrorIDs) Seal(attemptID, reason string, at time.Time) string {
	report := appendTime(nil, at)
	report = append(report, attemptID...)
	report = append(report, ' ')
	return errorPrefix + e.box.Seal(append(report, reason...))
}

// Open gives back what [ErrorIDs.Seal] was given, the time in UTC; whether it is
// too old is for the caller to say. Any failure is [ErrNotOurs].
func (e *ErrorIDs) Open(id string) (attemptID, reason string, at time.Time, err error) {
	sealed, ok := strings.CutPrefix(id, errorPrefix)
	if !ok || len(id) > MaxErrorID {
		return "", "", time.Time{}, ErrNotOurs
	}
	report, err := e.box.Open(sealed)
	if err != nil || len(report) < timeSize {
		return "", "", time.Time{}, ErrNotOurs
	}
	attemptID, reason, _ = strings.Cut(string(report[timeSize:]), " ")
	return attemptID, reason, parseTime(report), nil
}
