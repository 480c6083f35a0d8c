// Package catalog holds what the operator configured: connections, MCP
// servers, API clients and pre-registered clients.
//
// The hot path never reads configuration from the database. It asks a Source
// for the current Snapshot, an immutable index over all objects, which the
// process refreshes every 250 ms. A snapshot carries a lease: when it could not
// be confirmed for more than a second, Source.Snapshot answers ErrStale and
// whatever trusts the catalog refuses with 503. Metadata and JWKS alone may use
// Source.Last.
package catalog
