package attempt

// What the callback refuses when the browser comes back from the company's login.

const invalidState = "invalid_state"

var callbackReasons = []Reason{
	{
		"state_missing", StepCallback,
		"The browser came back without state.",
		"Redirect to the redirect_url of the user-details answer, or add the state query parameter of the login URL, unchanged, to the callback.",
		invalidState,
	},
	{
		"state_unknown", StepCallback,
		"The state was not issued by this deployment.",
		"Pass on the state query parameter of the login URL unchanged; it is not the login_request_id, and URL-encoding it twice breaks it.",
		invalidState,
	},
	{
		"state_expired", StepCallback,
		"The login is older than ten minutes.",
		"Start again from the client; keep the time between the login URL and the callback under ten minutes.",
		invalidState,
	},
	{
		"state_other_connection", StepCallback,
		"The state belongs to another connection than the one in the callback's path.",
		"Use the connection id that the login was started for, or redirect to the redirect_url of the user-details answer, which has it.",
		invalidState,
	},
	{
		"not_posted_yet", StepCallback,
		"The browser came back before the company's backend had posted the user.",
		"Wait for the answer of the user-details call, then redirect; reloading the page works once the user is posted.",
		invalidState,
	},
	{
		"verifier_missing", StepCallback,
		"The browser came back with state alone, and this connection requires the login_verifier as well.",
		"Two ways out. Redirect to the redirect_url of the user-details answer, or add its auth_request_id to the callback as login_verifier. " +
			"Or set `login_verifier: declared` on the connection: state alone is then accepted, which is open to session fixation, so ask “Continue as … to connect an MCP client?” before posting the user.",
		invalidState,
	},
	{
		"verifier_wrong", StepCallback,
		"The login_verifier is not the one of this login.",
		"Use the redirect_url or the auth_request_id of the answer to this login's own user-details call; do not cache either between logins.",
		invalidState,
	},
	{
		"cookie_missing", StepCallback,
		"The browser that came back does not have the cookie of the browser that started the login.",
		"Finish in the same browser and profile, at the same host as base_url (localhost is not 127.0.0.1); a proxy must pass Cookie and Set-Cookie, and an embedded web view must be replaced by the system browser.",
		invalidState,
	},
	{
		"cookie_other_flow", StepCallback,
		"The browser has cookies of other logins, but not of this one.",
		"Start again from the client; a browser keeps the ten newest logins, and a login link must not be opened in someone else's browser.",
		invalidState,
	},
	{
		"cookie_duplicated", StepCallback,
		"The browser sent two cookies of the same name, so another site on this domain may have planted one.",
		"Give Symbolon a host of its own, look for who sets cookies for the parent domain, clear the cookies of base_url, and start again.",
		invalidState,
	},
	{
		"cookie_invalid", "",
		"The cookie of this login cannot be opened: it was changed, or sealed under a secret that is gone.",
		"Start again from the client; after rotating the secret keep the old one in the second line of `secret_file` for a day.",
		invalidState,
	},
	{
		"login_burned_by_state_only", StepCallback,
		"A browser that did not start this login came back with state alone, so the login and whatever grew from it was ended.",
		"Treat it as an attempted account takeover until explained. Redirect to the redirect_url of the user-details answer: then the verifier tells the two browsers apart.",
		invalidState,
	},
	{
		"login_failed_posted", StepCallback,
		"The company's backend posted login_failed, so the client is told access_denied.",
		"Nothing to change here if the user did fail to sign in; otherwise see why your login handler sends login_failed: true.",
		accessDenied,
	},
	{
		"not_top_level", StepCallback,
		"The callback was not a top-level navigation of a browser (a prefetch, a fetch, an image or a frame), so it changed nothing.",
		"Answer the login with a 303 redirect of the whole page, not with fetch() or an iframe.",
		invalidState,
	},
}
