// Package client is the one OAuth client of this project: `symbolon connect`, `symbolon demo --auto`
// and the doctor log in through it, so that what they report is what an MCP client would have seen.
//
// A login takes these steps, a file each, in this order:
//
//	discover.go   the MCP server says 401 and names its metadata; that names the authorization server   RFC 9728, RFC 8414
//	register.go   an id of our own, unless one was given                                                RFC 7591
//	authorize.go  the URL that the browser opens, and the check of what comes back                      RFC 6749, 7636, 8707, 9207
//	loopback.go   the listener on this machine that the browser comes back to                           RFC 8252
//	token.go      code → tokens, refresh, revoke                                                        RFC 6749, 7009
//	jwt.go        the access token, verified and taken apart for people to read                         RFC 9068
//	session.go    the MCP server, called with the token
//
// login.go joins them. Robot (robot.go) plays the person in front of the browser where nobody is there.
//
// Two invariants hold in every file. Nothing is believed because a server said it: an issuer must match the
// URL its metadata was found at, a response must carry our state and the right iss before its code is used.
// And no secret, code or token reaches the trace, an error or a log.
package client
