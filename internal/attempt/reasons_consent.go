package attempt

// What the consent page and its form refuse.

var consentReasons = []Reason{
	{
		"flow_unknown", StepConsent,
		"The browser has no login under this consent address.",
		"Open the consent page in the browser that signed in; it cannot be bookmarked or shared. Otherwise start again from the client.",
		invalidState,
	},
	{
		"flow_expired", StepConsent,
		"The consent page was opened, or reloaded, after its login had ended.",
		"Start again from the client; the decision must follow within ten minutes of signing in.",
		invalidState,
	},
	{
		"client_document_changed", "",
		"The client's document changed after the login began, so the user would agree to something else than was checked.",
		"Start again from the client; a document that differs at every fetch (a date, a nonce) never gets through.",
		invalidState,
	},
	{
		"form_token_wrong", StepDecision,
		"The consent form was sent without the token of the page that showed it.",
		"Reload the consent page and answer there; the form cannot be sent by a script of another page.",
		"",
	},
	{
		"cross_site_post", StepDecision,
		"The consent form was sent from another site.",
		"Nothing to change if nobody pressed the button: it may have been an attack. A proxy must not rewrite Origin, Host or Sec-Fetch-Site; base_url must be the address in the browser.",
		"",
	},
	{
		"already_answered", StepDecision,
		"This login was answered before; the first answer stands.",
		"Go back to the client: it has its answer. To answer differently, start again there.",
		"",
	},
	{
		"organization_not_member", "",
		"The client asked for an address of the MCP server that belongs to one organization, and the user is not in it.",
		"Sign in with an account of that organization, or connect to another address. If the user is in it, post it in organizations or organization_external_id, with the id that `aliases` has in symbolon.yaml.",
		accessDenied,
	},
	{
		"user_is_client", "",
		"The user's sub is the id of the client that asks: a token of such a user would look like the client's own.",
		"Post another sub: your own stable id of the user. Whoever can choose a sub in your app should not be able to.",
		accessDenied,
	},
	{
		"scopes_declined", StepDecision,
		"The user allowed, but unticked every scope.",
		"Nothing to change: the page asked again. A scope that the MCP server cannot do without should not be `optional`.",
		"",
	},
	{
		"choice_not_offered", StepDecision,
		"The consent form left a required question open, or answered with something that the user-details call does not offer.",
		"Nothing to change: the page asked again. A robot sends organization and option.<claim> with the ids and values that were posted.",
		"",
	},
	{
		"decision_missing", StepDecision,
		"The consent form was sent without decision=allow, deny or switch.",
		"Press one of the buttons of the page; a robot sends the field decision.",
		invalidRequest,
	},
	{
		"decision_late", StepDecision,
		"The decision came later than ten minutes after the user was posted.",
		"Start again from the client.",
		accessDenied,
	},
	{
		"denied", StepDecision,
		"The user pressed Deny, so the client is told access_denied.",
		"Nothing to change; the user can start again from the client.",
		accessDenied,
	},
}
