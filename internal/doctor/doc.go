// Package doctor examines an MCP server and its authorization server from outside,
// whoever made them, and says what is wrong and which clients connect.
//
// An examination asks what clients ask, a file each, in this order:
//
//	challenge.go    the MCP server without a token                     RFC 6750, RFC 9728 §5.1
//	resource.go     what it says of itself                             RFC 9728
//	server.go       the authorization server's metadata                RFC 8414, RFC 9207
//	endpoints.go    the endpoints, asked what cannot change anything   RFC 6749, RFC 7591
//	cors.go         the same from a page of another origin
//	transport.go    certificates, clocks, addresses
//	clients.go      the verdict for every known client                 package knownclients
//	login.go        only if asked: one login, and the token in it      RFC 9068
//	inside.go       only of this project's own server                  what its operator sees
//
// What can be wrong is in the registry (codes_*.go): a stable code, whom it stops,
// and what to change. docs/doctor is made of it. An examination never creates
// anything unless told to, sends at most [MaxRequests] requests, follows no redirect
// and connects to no private address, unless the address it was given is one.
package doctor
