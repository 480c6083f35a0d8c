package attempt

// What the user-details POST refuses: the company's backend, with its machine
// token, says who signed in. Its answers are RFC 9457 problems or gRPC statuses.

var userDetailsReasons = []Reason{
	{
		"bearer_missing", StepUserDetails,
		"The user-details call had no machine token.",
		"Fetch one at /oauth/token with grant_type=client_credentials and an API client's id and secret, and send it as Authorization: Bearer. A first call without a token is normal for the Node SDK.",
		"",
	},
	{
		"bearer_invalid", StepUserDetails,
		"The machine token was not issued by this server, was changed, or belongs to an API client, secret or role that is no more.",
		"Fetch a new token from this base_url with the secret now in `api_clients`; a user's access token is no machine token.",
		"",
	},
	{
		"bearer_expired", StepUserDetails,
		"The machine token has expired; it lives for one hour.",
		"Fetch a new token on every 401 (gRPC: UNAUTHENTICATED) and repeat the call once; if the token is fresh, set the clock.",
		"",
	},
	{
		"api_client_wrong_role", StepUserDetails,
		"The API client exists, but its role may not post users.",
		"Use an API client with `role: login` in `api_clients`; role resource is for MCP servers that introspect.",
		"",
	},
	{
		"connection_unknown", "",
		"No connection has the id in the call.",
		"Use the connection id of symbolon.yaml (conn_…) in the path or in connection_id; an SDK keeps it in its environment settings.",
		"",
	},
	{
		"connection_not_yours", StepUserDetails,
		"The connection exists, but this API client may not post for it.",
		"Add the connection id to `connections` of the API client in symbolon.yaml, or \"*\" for all, and run `symbolon apply`.",
		"",
	},
	{
		"login_request_unknown", StepUserDetails,
		"The login_request_id was not issued by this deployment for this connection.",
		"Pass on the login_request_id query parameter of the login URL unchanged, whole and for the same connection; one from another deployment, or made before the master secret changed, cannot open.",
		"",
	},
	{
		"login_request_expired", StepUserDetails,
		"The login request is older than ten minutes.",
		"Start again from the client; if signing in takes longer than ten minutes, post the user as soon as the password is checked.",
		"",
	},
	{
		"login_burned", "",
		"The login was ended for safety: its callback, without a verifier, came from a browser that did not start it.",
		"Start again from the client. If this happens to honest users, redirect to the redirect_url of the user-details answer, and keep the login in one browser.",
		"",
	},
	{
		"json_invalid", StepUserDetails,
		"The body is not one strict JSON object: broken syntax, a member twice or in both spellings, a wrong type, or data after the end.",
		"Send the user object itself as the body, with Content-Type: application/json; the notes name the member.",
		"",
	},
	{
		"protobuf_invalid", StepUserDetails,
		"The body of the gRPC call is not one uncompressed protobuf message.",
		"Use an official SDK, or the field table of the user-details call; strings must be UTF-8, and custom_attributes at most some thirty levels deep.",
		"",
	},
	{
		"body_too_large", StepUserDetails,
		"The body of the user-details call is larger than 64 KB.",
		"Send the documented fields only; keep profile data in your own database.",
		"",
	},
	{
		"content_type_unsupported", StepUserDetails,
		"The Content-Type is not one that this endpoint reads.",
		"Send application/json to the REST endpoint, and application/grpc or application/grpc+proto to the gRPC one.",
		"",
	},
	{
		"user_invalid", StepUserDetails,
		"A field of the user is not acceptable: too long, the wrong type, or control characters.",
		"Correct the field named in the notes; custom_attributes must be an object of at most 4 KB, organization_external_name at most 200 characters.",
		"",
	},
	{
		"user_sub_missing", StepUserDetails,
		"The user has no usable sub.",
		"Send sub, your own stable user id: 1 to 255 bytes, no control or bidi characters, not a client id; or login_failed: true if nobody signed in.",
		"",
	},
	{
		"user_email_missing", StepUserDetails,
		"The user has no email.",
		"Send email with the user; it is required unless login_failed is true.",
		"",
	},
	{
		"user_other_sub", StepUserDetails,
		"Another user was posted for this login request before; the first one stands.",
		"Post once for each login_request_id, and do not reuse one across sessions; to change the account, start again from the client.",
		"",
	},
}
