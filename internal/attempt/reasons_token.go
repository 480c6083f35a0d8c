package attempt

// What the token, revocation and introspection endpoints refuse.

const (
	invalidGrant  = "invalid_grant"
	invalidClient = "invalid_client"
)

var tokenReasons = []Reason{
	{
		"credentials_in_query", StepToken,
		"Parameters of the token request were in the URL, where logs would keep them.",
		"Send every parameter in the body as application/x-www-form-urlencoded.",
		invalidRequest,
	},
	{
		"client_auth_missing", StepToken,
		"The client did not authenticate, although it has a secret or a key.",
		"Send the secret with Basic or as client_secret, as registered in token_endpoint_auth_method.",
		invalidClient,
	},
	{
		"client_auth_multiple", StepToken,
		"The client authenticated in more than one way, or as two different clients.",
		"Use one of Basic, client_secret and client_assertion; a library may add Basic on its own.",
		invalidRequest,
	},
	{
		"client_secret_wrong", StepToken,
		"The client's secret is wrong.",
		"Compare it with `secret` in symbolon.yaml (env: and file: values too, without a final newline), and run `symbolon apply` after changing it. An app that was started without the variable may send the word undefined, null or None. A self-registered client takes client_secret from its registration.",
		invalidClient,
	},
	{
		"client_auth_method_not_allowed", StepToken,
		"The client authenticated in another way than it is registered for.",
		"Use the client's token_endpoint_auth_method, or change that in `clients`; a public client sends its client_id alone.",
		invalidClient,
	},
	{
		"grant_type_missing", StepToken,
		"The token request had no grant_type.",
		"Send grant_type as a form field; a JSON body is not read.",
		invalidRequest,
	},
	{
		"grant_type_unsupported", StepToken,
		"This grant_type is not offered.",
		"Use authorization_code, refresh_token or client_credentials; the metadata lists them in grant_types_supported.",
		"unsupported_grant_type",
	},
	{
		"grant_type_not_allowed", StepToken,
		"The client is not registered for this grant_type.",
		"Add it to `grant_types` of the client in symbolon.yaml, or register again with it in grant_types.",
		unauthorizedClient,
	},
	{
		"code_missing", StepToken,
		"The token request had no code.",
		"Send the code of the redirect as the form field code.",
		invalidRequest,
	},
	{
		"code_unknown", StepToken,
		"The code was not issued by this server, or is long gone.",
		"Send the code of the redirect once, decoded, at the token_endpoint of the issuer in iss; after a restore from a backup every older code is void.",
		invalidGrant,
	},
	{
		"code_expired", StepToken,
		"The code is older than 60 seconds.",
		"Redeem the code at once; if the client is quick, look for a sleeping laptop or a slow proxy in between.",
		invalidGrant,
	},
	{
		"code_replayed", StepToken,
		"The code was redeemed before, so the grant and its tokens were revoked (RFC 9700 §2.1.1).",
		"Redeem a code once: look for a retry, a reloaded callback page, or two workers at the client. If it was neither, someone else has the code. Connect again.",
		invalidGrant,
	},
	{
		"code_other_client", StepToken,
		"The code was issued to another client.",
		"Redeem it with the client_id of the authorization request; two clients may share one callback address, or the client registered again in between.",
		invalidGrant,
	},
	{
		"code_verifier_missing", StepToken,
		"The token request had no code_verifier.",
		"Send the verifier whose SHA-256 was the code_challenge as the form field code_verifier.",
		invalidRequest,
	},
	{
		"code_verifier_wrong", StepToken,
		"The code_verifier does not belong to the code_challenge of the authorization request.",
		"Keep the verifier for each authorization request by its state: a second login that overwrites the first, or a hash taken of bytes instead of the verifier's text, is the usual cause.",
		invalidGrant,
	},
	{
		"redirect_uri_mismatch", StepToken,
		"The redirect_uri of the token request is not the one of the authorization request.",
		"Send the same redirect_uri, port included, or leave it out.",
		invalidGrant,
	},
	{
		"code_mismatch", StepToken,
		"The code exists, but the client, the code_verifier or the redirect_uri is not the one of its authorization request.",
		"Compare the three with the authorization request of this attempt; a second login that overwrites the stored verifier is the usual cause.",
		invalidGrant,
	},
	{
		"refresh_token_missing", StepRefresh,
		"The refresh request had no refresh_token.",
		"Send the newest refresh token as the form field refresh_token.",
		invalidRequest,
	},
	{
		"refresh_token_unknown", StepRefresh,
		"The refresh token was not issued to this client by this server.",
		"Let the user connect again; the client must forget a refresh token on invalid_grant. After a restore from a backup every older token is void.",
		invalidGrant,
	},
	{
		"refresh_token_expired", StepRefresh,
		"The refresh token has reached the end of its life, or was not used for too long.",
		"Let the user connect again; `refresh_token_ttl` and `refresh_token_idle_ttl` of the MCP server set the times.",
		invalidGrant,
	},
	{
		"refresh_token_replayed", StepRefresh,
		"A refresh token that had been rotated away was used again, so the grant was revoked.",
		"The client must store the new refresh token of every answer before using it. Look for two processes that share one stored token, or a client restored from a backup; if it is neither, someone has stolen it.",
		invalidGrant,
	},
	{
		"refresh_token_ahead", StepRefresh,
		"The refresh token is newer than the database: the database went back in time, so the grant was revoked.",
		"The database was restored or replaced by an older copy without `symbolon restore`. Find out when and by whom; every client has to connect again.",
		invalidGrant,
	},
	{
		"refresh_check_failed", StepRefresh,
		"The company's backend was to be asked before the refresh and gave no proper answer within two seconds, so the refresh was refused; nothing was consumed.",
		"Look at the endpoint in `refresh_check` of the connection; the log has the cause. Clients may try again. `on_failure: allow` would let refreshes go on meanwhile.",
		"temporarily_unavailable",
	},
	{
		"refresh_check_ended", StepRefresh,
		"The company's backend answered the refresh check with `active: false`, so the grant was ended.",
		"Ask the company; the user can connect again if its login lets them.",
		invalidGrant,
	},
	{
		"grant_ended", "",
		"The grant was revoked: by the user, the client, the operator, or because something of it was replayed.",
		"Let the user connect again; the audit log says who ended it and why.",
		invalidGrant,
	},
	{
		"user_disabled", "",
		"The company has disabled this user by users:update, so nothing the user allowed may be used.",
		"The app enables the user again with `disabled: false`; what was allowed before then works as before.",
		invalidGrant,
	},
	{
		"permission_changed", "",
		"The grant is intact, but may not be used now: the MCP server, its connection, its `clients` policy or the user's status changed.",
		"Compare the MCP server in symbolon.yaml with the time of the grant; putting it back makes the grant usable again, otherwise let the user connect again.",
		invalidGrant,
	},
	{
		"scope_not_granted", "",
		"None of the scopes asked for is granted.",
		"Ask for scopes of the grant, or leave scope out to get all of them; more scopes need a new authorization.",
		invalidScope,
	},
	{
		"token_missing", "",
		"The revocation or introspection request had no token.",
		"Send the token as the form field token.",
		invalidRequest,
	},
	{
		"assertion_invalid", StepToken,
		"The client assertion is not acceptable: signature, aud, iss, sub, exp or a missing jti.",
		"Sign with a key of the client's JWKS; aud is exactly one string, the issuer or its token endpoint; iss and sub are the client_id; exp is at most minutes ahead.",
		invalidClient,
	},
	{
		"assertion_replayed", StepToken,
		"The client assertion was used before.",
		"Make a new assertion with a fresh jti for every request, also for a retry.",
		invalidClient,
	},
}
