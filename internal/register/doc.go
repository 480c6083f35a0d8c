// Package register turns client metadata into clients and client ids back into
// clients.
//
// Dynamic registration (RFC 7591) stores nothing: the client_id that it answers
// is the registration, compacted and authenticated under the registration key.
// There is nothing to flood, nothing to prune, and no registered client ever
// disappears. That key is not derived from the master secret, so rotating the
// master secret breaks no client; it is retired by explicit command only.
package register
