// Package discovery publishes what clients and MCP servers read before they talk
// to the other endpoints: authorization server metadata (RFC 8414), the key set
// (RFC 7517) and protected resource metadata (RFC 9728).
//
// Every URL in these documents is made from the configured base URL, none from a
// request header. They answer from the last known catalog even while the database
// is away: verifying a token must not depend on it.
package discovery
