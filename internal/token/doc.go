// Package token is the token endpoint and what ends tokens: revocation and
// introspection. A file a grant.
//
// What every grant shares lives in endpoint.go and clientauth.go (one parse, one
// client authentication, one place that issues), so a grant cannot forget it. A
// grant authenticates nothing and signs nothing: it says which grant row the
// answer is for.
//
// Revocation is never read from a cache. It is a condition of the statement that
// redeems or refreshes; the permits that the statement demands come from the
// catalog snapshot, so a disabled MCP server or an excluded client is refused
// without a row being touched.
package token
