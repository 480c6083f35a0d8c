package doctor

// Findings of the endpoints: D4 registration, D5 the endpoints, D6 what carries them.

var registrationCodes = []Definition{
	{"D401", GroupRegistration, Stop, "There is no way for a new client to become known", "New clients can become known", "A client without an id asks its user for one, who has none either.", "Support client id metadata documents, or dynamic client registration, and say so in the metadata.", "MCP authorization; RFC 7591"},
	{"D402", GroupRegistration, Warn, "Client documents are understood, but public clients are not", "", "Claude and others use their document only if token_endpoint_auth_methods_supported has none.", `Add "none" to token_endpoint_auth_methods_supported.`, "draft-ietf-oauth-client-id-metadata-document"},
	{"D403", GroupRegistration, Note, "Client id metadata documents are not understood", "Client id metadata documents are understood", "Clients register instead, again for each user and machine. MCP has deprecated registration in favour of documents.", `Fetch the documents of clients and add "client_id_metadata_document_supported": true.`, "MCP 2026-07-28; draft-ietf-oauth-client-id-metadata-document"},
	{"D404", GroupRegistration, Stop, "The registration endpoint is not there", "The registration endpoint is there", "Clients that register stop here.", "Let registration_endpoint name a URL that accepts POST, or leave it out.", "RFC 7591 §3"},
	{"D405", GroupRegistration, Stop, "The registration endpoint redirects", "", "Clients do not follow, or repeat the request as a GET.", "Let registration_endpoint name the URL that answers; behind a proxy, check scheme and slash.", "RFC 7591 §3"},
	{"D406", GroupRegistration, Stop, "Registration wants a token", "", "No MCP client has an initial access token.", "Open the registration endpoint, or support client id metadata documents instead.", "RFC 7591 §3"},
	{"D407", GroupRegistration, Warn, "The registration endpoint fails", "", "An answer of 5xx to a request that is malformed says that the server did not check it.", "Answer 400 with invalid_client_metadata to a body that is no JSON.", "RFC 7591 §3.2.2"},
	{"D408", GroupRegistration, Stop, "A registration is refused", "A client can register", "This is what a client on its user's machine asks for: one loopback redirect URI, no secret.", "Accept native public clients with loopback redirect URIs.", "RFC 7591 §3.2; RFC 8252 §7.3"},
	{"D409", GroupRegistration, Stop, "The answer to a registration is not what clients read", "", "Clients read client_id and redirect_uris, and those with a schema refuse null.", "Answer 201 with client_id and redirect_uris, and leave members without a value out.", "RFC 7591 §3.2.1"},
	{"D410", GroupRegistration, Warn, "The registration gives another authentication method", "", "A client that asked for none and is given a secret may not use it; then the token endpoint refuses it.", "Register the token_endpoint_auth_method that was asked for, or refuse.", "RFC 7591 §3.2.1"},
}

var endpointCodes = []Definition{
	{"D501", GroupEndpoints, Stop, "The token endpoint is not there", "The token endpoint is there", "Every login ends here.", "Let token_endpoint name a URL that accepts POST.", "RFC 6749 §3.2"},
	{"D502", GroupEndpoints, Stop, "The token endpoint redirects", "", "Clients do not follow: the code would go to whoever is named there. Behind a proxy it is often http sent to https, or a missing slash.", "Let token_endpoint name the URL that answers.", "RFC 6749 §3.2; RFC 9700 §4.12"},
	{"D503", GroupEndpoints, Stop, "An error of the token endpoint is not JSON", "", "Clients read the member error to decide what to do: refresh, register or sign in again. A page tells them nothing.", `Answer {"error": "…"} with Content-Type: application/json.`, "RFC 6749 §5.2"},
	{"D504", GroupEndpoints, Stop, "An unknown client is not told invalid_client", "An unknown client is told invalid_client", "It is the only answer upon which a client forgets a registration that is gone and registers again. With any other its user is locked out until somebody deletes its data.", "Check the client before the code and answer 401 with invalid_client.", "RFC 6749 §5.2"},
	{"D505", GroupEndpoints, Warn, "The token endpoint answers GET", "", "Codes and tokens would be in URLs, which are logged.", "Answer 405 to anything but POST.", "RFC 6749 §3.2"},
	{"D506", GroupEndpoints, Stop, "The authorization endpoint is not there", "The authorization endpoint is there", "The browser ends on an error page, and the client waits for ever.", "Let authorization_endpoint name a URL that accepts GET.", "RFC 6749 §3.1"},
	{"D507", GroupEndpoints, Stop, "An endpoint cannot be reached", "", "The metadata names a URL that does not answer from here.", "Publish URLs that are reachable for clients, and check the proxy in front of the server.", "RFC 8414 §2"},
	{"D508", GroupEndpoints, Stop, "The key set cannot be read", "The key set can be read", "The MCP server needs the keys to verify tokens.", "Let jwks_uri answer 200 with a JSON object that has keys.", "RFC 7517 §5; RFC 8414 §2"},
	{"D509", GroupEndpoints, Warn, "The key set publishes a secret", "", "A symmetric or private key in the key set lets everybody make tokens.", "Publish public keys alone, and replace this one: it is known.", "RFC 7517 §9.2"},
}

var transportCodes = []Definition{
	{"D601", GroupTransport, Stop, "The certificate is not valid now", "", "Every client refuses the connection.", "Renew the certificate, and check that the server loads the new one.", "RFC 5280 §4.1.2.5"},
	{"D602", GroupTransport, Stop, "The certificate is not trusted", "", "It is self-signed, of a private authority, or an intermediate certificate is missing: browsers may fill that in, clients do not.", "Install a certificate of a public authority with its whole chain.", "RFC 5280 §6"},
	{"D603", GroupTransport, Stop, "The certificate is for another name", "", "Every client refuses the connection.", "Install a certificate that has this name.", "RFC 9525"},
	{"D604", GroupTransport, Warn, "The certificate ends soon", "The certificate is valid", "In a few days every client will refuse the connection.", "Renew the certificate, and find out why that did not happen by itself.", "RFC 5280 §4.1.2.5"},
	{"D605", GroupTransport, Stop, "There is no TLS that clients speak", "", "Clients speak TLS 1.2 and 1.3.", "Enable TLS 1.2 and 1.3 on the port.", "RFC 8996; RFC 9325 §3.1"},
	{"D606", GroupTransport, Warn, "The clock is wrong", "The clock is right", "Tokens seem to be of the future or expired to whoever checks them.", "Let the server synchronize its clock (NTP). If a proxy writes the header Date, it is the proxy's clock.", "RFC 7519 §4.1.4"},
	{"D607", GroupTransport, Stop, "The URL is not https", "", "Clients refuse to send tokens in clear; http is for this machine only.", "Serve it with https and use that URL.", "MCP authorization; RFC 6750 §5.3"},
	{"D608", GroupTransport, Warn, "The server answers in clear as well", "", "Whoever types http sends a token in clear before anybody can stop it.", "Redirect http to https, or close the port.", "RFC 6750 §5.3"},
	{"D609", GroupTransport, Stop, "A URL leads to a private address", "", "Clients outside cannot reach it. The doctor did not connect: a server must not be able to send it into a network.", "Publish URLs with public addresses, or examine the server from inside by a private URL.", "MCP security best practices (SSRF)"},
	{"D610", GroupTransport, Stop, "An answer does not end in time", "", "Clients give up after about ten seconds.", "Find out what the server waits for; metadata should not need a database.", "claude.com connector documentation"},
	{"D611", GroupTransport, Warn, "A document may be cached for too long", "", "After a change clients keep using the old endpoints and keys.", "Set Cache-Control: max-age to a day at most for metadata, and to an hour or so for keys.", "RFC 9111 §4.2"},
	{"D620", GroupTransport, Warn, "Pages cannot read the protected resource metadata", "", "Clients that run in a browser, such as web inspectors, see nothing.", "Answer with Access-Control-Allow-Origin: *.", "Fetch standard (CORS)"},
	{"D621", GroupTransport, Warn, "Pages cannot read the authorization server metadata", "", "Clients that run in a browser see nothing.", "Answer with Access-Control-Allow-Origin: *.", "Fetch standard (CORS)"},
	{"D622", GroupTransport, Warn, "Pages cannot use the token endpoint", "", "Clients that run in a browser cannot redeem their code; errors need the header as well.", "Answer with Access-Control-Allow-Origin: * on every answer, errors included, without credentials.", "Fetch standard (CORS)"},
	{"D623", GroupTransport, Warn, "Pages cannot use the registration endpoint", "", "Clients that run in a browser cannot register.", "Answer with Access-Control-Allow-Origin: * on every answer, errors included, without credentials.", "Fetch standard (CORS)"},
	{"D624", GroupTransport, Warn, "A preflight does not allow the headers that clients send", "Pages of other origins may use the endpoints", "Clients that run in a browser send MCP-Protocol-Version while they discover, and Content-Type and Authorization later.", "Answer OPTIONS with 204, Access-Control-Allow-Origin: * and Access-Control-Allow-Headers: Authorization, Content-Type, MCP-Protocol-Version.", "Fetch standard (CORS)"},
	{"D625", GroupTransport, Warn, "Pages may send cookies to an endpoint", "", "Any origin together with credentials lets a page act with its reader's session.", "Remove Access-Control-Allow-Credentials.", "Fetch standard (CORS)"},
}
