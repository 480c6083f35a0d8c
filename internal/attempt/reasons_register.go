package attempt

// What client registration refuses (RFC 7591).

const (
	invalidClientMetadata = "invalid_client_metadata"
	invalidRedirectURI    = "invalid_redirect_uri"
)

var registerReasons = []Reason{
	{
		"registration_disabled", StepRegister,
		"Dynamic client registration is switched off for this MCP server.",
		"Set `dynamic_registration: true` on the MCP server, or add the client under `clients` in symbolon.yaml.",
		accessDenied,
	},
	{
		"metadata_invalid", StepRegister,
		"The registration is not valid client metadata: broken JSON, a wrong type, or a value that is not offered here.",
		"Correct the member that the error description names; grant types are authorization_code and refresh_token, and an inline jwks is not accepted.",
		invalidClientMetadata,
	},
	{
		"redirect_uris_missing", StepRegister,
		"The registration names no redirect URI.",
		"Send redirect_uris with at least one URI.",
		invalidRedirectURI,
	},
	{
		"redirect_uris_too_many", StepRegister,
		"The registration names more than 20 redirect URIs.",
		"Register the ones in use; the port of a loopback URI need not be registered.",
		invalidRedirectURI,
	},
	{
		"redirect_uri_forbidden", "",
		"A redirect URI is not allowed: neither https, nor http on localhost, 127.0.0.1 or [::1], nor a private-use scheme; or it has a fragment or user name.",
		"Change the URI that the error description names; one forbidden URI refuses the whole registration.",
		invalidRedirectURI,
	},
	{
		"metadata_too_large", StepRegister,
		"The registration does not fit into a client_id, which has room for 900 characters.",
		"Register fewer or shorter redirect URIs and URLs, or add the client under `clients` in symbolon.yaml.",
		invalidClientMetadata,
	},
}
