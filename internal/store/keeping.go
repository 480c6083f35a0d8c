package store

import "time"

// What is kept, how long, and how much of it one answer holds.
const (
	// KeepLogins is how long a login row outlives its POST. User details are
	// erased earlier, at the decision.
	KeepLogins = 24 * time.Hour
	// KeepCodes is how long an authorization code's row outlives the code, so
	// that a late presenter is told "expired" and not "unknown".
	KeepCodes = 24 * time.Hour
	// KeepRevocations is longer than any access token lives (24 hours at most):
	// what it told nobody needs any more.
	KeepRevocations = 25 * time.Hour
	// MaxAttemptEvents is where AppendAttempt and repeated POSTs stop adding to
	// an attempt: whoever holds a login's state could otherwise grow it for ever.
	MaxAttemptEvents = 200

	// ReasonBurned and the other reasons are found in Grant.Revoked.
	ReasonBurned              = "login_burned"
	ReasonCodeReplayed        = "code_replayed"
	ReasonReplayed            = "refresh_token_replayed"
	ReasonAhead               = "refresh_token_ahead"
	ReasonClientBlocked       = "client_blocked"
	ReasonRefreshCheck        = "refresh_check_ended" // the company said so when it was asked
	ReasonRebased             = "base_url_changed"
	ReasonRegistrationRetired = "registration_key_retired"
	ReasonUserDisabled        = "user_disabled" // in Revocation alone: the grant stands

	defaultPage = 100
	maxPage     = 1000
)

// PageSize is the number of rows that a list answers with for a Limit.
func PageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, maxPage)
}
