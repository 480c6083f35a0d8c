package doctor

// Findings of a login: D7, and of this project's own server: D8.

var loginCodes = []Definition{
	{"D701", GroupLogin, Stop, "The login does not succeed", "The login succeeds", "A client would have stopped here, too.", "See what was answered; the pages of the other findings may explain it.", "RFC 6749 §4.1"},
	{"D702", GroupLogin, Note, "The access token is not a JWT", "", "It cannot be examined from outside. The MCP server has to ask the authorization server about it (RFC 7662).", "Nothing, if the MCP server introspects tokens.", "RFC 9068; RFC 7662"},
	{"D703", GroupLogin, Stop, "The access token's signature does not verify", "The signature verifies", "The MCP server refuses it, or believes anybody.", "Sign with a key of the key set, with RS256, ES256 or EdDSA, and name it by kid.", "RFC 9068 §4"},
	{"D704", GroupLogin, Stop, "The access token is not for this MCP server", "The token is for this MCP server", "The MCP server must refuse a token whose aud does not name it.", "Put the resource that the client asked for into aud.", "RFC 8707 §2; MCP authorization"},
	{"D705", GroupLogin, Stop, "The access token is of another issuer", "The token is of this issuer", "The MCP server compares iss with the issuer that it trusts.", "Put the issuer, byte by byte, into iss.", "RFC 9068 §4"},
	{"D706", GroupLogin, Warn, "The access token's typ is not at+jwt", "", "An ID token or another JWT of the same issuer could be taken for an access token.", "Set the header typ to at+jwt.", "RFC 9068 §2.1"},
	{"D707", GroupLogin, Warn, "The access token lives too long", "The lifetime is short", "Who finds a token has that long; a user who was removed keeps access that long.", "Issue tokens for an hour at most, and refresh tokens beside them.", "MCP authorization; RFC 9700 §2.2"},
	{"D708", GroupLogin, Warn, "More was granted than asked for", "", "Some clients refuse a token with scopes that they did not ask for.", "Grant a subset of the scopes asked for.", "RFC 6749 §3.3"},
	{"D709", GroupLogin, Note, "There is no refresh token", "", "Users sign in again whenever the access token ends.", "Issue refresh tokens to clients whose grant_types have refresh_token.", "RFC 6749 §6"},
	{"D710", GroupLogin, Stop, "Refreshing fails", "Refreshing works", "Users sign in again whenever the access token ends, without knowing why.", "Accept the refresh request with client_id alone; resource and scope are optional.", "RFC 6749 §6"},
	{"D711", GroupLogin, Warn, "The refresh token of a public client is not rotated", "Refresh tokens rotate", "A stolen refresh token works for ever and nobody notices.", "Return a new refresh token at each refresh, and end the family when an old one comes back.", "OAuth 2.1 §4.3.1; RFC 9700 §4.14"},
	{"D712", GroupLogin, Stop, "A dead refresh token is not told invalid_grant", "A dead refresh token is told invalid_grant", "Clients sign in again upon invalid_grant; upon anything else they repeat the request or give up.", "Answer 400 with invalid_grant.", "RFC 6749 §5.2"},
	{"D713", GroupLogin, Warn, "A token response may be cached", "", "A proxy or the disk of a browser would keep the tokens.", "Add Cache-Control: no-store to every answer of the token endpoint that has tokens.", "RFC 6749 §5.1"},
	{"D714", GroupLogin, Stop, "The access token has expired or never does", "", "The MCP server refuses a token without exp, and one that has ended.", "Set exp, and check the server's clock.", "RFC 9068 §2.2"},
}

var insideCodes = []Definition{
	{"D801", GroupInside, Stop, "A login URL does not answer", "The login URLs answer", "Browsers are sent there to sign in.", "Check login_url and whether the app runs.", "docs/quickstart.md"},
	{"D802", GroupInside, Warn, "A connection accepts the state alone", "Every connection requires the login_verifier", "An attacker can plant his own MCP client in a user's login, unless the app asks before it posts the user.", "Follow redirect_url in the app, then set login_verifier: required.", "docs/handoff.md"},
	{"D803", GroupInside, Warn, "Browsers come back before the user was posted", "", "The app redirects without waiting for the answer of the user-details call.", "Post the user, wait for the answer, then redirect to its redirect_url.", "docs/handoff.md"},
	{"D804", GroupInside, Stop, "Browsers come back without the login_verifier", "", "The connection requires it, so no login of this app succeeds.", "Redirect to the redirect_url of the answer, or add its auth_request_id as login_verifier.", "docs/handoff.md"},
	{"D805", GroupInside, Warn, "Recent logins fail for the same reason", "Recent logins do not fail for one reason", "What happens repeatedly is not a user who changed his mind.", "See one of them: symbolon attempts show.", "docs/quickstart.md"},
	{"D806", GroupInside, Warn, "An algorithm has no standby key", "Each signing algorithm has a standby key", "A rotation would surprise verifiers: the next key has not been published.", "Run symbolon keys rotate; it publishes a standby key.", "docs/quickstart.md"},
	{"D807", GroupInside, Warn, "A signing key is old", "", "The longer a key signs, the more it is worth to steal.", "Set keys.rotate_every, or run symbolon keys rotate.", "NIST SP 800-57 §5.3"},
	{"D808", GroupInside, Stop, "The secret file is open to others", "The secret file is private", "Who reads it can make codes and tokens.", "Run chmod 600 on it; if others could read it, put a new secret before the old one.", "docs/quickstart.md"},
	{"D809", GroupInside, Note, "The secret is old", "", "A secret can be replaced without anybody noticing: the first line seals, all lines open.", "Put a new secret as the first line and restart; remove the old one after the longest refresh token.", "docs/quickstart.md"},
	{"D810", GroupInside, Stop, "The configuration is of another server", "The configuration is of this server", "The issuer that was found is not one of this configuration, so the checks from outside and inside are about different servers.", "Name the configuration of this server with --config.", "docs/quickstart.md"},
	{"D811", GroupInside, Note, "Nobody has tried to log in yet", "", "There is nothing to learn from recent attempts.", "Try a login with symbolon connect.", "docs/quickstart.md"},
}
