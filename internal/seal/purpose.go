// What values are sealed for. The names are part of every derived key: renaming
// one makes all values of that purpose unreadable.

package seal

// Purpose says what a sealed value is good for. Only this package makes one; the
// zero Purpose is refused with a panic, since it can only be a mistake in code.
type Purpose struct{ name string }

// Purposes of values that travel through the browser.
var (
	// PurposeFlowLogin is the flow cookie between authorize and the callback.
	PurposeFlowLogin = Purpose{"flow-login"}
	// PurposeFlowConsent is the flow cookie between the callback and the decision.
	PurposeFlowConsent = Purpose{"flow-consent"}
	// PurposeFlowDone is the flow cookie once the decision was made.
	PurposeFlowDone = Purpose{"flow-done"}
	// PurposeConsentForm is the anti-forgery value in the consent form.
	PurposeConsentForm = Purpose{"consent-form"}
	// PurposeErrorID is the id that an error page shows; see [ErrorIDs].
	PurposeErrorID = Purpose{"error-id"}
)

// Purposes of what belongs to one login; see [Logins].
var (
	PurposeLoginRequest = Purpose{"login-request"}
	PurposeState        = Purpose{"state"}
	PurposeLoginTime    = Purpose{"login-time"}
	PurposeVerifier     = Purpose{"login-verifier"}
	PurposeAttempt      = Purpose{"attempt-id"}
	PurposeFlowID       = Purpose{"flow-id"}
)

// Purposes of what a client holds; see [Codes], [Refresh] and [Key].
var (
	PurposeCode         = Purpose{"authorization-code"}
	PurposeRefresh      = Purpose{"refresh-token"}
	PurposeClientID     = Purpose{"dynamic-client-id"}
	PurposeClientSecret = Purpose{"dynamic-client-secret"}
)

// Purposes of what the database holds.
var (
	// PurposeSigningKey hides the private keys that sign tokens.
	PurposeSigningKey = Purpose{"signing-key"}
	// PurposeRegistrationKey hides the keys of dynamic registration; see [Key].
	PurposeRegistrationKey = Purpose{"registration-key"}
	// PurposeFingerprint names a secret; see [Ring.Fingerprints].
	PurposeFingerprint = Purpose{"fingerprint"}
	// PurposeKeyCheck is a known value that shows at start-up whether ring and
	// database belong together.
	PurposeKeyCheck = Purpose{"key-check"}
)

// Purposes of lists and of people who sign in to Symbolon itself.
var (
	// PurposePageToken is the position in a paged list.
	PurposePageToken = Purpose{"page-token"}
	// PurposeSession is the dashboard's session.
	PurposeSession = Purpose{"session"}
	// PurposePortal is a link to a user's own list of grants.
	PurposePortal = Purpose{"portal-link"}
	// PurposeErasedUser is the digest by which the audit log knows an erased user.
	PurposeErasedUser = Purpose{"erased-user"}
)
