package attempt

// The registry of reasons: every refusal of the whole flow, by its stable code.
// The texts are in the reasons_*.go files, one a step.

import "slices"

// A Reason explains one refusal to the engineer who has to end it.
type Reason struct {
	// Code is stable: scripts, dashboards and bug reports may depend on it.
	Code string
	// Step is where it happens, one of the Step constants; "" means anywhere.
	Step string
	// What is one sentence that says what happened.
	What string
	// Remedy names what to change: the setting, the header, the endpoint.
	Remedy string
	// OAuth is the error code that the client or the browser is given; "" where
	// the answer is not an OAuth one (user details, the consent form).
	OAuth string
}

// The steps of a login attempt, as they stand in an event.
const (
	StepAuthorize     = "authorize"      // the client's authorization request
	StepLoginRedirect = "login_redirect" // the browser is sent to the company's login
	StepUserDetails   = "user_details"   // the company's backend posts the user
	StepCallback      = "callback"       // the browser comes back
	StepConsent       = "consent"        // the consent page is shown
	StepDecision      = "decision"       // the user allows, denies or switches account
	StepToken         = "token"          // the code is redeemed
	StepRefresh       = "refresh"        // the refresh token is used
	StepRevoke        = "revoke"         // the grant is ended
	StepRegister      = "register"       // a client registers itself
	StepMachineToken  = "machine_token"  // a backend asks for the token of its calls
)

// Lookup explains a reason code. Every code that Symbolon records is known.
func Lookup(code string) (Reason, bool) {
	r, ok := byCode[code]
	return r, ok
}

// All returns every reason, in the order of the flow.
func All() []Reason { return slices.Clone(registry) }

var registry = slices.Concat(
	authorizeReasons, userDetailsReasons, callbackReasons, consentReasons,
	tokenReasons, registerReasons, generalReasons,
)

var byCode = index(registry)

func index(reasons []Reason) map[string]Reason {
	m := make(map[string]Reason, len(reasons))
	for _, r := range reasons {
		m[r.Code] = r
	}
	return m
}
