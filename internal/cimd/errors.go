package cimd

import "github.com/symbolon-auth/symbolon/internal/oauth"

// errUnreachable is the one answer to a URL of which nothing is known and that
// yields no JSON object: closed port, blocked address, bad certificate, 404, HTML
// and silence look alike, or this server would map other people's networks. The
// cause, in words of ours, is for the operator.
func errUnreachable(cause error) *oauth.Error {
	return oauth.E(oauth.InvalidClient, "client_document_unreachable",
		"The client_id is a URL, but no client metadata document could be read there. It must answer this server with status 200"+
			" and a JSON object of at most 10 KB as application/json: within 5 seconds, from a public address on port 443,"+
			" with a valid certificate, uncompressed and without a redirect. The same holds for its jwks_uri, if it has one.").With(cause)
}

// errInvalid is for the client's vendor: what names the member and what is wrong.
func errInvalid(what string) *oauth.Error {
	return oauth.E(oauth.InvalidClient, "client_document_invalid", "In the client metadata document, "+what+".")
}

// errWithdrawn: there was a document, and its publisher took it away.
func errWithdrawn(cause error) *oauth.Error {
	return oauth.E(oauth.InvalidClient, "client_document_withdrawn",
		"The app's publisher has withdrawn the client metadata document behind this client_id."+
			" Update the app, or ask its vendor.").With(cause)
}

// errURL refuses a client_id before anything is fetched.
func errURL(what string) *oauth.Error {
	return oauth.E(oauth.InvalidClient, "client_id_url_invalid", what)
}

// errKeyUnknown is what every failed authentication is told.
func errKeyUnknown(cause error) *oauth.Error {
	return oauth.E(oauth.InvalidClient, "assertion_invalid", "The client is unknown or its authentication failed.").With(cause)
}

// errKeysUnreachable: the client may well be honest, and must not be told to
// forget its credentials.
func errKeysUnreachable(cause error) *oauth.Error {
	return oauth.E(oauth.TemporarilyUnavailable, "client_keys_unreachable",
		"The keys of the client could not be read from its jwks_uri. Try again in a minute.").With(cause)
}
