package attempt

// What the authorization endpoint refuses, in the order of its checks.

const (
	invalidRequest     = "invalid_request"
	unauthorizedClient = "unauthorized_client"
	invalidTarget      = "invalid_target"
	invalidScope       = "invalid_scope"
	accessDenied       = "access_denied"
)

var authorizeReasons = []Reason{
	{
		"query_on_post", StepAuthorize,
		"The authorization request was a POST that also had a query string, so two places could contradict each other.",
		"Send every parameter in the form body of the POST, or use GET and put every parameter in the query.",
		invalidRequest,
	},
	{
		"parameter_malformed", "",
		"The parameters could not be read: a bad percent escape, a raw semicolon, or bytes that are not UTF-8.",
		"Build the query or form body with a URL library, and percent-encode every value.",
		invalidRequest,
	},
	{
		"parameter_duplicated", "",
		"A parameter that may appear once appeared twice; only resource may repeat.",
		"Send the parameter named in the notes once; look for a client that adds to an authorization URL that already has it.",
		invalidRequest,
	},
	{
		"parameters_too_many", "",
		"The request had more than 200 parameters.",
		"Send only the parameters of RFC 6749 and RFC 8707; an authorization request needs fewer than ten.",
		invalidRequest,
	},
	{
		"request_unsupported", StepAuthorize,
		"The request used a request object (request or request_uri), which this server does not offer.",
		"Send the parameters plainly; PKCE already ties the code to the client.",
		"request_not_supported",
	},
	{
		"client_id_missing", StepAuthorize,
		"The authorization request had no client_id.",
		"Register at the registration_endpoint of the metadata, or use a client id from `clients` in symbolon.yaml, and send it as client_id.",
		invalidRequest,
	},
	{
		"client_id_malformed", "",
		"The client_id starts like a URL, but is not one that can name a client document.",
		"Use an https URL with a path, without user name, fragment, or dot segments; http works on loopback hosts in development only (`cimd`).",
		"invalid_client",
	},
	{
		"client_unknown", "",
		"No client has this client_id: it is not in `clients`, was not issued by this server, and is no https URL of a client document.",
		"Let the client register again at the registration_endpoint of this base_url, or add it under `clients` in symbolon.yaml; an id from another deployment or another secret does not carry over.",
		"invalid_client",
	},
	{
		"client_document_unreachable", "",
		"The client_id is an https URL, but the client document could not be fetched from it.",
		"Open the URL from the server's network: the notes say what came instead. It must answer 200 with JSON, without a redirect, from a public address, within seconds. In development see `cimd` in symbolon.yaml for loopback documents.",
		"invalid_client",
	},
	{
		"client_document_invalid", "",
		"The client_id is an https URL, but the document behind it is not valid client metadata.",
		"Serve a JSON object whose client_id member equals the URL exactly and that lists redirect_uris; the notes name the member that is wrong.",
		"invalid_client",
	},
	{
		"client_document_withdrawn", "",
		"The client document was there before and is gone or invalid now.",
		"Its vendor has withdrawn the client. Ask the vendor, or pin the document (`cimd: {pinned_dir}`) if it moved.",
		"invalid_client",
	},
	{
		"client_id_url_invalid", "",
		"The client_id looks like a URL but is not one that can name a client document.",
		"Use an https URL with a path, without fragment, user name, port tricks or dot segments, written in its normal form.",
		"invalid_client",
	},
	{
		"client_keys_unreachable", "",
		"The keys of the client could not be fetched, so its assertion could not be checked.",
		"Look whether the client's jwks_uri answers from the server's network; a pinned document with inline jwks needs no network.",
		"temporarily_unavailable",
	},
	{
		"client_not_for_server", "",
		"The client is known, but not for this MCP server.",
		"Add the MCP server's id to the client's `mcp_servers` in symbolon.yaml, or let the client register at the issuer of this MCP server.",
		unauthorizedClient,
	},
	{
		"client_blocked", "",
		"The operator has blocked the client, or the host of its metadata document; its grants were ended.",
		"Take it off `blocked_clients` in symbolon.yaml and run `symbolon apply`; its users then connect anew.",
		unauthorizedClient,
	},
	{
		"client_disabled", "",
		"The client is disabled.",
		"Enable it again; a client that vanished from symbolon.yaml is disabled by `symbolon apply` until it is back in the file.",
		unauthorizedClient,
	},
	{
		"client_refused_by_policy", "",
		"The MCP server does not admit this client, its kind of client, or the redirect URI it used.",
		"The notes name the line. Extend `clients` of the MCP server in symbolon.yaml: cimd_hosts for the host of a client document, redirect_hosts for the redirect URI's host, ids for one client; `any` admits all. Clients that register need dynamic_registration, those with a document client_id_metadata_documents.",
		unauthorizedClient,
	},
	{
		"redirect_uri_missing", StepAuthorize,
		"The authorization request had no redirect_uri.",
		"Send redirect_uri, also when the client has registered only one.",
		invalidRequest,
	},
	{
		"redirect_uri_not_registrable", StepAuthorize,
		"The redirect_uri is one that no client can register.",
		"Use an https URI, an http URI on localhost, 127.0.0.1 or [::1], or a private-use scheme, without fragment; the same rules hold for registration.",
		invalidRequest,
	},
	{
		"redirect_uri_not_registered", StepAuthorize,
		"The redirect_uri is not one that this client registered; it is compared character by character, and only the port of a loopback address may differ.",
		"Register exactly the URI in the notes (`redirect_uris`), or send a registered one; look for a trailing slash, http for https, or localhost for 127.0.0.1.",
		invalidRequest,
	},
	{
		"response_type_missing", StepAuthorize,
		"The authorization request had no response_type.",
		"Send response_type=code.",
		invalidRequest,
	},
	{
		"response_type_unsupported", StepAuthorize,
		"The response_type is not code; implicit and hybrid flows do not exist in OAuth 2.1.",
		"Send response_type=code.",
		"unsupported_response_type",
	},
	{
		"response_mode_unsupported", StepAuthorize,
		"The response_mode is not query.",
		"Leave response_mode out, or send response_mode=query.",
		invalidRequest,
	},
	{
		"code_challenge_missing", StepAuthorize,
		"The authorization request had no code_challenge; PKCE is required of every client.",
		"Send code_challenge (the base64url SHA-256 of a fresh verifier) and code_challenge_method=S256; a client library that omits it has PKCE switched off.",
		invalidRequest,
	},
	{
		"code_challenge_method_not_s256", StepAuthorize,
		"The code_challenge_method is not S256; left out, it means plain.",
		"Send code_challenge_method=S256.",
		invalidRequest,
	},
	{
		"code_challenge_invalid", StepAuthorize,
		"The code_challenge is not 43 characters of base64url, so it is no SHA-256 digest.",
		"Send base64url(SHA-256(code_verifier)) without padding; hexadecimal and standard base64 are common mistakes.",
		invalidRequest,
	},
	{
		"resource_unknown", "",
		"The resource names no MCP server of this deployment.",
		"Set `url` of the MCP server in symbolon.yaml to what the client sends (in the notes), or add that spelling to its `aliases`.",
		invalidTarget,
	},
	{
		"resource_malformed", "",
		"The resource is not an absolute http or https URI without a fragment (RFC 8707).",
		"Send the URL of the MCP server as resource, without a # part or a user name.",
		invalidTarget,
	},
	{
		"resource_ambiguous", "",
		"The request had no resource, and at the base URL several MCP servers could be meant, or it named more than one.",
		"Send exactly one resource, or give the client the MCP server's own issuer, {base_url}/resources/{res_id}, as authorization server.",
		invalidTarget,
	},
	{
		"resource_other_server", "",
		"The resource belongs to another MCP server than the issuer whose endpoint was called, or than the code was issued for.",
		"Take the authorization server from the protected resource metadata of the MCP server that is called, and send the same resource at both endpoints.",
		invalidTarget,
	},
	{
		"server_disabled", "",
		"The MCP server is disabled.",
		"Enable it again; an MCP server that vanished from symbolon.yaml is disabled by `symbolon apply` until it is back in the file.",
		invalidTarget,
	},
	{
		"connection_disabled", "",
		"The connection that signs users in for this MCP server is disabled or missing.",
		"Enable the connection, or point `connection` of the MCP server at one that exists, and run `symbolon apply`.",
		accessDenied,
	},
	{
		"scope_malformed", "",
		"The scope has a character that RFC 6749 §3.3 does not allow.",
		"Send scope names separated by single spaces, without quotes, backslashes, commas as separators or control characters.",
		invalidScope,
	},
	{
		"scope_too_long", "",
		"The scope is longer than 64 KB or names more than 1000 scopes.",
		"Ask for the scopes that the MCP server lists in scopes_supported.",
		invalidScope,
	},
	{
		"state_too_long", StepAuthorize,
		"The client's state is longer than 1 KB, and it must fit in the browser's cookie.",
		"Keep the data at the client and send a random reference to it as state.",
		invalidRequest,
	},
	{
		"request_too_long", StepAuthorize,
		"The authorization request is too long for the cookie that keeps it during the login.",
		"Shorten state first, then scope, resource and redirect_uri.",
		invalidRequest,
	},
	{
		"prompt_none", StepAuthorize,
		"The client asked for no interaction (prompt=none), but a login here always shows the consent page.",
		"Leave prompt out; use the refresh token to stay signed in without a page.",
		"login_required",
	},
	{
		"too_many_requests", "",
		"This source sent more requests than its rate limit allows.",
		"Wait for the seconds in Retry-After; if many users share one address behind a proxy, set `trusted_proxies`, or raise `limits`.",
		"temporarily_unavailable",
	},
}
